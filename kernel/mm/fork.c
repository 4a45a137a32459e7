/* SPDX-License-Identifier: MIT */
/*
 * fork: a second address space like the first. The tree is duplicated whole (__mt_dup keeps its shape, no
 * searching, no rebalancing); then each entry, still the parent's VMA, is overwritten with the child's.
 *
 *	child's tree	C1 C2 C3 | P4 P5 P6
 *			 done    ^ failure here: C1..C3 are taken down, P4..P6 are just forgotten
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vma.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

/* The child's copy of @src, with chains and pages, not in the tree yet. NULL: no memory. */
static struct vm_area_struct *dup_vma(struct mm_struct *mm, struct vm_area_struct *src)
{
	struct vm_area_struct *vma = vm_area_dup(src, src->vm_start, src->vm_end);

	if (!vma)
		return NULL;
	vma->vm_mm = mm;
	vma->vm_lock_seq = mm->mm_lock_seq;
	vma->vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	if (vm_charge(mm, vma->vm_flags, vma_pages(vma)))
		goto out_free;
	/* The child faults in what is no page of the parent's own, and starts with zeroes where it is told to. */
	if (!src->anon_vma || (vma->vm_flags & VM_WIPEONFORK))
		return vma;
	if (anon_vma_fork(vma, src))
		goto out_uncharge;
	if (copy_page_range(vma, src)) {
		zap_vma_range(vma, vma->vm_start, vma->vm_end);
		goto out_uncharge;
	}
	return vma;

out_uncharge:
	vm_uncharge(vma->vm_flags, vma_pages(vma));
out_free:
	vm_area_free(vma);
	return NULL;
}

/* Fill the child's tree, a copy of the parent's, with VMAs of its own. 0 or -ENOMEM. */
static int dup_vmas(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *src, *vma;
	unsigned int rounds = RESCHED_ROUNDS;

	for_each_vma(vmi, src) {
		if (src->vm_flags & VM_DONTCOPY) {
			if (mas_store_gfp(&vmi.mas, NULL, GFP_KERNEL))
				return -ENOMEM;
			continue;
		}
		vma = dup_vma(mm, src);
		if (!vma)
			return -ENOMEM;
		mas_store(&vmi.mas, vma);	/* same bounds: needs no memory */
		vma_born(vma);
		cond_resched_rarely(&rounds);
	}
	return 0;
}

/* After a failure: the parent's VMAs in the child's tree are not the child's to free. */
static void forget_parents_vmas(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	for_each_vma(vmi, vma) {
		if (vma->vm_mm == mm) {
			zap_vma_range(vma, vma->vm_start, vma->vm_end);
			vm_stat_account(mm, vma->vm_flags, -(long)vma_pages(vma));
			vm_uncharge(vma->vm_flags, vma_pages(vma));
			vma_unmapped(vma);
		}
		cond_resched();
	}
	__mt_destroy(&mm->mm_mt);
}

/* Bounds, limits and marks that a child inherits. */
static void copy_fields(struct mm_struct *mm, const struct mm_struct *old)
{
	mm->mmap_base = old->mmap_base;
	mm->start_code = old->start_code;
	mm->end_code = old->end_code;
	mm->start_data = old->start_data;
	mm->end_data = old->end_data;
	mm->start_brk = old->start_brk;
	mm->brk = old->brk;
	mm->start_stack = old->start_stack;
	mm->rlim_as = old->rlim_as;
	mm->rlim_data = old->rlim_data;
	mm->rlim_stack = old->rlim_stack;
	mm->saved_auxv_len = old->saved_auxv_len;
	memcpy(mm->saved_auxv, old->saved_auxv, sizeof(mm->saved_auxv));
}

/* The child's tree becomes like the parent's, but has a single user. 0 or -ENOMEM. */
static int dup_tree(struct mm_struct *mm, struct mm_struct *old)
{
	int err;

	if (mm_is_shared(old))		/* __mt_dup() wants trees of one mode */
		mt_set_in_rcu(&mm->mm_mt);
	err = __mt_dup(&old->mm_mt, &mm->mm_mt, GFP_KERNEL);
	mt_clear_in_rcu(&mm->mm_mt);
	return err;
}

/* No other thread of the parent has a fault from now on, which could make an entry writable behind the copy. */
static void lock_vmas(struct mm_struct *old)
{
	VMA_ITERATOR(vmi, old, 0);
	struct vm_area_struct *vma;

	for_each_vma(vmi, vma) {
		vma_start_write(vma);
		cond_resched();
	}
}

struct mm_struct *dup_mm(struct mm_struct *old)
{
	struct mm_struct *mm = mm_alloc();
	int err;

	if (!mm)
		return NULL;
	mmap_write_lock(old);
	mmap_write_lock(mm);
	if (mm_is_shared(old))
		lock_vmas(old);
	copy_fields(mm, old);
	err = dup_tree(mm, old);
	if (!err)
		err = dup_vmas(mm);
	if (err)
		forget_parents_vmas(mm);
	if (flush_site_active(FLUSH_FORK))
		flush_tlb_mm(old);	/* its writable translations of pages now shared */
	debug_validate_mm(mm);
	mmap_write_unlock(mm);
	debug_validate_mm(old);
	mmap_write_unlock(old);
	if (err) {
		mmput(mm);
		return NULL;
	}
	return mm;
}
