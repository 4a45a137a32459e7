/* SPDX-License-Identifier: MIT */
/*
 * Address spaces, for the rest of the kernel (docs/architecture.md lists the other headers that it may include). Addresses and lengths of users
 * arrive unchecked; errors are negative errno. Unless said otherwise every
 * call takes mmap_lock itself, may sleep, and acts on the mm that it is given.
 */
#ifndef KERNEL_MM_MM_H
#define KERNEL_MM_MM_H

#include "kernel/arch/uaccess.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/memobj.h"
#include "kernel/mm/mm_types.h"

#define MMAP_MIN_ADDR	0x10000UL	/* users: [MMAP_MIN_ADDR, TASK_SIZE) */
#define STACK_TOP	TASK_SIZE
#define STACK_GUARD_GAP	(256UL << PAGE_SHIFT)

/* mm_init() - caches and what hangs on them. After slab_init(). */
void mm_init(void);

/* ---- life of an address space (mm.c, fork.c) ---- */

/* mm_alloc() - empty, one user. NULL when out of memory. */
struct mm_struct *mm_alloc(void);
/* dup_mm() - fork: a copy of @old with private pages shared COW. NULL, without a trace, when out of memory. */
struct mm_struct *dup_mm(struct mm_struct *old);
/* mmget() - one more user. Before a second task runs in @mm or looks into it: mm_set_shared(), which takes mmap_lock. */
void mmget(struct mm_struct *mm);
void mm_set_shared(struct mm_struct *mm);
/* mmput() - drop a user; the last one unmaps everything. May sleep. Not loaded on this hart any more. */
void mmput(struct mm_struct *mm);
/* ---- faults (fault.c) ---- */

#define FAULT_FLAG_WRITE	1u
#define FAULT_FLAG_EXEC		2u
#define FAULT_FLAG_USER		4u	/* from user mode, else from a user copy in the kernel */
#define FAULT_FLAG_FORCE	8u	/* mm_write() for another process: rights do not matter, sharing does */
#define FAULT_FLAG_VMA_LOCK	16u	/* inside kernel/mm: the VMA is locked, mmap_lock is not */
#define FAULT_FLAG_TRIED	32u	/* inside kernel/mm: after a VM_FAULT_RETRY; there will be no other but for a pager */

enum vm_fault {
	VM_FAULT_DONE = 0,	/* go back and run the instruction again */
	VM_FAULT_MAPERR,	/* SIGSEGV, SEGV_MAPERR: nothing mapped there */
	VM_FAULT_ACCERR,	/* SIGSEGV, SEGV_ACCERR: mapped, but not for this */
	VM_FAULT_SIGBUS,	/* SIGBUS, BUS_ADRERR: past the end of the object, or its pager failed */
	VM_FAULT_OOM,		/* no memory: a process is to be killed (task/oom.c), then once more */
	VM_FAULT_KILLED,	/* the task is to end, and did not wait for the page */
	VM_FAULT_UNLOCKED = 8,	/* inside kernel/mm only, or-ed to one of these: the lock is dropped (see fault_locked()) */
	VM_FAULT_RETRY = VM_FAULT_UNLOCKED | VM_FAULT_DONE,	/* look the VMA up again */
};

/* handle_mm_fault() - make the access at @addr possible, or say why not. No locks held; may sleep. */
enum vm_fault handle_mm_fault(struct mm_struct *mm, unsigned long addr, unsigned int flags);

/* ---- system calls (mmap.c, protect.c, ...): arguments as from the user ---- */

unsigned long mm_brk(struct mm_struct *mm, unsigned long brk);
/* mm_mmap() - @file NULL: anonymous. Consumes no reference of @file. Returns the address or -errno. */
unsigned long mm_mmap(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, struct memobj *file, unsigned long pgoff);
int mm_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len);
int mm_mprotect(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long prot);
/* mm_mremap() - the new address or -errno; @flags are MREMAP_*. */
unsigned long mm_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len, unsigned long new_len,
			unsigned long flags, unsigned long new_addr);
int mm_madvise(struct mm_struct *mm, unsigned long addr, unsigned long len, int advice);
/* mm_mlock() - @flags 0 or MLOCK_ONFAULT, as mlock2. */
int mm_mlock(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long flags);
int mm_munlock(struct mm_struct *mm, unsigned long addr, unsigned long len);
int mm_mlockall(struct mm_struct *mm, unsigned long flags);
int mm_munlockall(struct mm_struct *mm);
/* mm_mincore() - one byte for each page to the caller's (user) @vec. */
int mm_mincore(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vec);
int mm_msync(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long flags);

/* ---- for exec, and for looking from outside (mmap.c, access.c) ---- */

/* mm_set_brk() - the heap starts (empty) at @addr, rounded up to a page. */
void mm_set_brk(struct mm_struct *mm, unsigned long addr);
/* mm_setup_stack() - a growable stack VMA of @size bytes below STACK_TOP. 0 or -ENOMEM. */
int mm_setup_stack(struct mm_struct *mm, unsigned long size);
/*
 * mm_write(), mm_read() - copy to/from any mm, faulting pages in and breaking COW as the user's
 * own store would, but without asking for write permission when @force. 0 or -EFAULT/-ENOMEM.
 */
int mm_write(struct mm_struct *mm, unsigned long addr, const void *buf, size_t len, bool force);
int mm_read(struct mm_struct *mm, unsigned long addr, void *buf, size_t len);

/*
 * mm_shared_object() - is @addr in a shared mapping? *@obj is the object, with a reference, or NULL, and *@offset the byte of it.
 * 0, or -EFAULT: nothing is mapped there.
 */
int mm_shared_object(struct mm_struct *mm, unsigned long addr, struct memobj **obj, u64 *offset);

/* mm_format_maps() - /proc/PID/maps text, Linux's format, of the VMAs from *@addr on, whole lines
 * only, at most @size bytes. Returns the bytes written, 0 at the end; *@addr says where to go on. */
size_t mm_format_maps(struct mm_struct *mm, unsigned long *addr, char *buf, size_t size);

/* vma_lock_setup() - the boot argument vmalock=off: all faults take mmap_lock, to compare. Before the first address space. */
void vma_lock_setup(bool on);

/* ---- knobs, as /proc/sys/vm/NAME ---- */

/* mm_knob_get() - the value of "overcommit_memory" or "max_map_count", or -ENOENT. */
long mm_knob_get(const char *name);
/* mm_knob_set() - 0, -ENOENT, or -EINVAL when it cannot have this value. What is mapped already stays. */
int mm_knob_set(const char *name, unsigned long value);

/* sys query of kernel/mm (query.c): see uapi/query.h. @mm is the one asked about (may be NULL for
 * system-wide queries). Returns bytes or records written, or -errno. @buf is the caller's (user) memory. */
long mm_query(struct mm_struct *mm, unsigned int what, unsigned long arg, unsigned long buf, size_t len);

/* validate_mm() - derive all counters, links and entries of @mm anew; panics on a difference. mmap_lock held. */
void validate_mm(struct mm_struct *mm);

#endif
