/* SPDX-License-Identifier: MIT */
/*
 * Pages brought in before they are used: MAP_POPULATE, mlock, MADV_POPULATE_*, a heap under mlockall.
 *
 * However large the range is: after each page other tasks may run, a fatal signal ends the call, and a task that waits
 * for mmap_lock gets it.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/sched.h"

/*
 * Does the entry of @addr allow an access with @flags? Looked at under the lock of its table. Reclaim looks at VM_LOCKED under the
 * same lock: it has taken the page away already, which shows here, or it will see VM_LOCKED.
 */
static bool entry_allows(struct mm_struct *mm, unsigned long addr, unsigned int flags)
{
	pte_t pte = pgtable_read_locked(mm, addr);

	return pte_present(pte) && (!(flags & FAULT_FLAG_WRITE) || (pte.pte & PTE_W));
}

/*
 * Fault until the page is present. -EAGAIN: mmap_lock was dropped and taken again meanwhile. One fault can end without it: another hart changed the entry meanwhile, or
 * the page came from swap and still has to be copied for the write.
 */
static int fault_in_page(struct vm_area_struct *vma, unsigned long addr, unsigned int flags)
{
	struct mm_struct *vma_mm = vma->vm_mm;
	enum vm_fault ret;

	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = fault_locked(vma_mm, vma, addr, flags);
		if (ret & VM_FAULT_UNLOCKED) {
			mmap_read_lock(vma_mm);
			if (ret == VM_FAULT_RETRY)
				return -EAGAIN;		/* the VMA may be another one */
		}
		switch (ret & ~VM_FAULT_UNLOCKED) {
		case VM_FAULT_DONE:
			break;
		case VM_FAULT_OOM:
			return -ENOMEM;
		case VM_FAULT_KILLED:
			return -EINTR;
		default:
			return -EFAULT;
		}
		cond_resched();
	} while (!entry_allows(vma_mm, addr, flags));
	return 0;
}

/*
 * From *@addr up to @end, both in @vma. Ends early on an error, or, with 0, when others wait for mmap_lock or it has been dropped:
 * *@addr is then the first page that is not done.
 */
static int populate_vma(struct vm_area_struct *vma, unsigned long *addr, unsigned long end, unsigned int flags)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long removals = vma_removals(mm);
	int err = 0;

	while (*addr < end && !err) {
		err = fault_in_page(vma, *addr, flags);
		if (err == -EAGAIN)
			return 0;
		if (!err)
			*addr += PAGE_SIZE;
		if (rwsem_is_contended(&mm->mmap_lock))
			break;
	}
	if (!err)		/* else the lock may have been dropped */
		vma_assert_kept(mm, removals);
	return err;
}

/* As the owner would, with a private page written to. */
static unsigned int populate_flags(const struct vm_area_struct *vma)
{
	unsigned int flags = vma->vm_flags & VM_PROT_MASK ? FAULT_FLAG_FORCE : 0;

	return (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE ? flags | FAULT_FLAG_WRITE : flags;
}

int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	int err, first_err = 0;

	mmap_read_lock(mm);
	while (start < end && first_err != -EINTR) {
		struct vm_area_struct *vma = find_vma_intersection(mm, start, end);
		unsigned long stop;

		if (!vma)
			break;
		stop = min(vma->vm_end, end);
		start = max(start, vma->vm_start);
		err = 0;
		if (vma->vm_flags & VM_LOCKONFAULT)
			start = stop;
		else
			err = populate_vma(vma, &start, stop, populate_flags(vma));
		if (err) {
			start = stop;
			first_err = first_err && err != -EINTR ? first_err : err;
		}
		mmap_read_break(mm);
	}
	mmap_read_unlock(mm);
	return first_err;
}

int mm_populate_checked(struct mm_struct *mm, unsigned long start, unsigned long end, bool write)
{
	int err = 0;

	mmap_read_lock(mm);
	while (start < end && !err) {
		struct vm_area_struct *vma = vma_lookup(mm, start);

		if (!vma)
			err = -ENOMEM;
		else if (!(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
			err = -EINVAL;
		else
			err = populate_vma(vma, &start, min(vma->vm_end, end), write ? FAULT_FLAG_WRITE : 0);
		mmap_read_break(mm);
	}
	mmap_read_unlock(mm);
	return err;
}
