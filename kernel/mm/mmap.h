/* SPDX-License-Identifier: MIT */
/* What mmap.c offers to the other system calls of kernel/mm. */
#ifndef KERNEL_MM_MMAP_H
#define KERNEL_MM_MMAP_H

#include "kernel/mm/mm_types.h"

/*
 * get_unmapped_area() - a free place for @len bytes: at @hint (rounded up) if that is free, else the
 * highest one below mmap_base, else the highest anywhere. mmap_lock held. Returns -ENOMEM when there is none.
 */
unsigned long get_unmapped_area(struct mm_struct *mm, unsigned long hint, unsigned long len);

/* calc_vm_flags() - vm_flags for mmap's @prot and @flags, as for a private mapping. */
unsigned long calc_vm_flags(unsigned long prot, unsigned long flags);

/*
 * do_mmap() - mm_mmap() below the lock: arguments are checked and @len rounded. mmap_lock held for write.
 * MAP_FIXED replaces what is there. Returns the address, or -errno with nothing changed.
 */
unsigned long do_mmap(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vm_flags,
		      unsigned long flags, struct memobj *file, unsigned long pgoff);

/* do_munmap() - [start, end), page aligned, below TASK_SIZE. mmap_lock held for write. 0 or -ENOMEM. */
int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long end);

/* range_is_free() - no VMA in [addr, addr + len), and no stack's guard gap reaches down into it. */
bool range_is_free(struct mm_struct *mm, unsigned long addr, unsigned long len);

/* pages_mapped() - how much of [start, end) VMAs cover. mmap_lock held. */
unsigned long pages_mapped(struct mm_struct *mm, unsigned long start, unsigned long end);

/*
 * mm_populate() - bring in the pages of [start, end) that are mapped, for writing where that is allowed and private; the rest
 * of a VMA where that fails is left out. Takes mmap_lock, and lets others run. Once it has returned 0, reclaim leaves the
 * pages of VM_LOCKED VMAs where they are. Returns 0; the first error: -EFAULT (past an object's end, or a right that is
 * missing), -ENOMEM; or -EINTR: a fatal signal has ended it.
 */
int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long end);

/*
 * mm_populate_checked() - MADV_POPULATE_READ and MADV_POPULATE_WRITE: bring in all pages of [start, end). Takes mmap_lock,
 * and lets others run. Ends with the first error: -ENOMEM (a hole, or no memory), -EINVAL (the VMA does not allow it),
 * -EFAULT (past an object's end), -EINTR (a fatal signal).
 */
int mm_populate_checked(struct mm_struct *mm, unsigned long start, unsigned long end, bool write);

#endif
