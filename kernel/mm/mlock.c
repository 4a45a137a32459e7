/* SPDX-License-Identifier: MIT */
/*
 * mlock and its family: VM_LOCKED on VMAs (split and merged as needed), and their pages brought in. Reclaim
 * leaves pages of such VMAs alone. There is no RLIMIT_MEMLOCK: every user of this machine is root.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/sched.h"
#include "uapi/mman.h"

#define VM_LOCKED_MASK	(VM_LOCKED | VM_LOCKONFAULT)

/* [start, end) of @vma gets @lock_flags (a part of VM_LOCKED_MASK). 0 or -ENOMEM. */
static int mlock_vma(struct vma_iterator *vmi, struct vm_area_struct *vma, unsigned long start,
		     unsigned long end, unsigned long lock_flags)
{
	unsigned long old = vma->vm_flags, new = (old & ~VM_LOCKED_MASK) | lock_flags;
	long pages = (end - start) >> PAGE_SHIFT;

	if (new == old)
		return 0;
	vma = vma_modify_flags(vmi, vma, start, end, new);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	vm_stat_account(vma->vm_mm, old, -pages);
	vm_stat_account(vma->vm_mm, new, pages);
	return 0;
}

/* Round as mlock does: the pages that [addr, addr + len) touches. False: wraps around. */
static bool mlock_bounds(unsigned long addr, unsigned long len, unsigned long *start, unsigned long *end)
{
	len = PAGE_ALIGN(len + (addr & ~PAGE_MASK));
	*start = addr & PAGE_MASK;
	*end = *start + len;
	return *end >= *start;
}

/* Bring in the pages of [start, end), all mapped. -ENOMEM: a page that cannot be there; -EAGAIN: no memory. */
static int mlock_populate(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	int err = mm_populate(mm, start, end);

	return err == -EFAULT ? -ENOMEM : err == -ENOMEM ? -EAGAIN : err;
}

static int lock_and_populate(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long lock_flags)
{
	unsigned long start, end;
	int err;

	if (!mlock_bounds(addr, len, &start, &end))
		return -EINVAL;
	err = mmap_write_lock_killable(mm);
	if (err)
		return err;
	err = vma_each_part(mm, start, end, mlock_vma, lock_flags);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if (!err && (lock_flags & VM_LOCKED) && !(lock_flags & VM_LOCKONFAULT))
		err = mlock_populate(mm, start, end);
	return err;
}

int mm_mlock(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long flags)
{
	if (flags & ~(unsigned long)MLOCK_ONFAULT)
		return -EINVAL;
	return lock_and_populate(mm, addr, len, flags ? VM_LOCKED_MASK : VM_LOCKED);
}

int mm_munlock(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	return lock_and_populate(mm, addr, len, 0);
}

/* All VMAs. A VMA that cannot be changed is skipped: the lock is a request for each. */
static void mlock_all_vmas(struct mm_struct *mm, unsigned long lock_flags)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	for_each_vma(vmi, vma) {
		mlock_vma(&vmi, vma, vma->vm_start, vma->vm_end, lock_flags);
		cond_resched();
	}
}

int mm_mlockall(struct mm_struct *mm, unsigned long flags)
{
	unsigned long lock_flags = flags & MCL_ONFAULT ? VM_LOCKED_MASK : VM_LOCKED;

	if (!flags || (flags & ~(unsigned long)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (mmap_write_lock_killable(mm) < 0)
		return -EINTR;
	mm->def_flags = flags & MCL_FUTURE ? lock_flags : 0;
	if (flags & MCL_CURRENT)
		mlock_all_vmas(mm, lock_flags);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	if ((flags & MCL_CURRENT) && !(flags & MCL_ONFAULT))
		mm_populate(mm, 0, TASK_SIZE);
	return 0;
}

int mm_munlockall(struct mm_struct *mm)
{
	if (mmap_write_lock_killable(mm) < 0)
		return -EINTR;
	mm->def_flags = 0;
	mlock_all_vmas(mm, 0);
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	return 0;
}
