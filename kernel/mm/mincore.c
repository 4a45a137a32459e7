/* SPDX-License-Identifier: MIT */
/* mincore: which pages are in memory. msync: nothing to write back yet, but its arguments are checked. */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/sched.h"
#include "uapi/mman.h"

/* Is the page at @addr of @vma in memory, mapped or (of an object) about to be mapped without I/O? */
static bool page_resident(struct vm_area_struct *vma, unsigned long addr)
{
	pte_t pte = pgtable_read_locked(vma->vm_mm, addr);

	if (pte_none(pte) && vma->vm_file)
		return memobj_resident(vma->vm_file, linear_page_index(vma, addr));
	return pte_present(pte) || pte_is_migration(pte);	/* a page on its way to another frame is in memory */
}

/* Residency of up to @n pages from @addr on into @vec. Returns how many there are before a hole; none: -ENOMEM. */
static long mincore_chunk(struct mm_struct *mm, unsigned long addr, unsigned long n, unsigned char *vec)
{
	struct vm_area_struct *vma;
	unsigned long i;

	if (mmap_read_lock_killable(mm) < 0)
		return -EINTR;
	for (i = 0; i < n; i++, addr += PAGE_SIZE) {
		vma = vma_lookup(mm, addr);
		if (!vma)
			break;
		vec[i] = page_resident(vma, addr);
		cond_resched();
	}
	mmap_read_unlock(mm);
	return i ? (long)i : -ENOMEM;
}

int mm_mincore(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long vec)
{
	unsigned long pages = PAGE_ALIGN(len) >> PAGE_SHIFT;
	unsigned char chunk[128];

	if (!page_aligned(addr))
		return -EINVAL;
	if (!access_ok(addr, len))
		return -ENOMEM;
	if (!access_ok(vec, pages))
		return -EFAULT;
	while (pages) {
		long n = mincore_chunk(mm, addr, min(pages, sizeof(chunk)), chunk);

		if (n < 0)
			return n;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (copy_to_user(vec, chunk, n))
			return -EFAULT;
		pages -= n;
		vec += n;
		addr += n << PAGE_SHIFT;
	}
	return 0;
}

int mm_msync(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long flags)
{
	unsigned long end = addr + PAGE_ALIGN(len);
	struct vm_area_struct *vma;
	int err = 0;

	if (!page_aligned(addr) || (flags & ~(unsigned long)(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)))
		return -EINVAL;
	if (end < addr)
		return -ENOMEM;
	if (mmap_read_lock_killable(mm) < 0)
		return -EINTR;
	VMA_ITERATOR(vmi, mm, addr);
	while (addr < end) {
		vma = vma_find(&vmi, end);
		if (!vma || vma->vm_start > addr)
			err = -ENOMEM;
		if (!vma)
			break;
		if ((flags & MS_INVALIDATE) && (vma->vm_flags & VM_LOCKED)) {
			err = -EBUSY;
			break;
		}
		addr = vma->vm_end;
		cond_resched();
	}
	mmap_read_unlock(mm);
	return err;
}
