/* SPDX-License-Identifier: MIT */
/*
 * System calls on the caller's address space: arguments go to kernel/mm, which checks them. Those that touch no user memory and may be
 * frequent put this hart's flushes off to their end (kernel/mm/tlb_defer.h).
 */
#include "kernel/core/syscall.h"
#include "kernel/ipc/personality.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/tlb_defer.h"
#include "kernel/posix/files.h"
#include "kernel/sched/sched.h"
#include "lib/errno.h"
#include "uapi/mman.h"

/* brk(addr) */
SYSCALL_DEFINE(sys_brk)
{
	return (long)tlb_deferring(current->mm, mm_brk(current->mm, a0));
}

/* What mmap of @fd at *@offset shows: *@obj, from *@offset on; NULL: zeroes. 0 or -errno. */
static long mapped_object(int fd, unsigned long prot, unsigned long flags, unsigned long *offset, struct memobj **obj)
{
	struct file *f = fget(fd);
	long err;

	if (!f)
		return personality_map(fd, prot, flags, *offset, obj, offset);
	err = file_mmap(f, prot, (flags & MAP_TYPE) != MAP_PRIVATE, obj);
	fput(f);
	return err;
}

/* mmap(addr, len, prot, flags, fd, offset) */
SYSCALL_DEFINE(sys_mmap)
{
	unsigned long addr, flags = a3;
	struct memobj *obj = NULL;
	long err;

	if (!IS_ALIGNED(a5, PAGE_SIZE))
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		err = mapped_object((int)a4, a2, flags, &a5, &obj);
		if (err)
			return err;
		/* A file that shows zeroes is anonymous memory from here on, for which mm_mmap() refuses MAP_SHARED_VALIDATE. */
		if (!obj && (flags & MAP_TYPE) == MAP_SHARED_VALIDATE)
			flags = (flags & ~(unsigned long)MAP_TYPE) | MAP_SHARED;
	}
	addr = tlb_deferring(current->mm, mm_mmap(current->mm, a0, a1, a2, flags, obj, a5 >> PAGE_SHIFT));
	if (obj)
		memobj_put(obj);
	return (long)addr;
}

/* munmap(addr, len) */
SYSCALL_DEFINE(sys_munmap)
{
	return tlb_deferring(current->mm, mm_munmap(current->mm, a0, a1));
}

/* mprotect(addr, len, prot) */
SYSCALL_DEFINE(sys_mprotect)
{
	return tlb_deferring(current->mm, mm_mprotect(current->mm, a0, a1, a2));
}

/* mremap(addr, old_len, new_len, flags, new_addr) */
SYSCALL_DEFINE(sys_mremap)
{
	return (long)tlb_deferring(current->mm, mm_mremap(current->mm, a0, a1, a2, a3, a4));
}

/* madvise(addr, len, advice) */
SYSCALL_DEFINE(sys_madvise)
{
	return tlb_deferring(current->mm, mm_madvise(current->mm, a0, a1, (int)a2));
}

/* mincore(addr, len, vec) */
SYSCALL_DEFINE(sys_mincore)
{
	return mm_mincore(current->mm, a0, a1, a2);
}

/* msync(addr, len, flags) */
SYSCALL_DEFINE(sys_msync)
{
	return mm_msync(current->mm, a0, a1, a2);
}

/* mlock(addr, len) */
SYSCALL_DEFINE(sys_mlock)
{
	return mm_mlock(current->mm, a0, a1, 0);
}

/* mlock2(addr, len, flags) */
SYSCALL_DEFINE(sys_mlock2)
{
	return mm_mlock(current->mm, a0, a1, a2);
}

/* munlock(addr, len) */
SYSCALL_DEFINE(sys_munlock)
{
	return mm_munlock(current->mm, a0, a1);
}

/* mlockall(flags) */
SYSCALL_DEFINE(sys_mlockall)
{
	return mm_mlockall(current->mm, a0);
}

/* munlockall() */
SYSCALL_DEFINE(sys_munlockall)
{
	return mm_munlockall(current->mm);
}
