/* SPDX-License-Identifier: MIT */
/*
 * madvise: marks on VMAs (DONTFORK, WIPEONFORK, read patterns) and things done to their pages (DONTNEED,
 * REMOVE, POPULATE_*, ...). Holes in the range are skipped and reported as -ENOMEM at the end.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/mmap.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/sched.h"
#include "uapi/mman.h"

/* vm_flags after @advice, which sets or clears marks; -EINVAL when @vma cannot have it. */
static long advised_flags(const struct vm_area_struct *vma, int advice)
{
	unsigned long flags = vma->vm_flags;

	switch (advice) {
	case MADV_NORMAL:
		return flags & ~(VM_RAND_READ | VM_SEQ_READ);
	case MADV_RANDOM:
		return (flags & ~VM_SEQ_READ) | VM_RAND_READ;
	case MADV_SEQUENTIAL:
		return (flags & ~VM_RAND_READ) | VM_SEQ_READ;
	case MADV_DONTFORK:
		return flags | VM_DONTCOPY;
	case MADV_DOFORK:
		return flags & ~VM_DONTCOPY;
	case MADV_WIPEONFORK:
		return vma->vm_file || (flags & VM_SHARED) ? -EINVAL : (long)(flags | VM_WIPEONFORK);
	case MADV_KEEPONFORK:
		return flags & ~VM_WIPEONFORK;
	}
	return -EINVAL;
}

static int advise_mark(struct vma_iterator *vmi, struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, int advice)
{
	long flags = advised_flags(vma, advice);

	if (flags < 0)
		return flags;
	if ((unsigned long)flags == vma->vm_flags)
		return 0;
	vma = vma_modify_flags(vmi, vma, start, end, flags);
	return IS_ERR(vma) ? PTR_ERR(vma) : 0;
}

/* What needs the pages of one VMA only. mmap_lock held. */
static int advise_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end, int advice)
{
	switch (advice) {
	case MADV_WILLNEED:
	case MADV_DONTDUMP:			/* there are no core dumps */
	case MADV_DODUMP:
		return 0;
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
		if ((vma->vm_flags & VM_LOCKED) && advice == MADV_DONTNEED)
			return -EINVAL;
		zap_vma_range(vma, start, end);
		return 0;
	case MADV_REMOVE:
		if ((vma->vm_flags & VM_LOCKED) || !vma->vm_file || vma_is_device(vma))
			return -EINVAL;
		if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) != (VM_SHARED | VM_MAYWRITE))
			return -EACCES;
		return memobj_punch(vma->vm_file, linear_page_index(vma, start), linear_page_index(vma, end) - 1);
	case MADV_FREE:
	case MADV_COLD:
	case MADV_PAGEOUT:
		if ((vma->vm_flags & VM_LOCKED) || (advice == MADV_FREE && vma->vm_file))
			return -EINVAL;
		madvise_pages(vma, start, end, advice);
		return 0;
	}
	return -EINVAL;
}

static bool is_mark(int advice)
{
	switch (advice) {
	case MADV_NORMAL: case MADV_RANDOM: case MADV_SEQUENTIAL:
	case MADV_DONTFORK: case MADV_DOFORK: case MADV_WIPEONFORK: case MADV_KEEPONFORK:
		return true;
	}
	return false;
}

static bool is_known(int advice)
{
	switch (advice) {
	case MADV_WILLNEED: case MADV_DONTNEED: case MADV_FREE: case MADV_REMOVE: case MADV_COLD: case MADV_PAGEOUT:
	case MADV_POPULATE_READ: case MADV_POPULATE_WRITE:
	case MADV_DONTDUMP: case MADV_DODUMP: case MADV_DONTNEED_LOCKED:
		return true;
	}
	return is_mark(advice);
}

static int madvise_locked(struct mm_struct *mm, unsigned long start, unsigned long end, int advice)
{
	VMA_ITERATOR(vmi, mm, start);
	struct vm_area_struct *vma;
	int err, hole = 0;

	for (; start < end; start = vma_iter_end(&vmi)) {
		unsigned long stop;

		vma_iter_set(&vmi, start);
		vma = vma_find(&vmi, end);
		if (!vma)
			return -ENOMEM;
		if (vma->vm_start > start) {
			hole = -ENOMEM;
			start = vma->vm_start;
		}
		stop = min(vma->vm_end, end);
		err = is_mark(advice) ? advise_mark(&vmi, vma, start, stop, advice) :
					advise_pages(vma, start, stop, advice);
		if (err)
			return err;
		cond_resched();
		vma_iter_set(&vmi, start);
		vma_iter_load(&vmi);
	}
	return hole;
}

int mm_madvise(struct mm_struct *mm, unsigned long addr, unsigned long len, int advice)
{
	unsigned long end;
	int err;

	if (!is_known(advice) || !page_aligned(addr))
		return -EINVAL;
	end = addr + PAGE_ALIGN(len);
	if ((len && !PAGE_ALIGN(len)) || end < addr)
		return -EINVAL;
	if (end == addr)
		return 0;
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return mm_populate_checked(mm, addr, end, advice == MADV_POPULATE_WRITE);

	err = is_mark(advice) ? mmap_write_lock_killable(mm) : mmap_read_lock_killable(mm);
	if (err)
		return err;
	err = madvise_locked(mm, addr, end, advice);
	if (is_mark(advice)) {
		debug_validate_mm(mm);
		mmap_write_unlock(mm);
	} else {
		mmap_read_unlock(mm);
	}
	return err;
}
