/* SPDX-License-Identifier: MIT */
/*
 * Removing VMAs: munmap, and what mmap puts in the place of others (vma_replace_range, see vma.h). One
 * store in the tree cuts everything that lay in the range:
 *
 *	before	[---- left ----)[ gone )[gone)[---- right ----)
 *	range	         [=========================)
 *	after	[- left -)                         [- right --)	pages and tables of the range: one flush, then free
 *
 * VMAs wholly inside are linked by next_gone before the store, so that nothing needs memory after it. (A second
 * tree for them would need nodes, and could fail.)
 *
 * After the store come the entries, then the bounds: as long as there is an entry in a range, a walk from its page has
 * to find it there. A page that is being moved when its VMA shrinks would else leave an entry that waits for ever.
 */
#include "kernel/core/race.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vma.h"
#include "kernel/mm/vma_internal.h"
#include "kernel/sched/sched.h"

/* What vma_replace_range() does once nothing can fail. */
struct range_removal {
	struct mm_struct *mm;
	unsigned long start, end;		/* what goes */
	struct vm_area_struct *gone;		/* VMAs wholly inside, by next_gone, lowest first */
	struct vm_area_struct *left, *right;	/* those that extend beyond the range on either side */
	unsigned long left_end, right_start;	/* and their bounds inside, before */
	struct vm_area_struct *tail;		/* new VMA for the part behind a hole in @left */
};

/* Find the VMAs concerned, and lock them. False: there is none. */
static bool removal_scan(struct range_removal *rr)
{
	VMA_ITERATOR(vmi, rr->mm, rr->start);
	struct vm_area_struct *vma, **link = &rr->gone;
	unsigned int rounds = RESCHED_ROUNDS;
	bool any = false;

	for_each_vma_range(vmi, vma, rr->end) {
		any = true;
		vma_start_write(vma);
		if (vma->vm_start < rr->start) {
			rr->left = vma;
			rr->left_end = min(vma->vm_end, rr->end);
		}
		if (vma->vm_end > rr->end) {
			rr->right = vma;
			rr->right_start = max(vma->vm_start, rr->start);
		}
		if (vma->vm_start >= rr->start && vma->vm_end <= rr->end) {
			*link = vma;
			link = &vma->next_gone;
		}
		cond_resched_rarely(&rounds);
	}
	*link = NULL;
	return any;
}

/* Are there any last-level tables in [start, end)? */
static bool has_tables(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	while (start < end) {
		pte_t *pmd = pgtable_walk_pmd(mm, start);

		if (pmd && !pte_none(pte_read(pmd)))
			return true;
		start = ALIGN_DOWN(start, pmd ? PMD_SIZE : PGD_SIZE) + (pmd ? PMD_SIZE : PGD_SIZE);
		cond_resched();
	}
	return false;
}

/*
 * Free the tables of [start, end), a hole now, that no neighbour needs. Where these end the tree says; their own bounds
 * may not have followed yet.
 */
static void free_hole_tables(struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, tlb->mm, start);
	unsigned long floor, ceiling;

	if (!has_tables(tlb->mm, start, end))
		return;
	floor = vma_prev(&vmi) ? vma_iter_end(&vmi) : 0;
	vma_iter_set(&vmi, end);
	ceiling = vma_next(&vmi) ? vma_iter_addr(&vmi) : TASK_SIZE;
	pgtable_free_range(tlb, start, end, floor, ceiling);
}

void free_unused_tables(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm);
	free_hole_tables(&tlb, start, end);
	tlb_finish_mmu(&tlb);
}

/* Entries and tables of the range go; the VMAs still have their old bounds, and are found by them. */
static void removal_unmap(struct range_removal *rr, bool keep_tables)
{
	struct mmu_gather tlb;
	struct vm_area_struct *vma;
	unsigned int rounds = RESCHED_ROUNDS;

	update_hiwater_rss(rr->mm);
	tlb_gather_mmu(&tlb, rr->mm);
	if (rr->left)
		unmap_page_range(&tlb, rr->left, rr->start, rr->left_end);
	for (vma = rr->gone; vma; vma = vma->next_gone) {
		unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end);
		cond_resched_rarely(&rounds);
	}
	if (rr->right && rr->right != rr->left)
		unmap_page_range(&tlb, rr->right, rr->right_start, rr->end);
	if (!keep_tables)
		free_hole_tables(&tlb, rr->start, rr->end);
	tlb_finish_mmu(&tlb);
}

static void unaccount(struct mm_struct *mm, unsigned long vm_flags, unsigned long bytes)
{
	vm_stat_account(mm, vm_flags, -(long)(bytes >> PAGE_SHIFT));
	vm_uncharge(vm_flags, bytes >> PAGE_SHIFT);
}

/* The VMAs on either side get the bounds that the tree has given them already; what they lose leaves their accounts. */
static void removal_set_bounds(struct range_removal *rr)
{
	if (rr->tail)
		vma_attach(rr->tail);
	if (rr->left) {
		unaccount(rr->mm, rr->left->vm_flags, rr->left_end - rr->start);
		vma_set_bounds(rr->left, rr->left->vm_start, rr->start);
	}
	if (rr->right && rr->right != rr->left) {
		unaccount(rr->mm, rr->right->vm_flags, rr->end - rr->right_start);
		vma_set_bounds(rr->right, rr->end, rr->right->vm_end);
	}
}

static void removal_free_vmas(struct range_removal *rr)
{
	struct vm_area_struct *vma, *next;
	unsigned int rounds = RESCHED_ROUNDS;

	for (vma = rr->gone; vma; vma = next) {
		next = vma->next_gone;
		unaccount(rr->mm, vma->vm_flags, vma->vm_end - vma->vm_start);
		vma_detach(vma);
		vm_area_free(vma);
		if (--rounds == 0) {
			rounds = RESCHED_ROUNDS;
			cond_resched();
			rcu_throttle();
		}
	}
}

int vma_replace_range(struct vma_iterator *vmi, struct mm_struct *mm, unsigned long start,
		      unsigned long end, struct vm_area_struct *new)
{
	struct range_removal rr = { .mm = mm, .start = start, .end = end };

	mmap_assert_write_locked(mm);
	if (!removal_scan(&rr) && !new)
		return 0;
	if (rr.left && rr.left == rr.right) {
		if (mm->map_count >= sysctl_max_map_count)
			return -ENOMEM;
		rr.tail = vma_dup_part(rr.left, end, rr.left->vm_end);
		if (IS_ERR(rr.tail))
			return -ENOMEM;
	}
	if (vma_iter_store_gfp(vmi, start, end, new)) {
		if (rr.tail)
			vm_area_free(rr.tail);
		return -ENOMEM;
	}

	/* commit: nothing below fails */
	if (rr.tail)
		vma_tree_overwrite(rr.tail);
	removal_unmap(&rr, /* keep_tables = */ new);
	race_point_sleep("vma_replace_range: unmapped, bounds as before");
	removal_set_bounds(&rr);
	removal_free_vmas(&rr);
	if (new)
		vma_attach(new);
	return 0;
}

void vma_remove_whole(struct vma_iterator *vmi, struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long start = vma->vm_start, end = vma->vm_end;

	mmap_assert_write_locked(mm);
	vma_iter_set(vmi, start);
	if (vma_iter_prealloc(vmi, start, end, NULL))
		panic("a reserve of nodes was too small");
	unaccount(mm, vma->vm_flags, end - start);
	vma_iter_clear(vmi);
	vma_detach(vma);
	vm_area_free(vma);
	free_unused_tables(mm, start, end);
}
