/* SPDX-License-Identifier: MIT */
/* The calls that shape an address space, and sbrk, on which picolibc's malloc stands. */
#include <stdarg.h>
#include <stdio.h>
#include "user/libsys/sys.h"

static unsigned long cur_brk;	/* 0: not asked yet */

/* The kernel answers with the break that holds afterwards, the old one when it refuses. */
int brk(void *end)
{
	cur_brk = raw_syscall(SYS_brk, end);
	if (cur_brk == (unsigned long)end)
		return 0;
	errno = ENOMEM;
	return -1;
}

void *sbrk(ptrdiff_t increment)
{
	unsigned long old;

	if (cur_brk == 0)
		cur_brk = raw_syscall(SYS_brk, 0L);
	old = cur_brk;
	if (increment != 0 && brk((void *)(old + increment)) != 0)
		return (void *)-1;
	return (void *)old;
}

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	return (void *)libsys_result(raw_syscall(SYS_mmap, addr, len, (long)prot, (long)flags,
						 (long)fd, off));
}

int munmap(void *addr, size_t len)
{
	return libsys_result(raw_syscall(SYS_munmap, addr, len));
}

int mprotect(void *addr, size_t len, int prot)
{
	return libsys_result(raw_syscall(SYS_mprotect, addr, len, (long)prot));
}

void *mremap(void *old, size_t old_len, size_t new_len, int flags, ...)
{
	void *new_addr = NULL;
	va_list ap;

	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
		va_start(ap, flags);
		new_addr = va_arg(ap, void *);
		va_end(ap);
	}
	return (void *)libsys_result(raw_syscall(SYS_mremap, old, old_len, new_len, (long)flags,
						 new_addr));
}

int madvise(void *addr, size_t len, int advice)
{
	return libsys_result(raw_syscall(SYS_madvise, addr, len, (long)advice));
}

/* What is only a hint never loses data: POSIX's MADV_DONTNEED is not Linux's. */
int posix_madvise(void *addr, size_t len, int advice)
{
	return -raw_syscall(SYS_madvise, addr, len, (long)advice);
}

int mincore(void *addr, size_t len, unsigned char *vec)
{
	return libsys_result(raw_syscall(SYS_mincore, addr, len, vec));
}

int msync(void *addr, size_t len, int flags)
{
	return libsys_result(raw_syscall(SYS_msync, addr, len, (long)flags));
}

int mlock(const void *addr, size_t len)
{
	return libsys_result(raw_syscall(SYS_mlock, addr, len));
}

int mlock2(const void *addr, size_t len, unsigned int flags)
{
	return libsys_result(raw_syscall(SYS_mlock2, addr, len, (long)flags));
}

int munlock(const void *addr, size_t len)
{
	return libsys_result(raw_syscall(SYS_munlock, addr, len));
}

int mlockall(int flags)
{
	return libsys_result(raw_syscall(SYS_mlockall, (long)flags));
}

int munlockall(void)
{
	return libsys_result(raw_syscall(SYS_munlockall));
}

void *map_pages(size_t n)
{
	void *p = mmap(NULL, n * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap of %zu pages", n);
	return p;
}
