/* SPDX-License-Identifier: MIT */
/*
 * The set of VMAs of an address space, and every way to change it. See vma.h for the list.
 *
 * A tree store of one entry over [start, end) cuts what it covers: neighbours that stick out keep
 * their outer parts. So each change below is one store, reserved before the commit line, plus at
 * most one overwrite of a range whose bounds stay as they are, which needs no memory:
 *
 *	tree before	  A A A A A A		vma_carve() of the middle
 *	store M		  A A M M A A		reserved
 *	overwrite	  A A M M T T		exact fit
 *
 * Bounds of a VMA that reverse mapping can reach are changed by vma_set_bounds() under the rmap
 * locks. A range that changes hands is covered twice for a moment, never by nobody.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vma.h"
#include "lib/string.h"

int sysctl_max_map_count = 65530;

static struct kmem_cache *vma_cache;

void vma_init(void)
{
	vma_cache = kmem_cache_create("vm_area_struct", sizeof(struct vm_area_struct), 0, 0, NULL);
}

unsigned long vm_area_count(void)
{
	return kmem_cache_inuse(vma_cache);
}

/* ---- iterator ---- */

int vma_iter_prealloc(struct vma_iterator *vmi, unsigned long start, unsigned long end,
		      struct vm_area_struct *vma)
{
	vmi->mas.index = start;
	vmi->mas.last = end - 1;
	return mas_preallocate(&vmi->mas, vma, GFP_KERNEL);
}

int vma_iter_store_gfp(struct vma_iterator *vmi, unsigned long start, unsigned long end,
		       struct vm_area_struct *vma)
{
	vmi->mas.index = start;
	vmi->mas.last = end - 1;
	return mas_store_gfp(&vmi->mas, vma, GFP_KERNEL);
}

void vma_iter_store(struct vma_iterator *vmi, struct vm_area_struct *vma)
{
	mas_store_prealloc(&vmi->mas, vma);
}

void vma_iter_clear(struct vma_iterator *vmi)
{
	mas_store_prealloc(&vmi->mas, NULL);
}

void vma_iter_free(struct vma_iterator *vmi)
{
	mas_destroy(&vmi->mas);
}

int vma_iter_area_lowest(struct vma_iterator *vmi, unsigned long min, unsigned long max, unsigned long size)
{
	mas_reset(&vmi->mas);
	return max > min ? mas_empty_area(&vmi->mas, min, max - 1, size) : -EBUSY;
}

int vma_iter_area_highest(struct vma_iterator *vmi, unsigned long min, unsigned long max, unsigned long size)
{
	mas_reset(&vmi->mas);
	return max > min ? mas_empty_area_rev(&vmi->mas, min, max - 1, size) : -EBUSY;
}

/* Overwrite a range of the tree whose bounds stay; an exact fit needs no memory. */
static void vma_tree_overwrite(struct vm_area_struct *vma)
{
	VMA_ITERATOR(vmi, vma->vm_mm, vma->vm_start);

	vmi.mas.last = vma->vm_end - 1;
	mas_store(&vmi.mas, vma);
	BUG_ON(mas_is_err(&vmi.mas));
}

/* ---- lookups ---- */

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	unsigned long index = addr;

	mmap_assert_locked(mm);
	return mt_find(&mm->mm_mt, &index, ~0UL);
}

struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	unsigned long index = start;

	mmap_assert_locked(mm);
	return mt_find(&mm->mm_mt, &index, end - 1);
}

struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr, struct vm_area_struct **prev)
{
	VMA_ITERATOR(vmi, mm, addr);
	struct vm_area_struct *vma;

	mmap_assert_locked(mm);
	vma = vma_iter_load(&vmi);
	*prev = vma_prev(&vmi);
	if (!vma) {
		vma_iter_set(&vmi, addr);
		vma = vma_next(&vmi);
	}
	return vma;
}

/* ---- life of one VMA ---- */

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm, unsigned long start, unsigned long end,
				     unsigned long flags)
{
	struct vm_area_struct *vma = kmem_cache_alloc(vma_cache, GFP_KERNEL);

	if (!vma)
		return NULL;
	*vma = (struct vm_area_struct){
		.vm_start = start,
		.vm_end = end,
		.vm_mm = mm,
		.vm_flags = flags,
		.vm_pgoff = start >> PAGE_SHIFT,
		.detached = true,
	};
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	return vma;
}

struct vm_area_struct *vm_area_dup(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct vm_area_struct *new = vm_area_alloc(vma->vm_mm, start, end, vma->vm_flags);

	if (!new)
		return NULL;
	new->vm_pgoff = linear_page_index(vma, start);
	new->vm_file = vma->vm_file;
	if (new->vm_file)
		memobj_get(new->vm_file);
	return new;
}

void vm_area_free(struct vm_area_struct *vma)
{
	VM_BUG_ON_VMA(vma_is_attached(vma), vma);
	unlink_anon_vmas(vma);
	if (vma->vm_file)
		memobj_put(vma->vm_file);
	kmem_cache_free(vma_cache, vma);
}

/* A new VMA joins the mm: its object's list, and the count. The caller stores it in the tree. */
static void vma_attach(struct vm_area_struct *vma)
{
	vma->detached = false;
	vma->vm_mm->map_count++;
	if (vma->vm_file)
		i_mmap_insert(vma);
}

/* A VMA has lost its last range in the tree. */
static void vma_detach(struct vm_area_struct *vma)
{
	vma->detached = true;
	vma->vm_mm->map_count--;
	if (vma->vm_file)
		i_mmap_remove(vma);
}

void vma_born(struct vm_area_struct *vma)
{
	vma_attach(vma);
	vm_stat_account(vma->vm_mm, vma->vm_flags, vma_pages(vma));
}

void vma_unmapped(struct vm_area_struct *vma)
{
	vma_detach(vma);
	vm_area_free(vma);
}

/*
 * vma_set_bounds() - @vma covers [start, end) from now on; its offset moves with its start.
 * Takes the rmap locks, so that a walk from a page sees the old bounds or the new ones.
 */
static void vma_set_bounds(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct memobj *file = vma->vm_file;
	struct anon_vma *root = vma->anon_vma ? vma->anon_vma->root : NULL;

	if (file)
		i_mmap_remove(vma);
	if (root) {
		down_write(&root->rwsem);
		anon_vma_interval_remove(vma);
	}

	vma->vm_pgoff += (long)(start - vma->vm_start) >> PAGE_SHIFT;
	vma->vm_start = start;
	vma->vm_end = end;

	if (root) {
		anon_vma_interval_insert(vma);
		up_write(&root->rwsem);
	}
	if (file)
		i_mmap_insert(vma);
}

/* ---- split ---- */

/* A detached copy of [start, end) of @vma, with its chains. ERR_PTR on failure. */
static struct vm_area_struct *vma_dup_part(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct vm_area_struct *part = vm_area_dup(vma, start, end);

	if (!part)
		return ERR_PTR(-ENOMEM);
	part->anon_vma = vma->anon_vma;
	if (anon_vma_clone(part, vma, VMA_OP_SPLIT)) {
		vm_area_free(part);
		return ERR_PTR(-ENOMEM);
	}
	return part;
}

struct vm_area_struct *vma_carve(struct vma_iterator *vmi, struct vm_area_struct *vma,
				 unsigned long start, unsigned long end)
{
	struct mm_struct *mm = vma->vm_mm;
	struct vm_area_struct *part, *tail = NULL;
	bool head_left = start > vma->vm_start, tail_left = end < vma->vm_end;

	mmap_assert_write_locked(mm);
	VM_BUG_ON_VMA(!page_aligned(start) || !page_aligned(end) || start >= end, vma);
	VM_BUG_ON_VMA(start < vma->vm_start || end > vma->vm_end, vma);
	if (!head_left && !tail_left)
		return vma;
	if (mm->map_count + head_left + tail_left > sysctl_max_map_count)
		return ERR_PTR(-ENOMEM);

	part = vma_dup_part(vma, start, end);
	if (IS_ERR(part))
		return part;
	if (head_left && tail_left) {
		tail = vma_dup_part(vma, end, vma->vm_end);
		if (IS_ERR(tail))
			goto out_free_part;
	}
	if (vma_iter_store_gfp(vmi, start, end, part))
		goto out_free_tail;

	/* commit: nothing below fails */
	vma_attach(part);
	if (tail) {
		vma_tree_overwrite(tail);
		vma_attach(tail);
	}
	vma_set_bounds(vma, head_left ? vma->vm_start : end, head_left ? start : vma->vm_end);
	return part;

out_free_tail:
	if (tail)
		vm_area_free(tail);
out_free_part:
	vm_area_free(part);
	return ERR_PTR(-ENOMEM);
}

/* ---- merge ---- */

/*
 * May two neighbours with these anon_vmas become one VMA? Both unset or the same: yes. One unset: if the
 * other is linked to a single anon_vma; taking over a long chain would put pages of the new part under the
 * locks of ancestors that can never map them.
 */
static bool anon_vmas_compatible(struct vm_area_struct *a, struct vm_area_struct *b)
{
	struct anon_vma *anon_a = a ? a->anon_vma : NULL;
	struct anon_vma *anon_b = b ? b->anon_vma : NULL;
	struct vm_area_struct *faulted = anon_a ? a : b;

	if (anon_a == anon_b)
		return true;
	if (anon_a && anon_b)
		return false;
	return faulted->anon_vma_chain.next->next == &faulted->anon_vma_chain;
}

static bool vma_agrees(const struct vma_merge *vmg, struct vm_area_struct *vma, unsigned long pgoff)
{
	return vma->vm_flags == vmg->flags && vma->vm_file == vmg->file && vma->vm_pgoff == pgoff &&
	       anon_vmas_compatible(vma, vmg->middle);
}

/* The VMA that ends where the range starts, if it can take the range over. */
static struct vm_area_struct *merge_left(const struct vma_merge *vmg)
{
	struct vm_area_struct *prev;

	if (vmg->start == 0 || (vmg->middle && vmg->middle->vm_start != vmg->start))
		return NULL;
	prev = vma_lookup(vmg->mm, vmg->start - 1);
	return prev && vma_agrees(vmg, prev, vmg->pgoff - vma_pages(prev)) ? prev : NULL;
}

static struct vm_area_struct *merge_right(const struct vma_merge *vmg)
{
	struct vm_area_struct *next;

	if (vmg->middle && vmg->middle->vm_end != vmg->end)
		return NULL;
	next = vma_lookup(vmg->mm, vmg->end);
	return next && vma_agrees(vmg, next, vmg->pgoff + ((vmg->end - vmg->start) >> PAGE_SHIFT)) ? next : NULL;
}

/* @dst, not faulted in yet, is about to cover @src: give it @src's anon_vma. 0 or -ENOMEM. */
static int merge_anon_vma(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	if (dst->anon_vma || !src || !src->anon_vma)
		return 0;
	dst->anon_vma = src->anon_vma;
	return anon_vma_clone(dst, src, VMA_OP_MERGE_UNFAULTED);
}

/*
 * The neighbour situations. P, M, N: prev, middle, next; [ ] the range; small letters do not agree.
 *
 *	middle NULL		result
 *	1  p [ ] n		NULL
 *	2  P [ ] n		P grows right
 *	3  p [ ] N		N grows left
 *	4  P [ ] N		P grows over the range and N; N goes
 *	middle M
 *	5  P [M] N		P grows over M and N; both go
 *	6  P [M] n, P [m|M n	P grows over the range; M goes, or keeps its right part
 *	7  p [M] N, p M|m] N	N grows left over the range; M goes, or keeps its left part
 *	8  p [M] n		NULL
 */
struct vm_area_struct *vma_merge(struct vma_merge *vmg)
{
	struct vm_area_struct *prev = merge_left(vmg), *next = merge_right(vmg);
	struct vm_area_struct *middle = vmg->middle, *target;
	unsigned long start, end;
	bool was_faulted;

	mmap_assert_write_locked(vmg->mm);
	if (prev && next && !anon_vmas_compatible(prev, next))
		next = NULL;
	target = prev ? prev : next;
	if (!target)
		return NULL;
	start = min(target->vm_start, vmg->start);
	end = prev && next ? next->vm_end : max(target->vm_end, vmg->end);

	was_faulted = target->anon_vma;
	if (merge_anon_vma(target, middle) || (prev && merge_anon_vma(target, next)) ||
	    vma_iter_store_gfp(vmg->vmi, start, end, target)) {
		if (!was_faulted)
			unlink_anon_vmas(target);
		return NULL;
	}

	/* commit: nothing below fails */
	vma_set_bounds(target, start, end);
	if (middle && middle->vm_start == vmg->start && middle->vm_end == vmg->end) {
		vma_detach(middle);
		vm_area_free(middle);
	} else if (middle) {
		vma_set_bounds(middle, prev ? vmg->end : middle->vm_start,
			       prev ? middle->vm_end : vmg->start);
	}
	if (prev && next) {
		vma_detach(next);
		vm_area_free(next);
	}
	return target;
}

int vma_expand(struct vma_iterator *vmi, struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	mmap_assert_write_locked(vma->vm_mm);
	VM_BUG_ON_VMA(start > vma->vm_start || end < vma->vm_end, vma);
	if (vma_iter_store_gfp(vmi, start, end, vma))
		return -ENOMEM;

	/* commit: nothing below fails */
	vma_set_bounds(vma, start, end);
	return 0;
}

struct vm_area_struct *vma_modify_flags(struct vma_iterator *vmi, struct vm_area_struct *vma,
					unsigned long start, unsigned long end, unsigned long flags)
{
	struct vma_merge vmg = {
		.vmi = vmi, .mm = vma->vm_mm, .middle = vma, .start = start, .end = end, .flags = flags,
		.pgoff = linear_page_index(vma, start), .file = vma->vm_file,
	};
	struct vm_area_struct *part = NULL;

	if (start == vma->vm_start || end == vma->vm_end)
		part = vma_merge(&vmg);
	if (part)
		return part;
	part = vma_carve(vmi, vma, start, end);
	if (!IS_ERR(part))
		part->vm_flags = flags;
	return part;
}

/* ---- shrink and remove ---- */

/* What vma_replace_range() does once nothing can fail. */
struct range_removal {
	struct mm_struct *mm;
	unsigned long start, end;		/* what goes */
	struct vm_area_struct *gone;		/* VMAs wholly inside, by next_gone, lowest first */
	struct vm_area_struct *left, *right;	/* those that reach out on either side */
	unsigned long left_end, right_start;	/* and their bounds inside, before */
	struct vm_area_struct *tail;		/* new VMA for the part behind a hole in @left */
};

/* Find who is concerned: pure reading. False: nobody. */
static bool removal_scan(struct range_removal *rr)
{
	VMA_ITERATOR(vmi, rr->mm, rr->start);
	struct vm_area_struct *vma, **link = &rr->gone;
	bool any = false;

	for_each_vma_range(vmi, vma, rr->end) {
		any = true;
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
	}
	return false;
}

/* Free the tables of [start, end), a hole now, that no neighbour needs. */
static void free_hole_tables(struct mmu_gather *tlb, unsigned long start, unsigned long end)
{
	VMA_ITERATOR(vmi, tlb->mm, start);
	struct vm_area_struct *prev, *next;

	if (!has_tables(tlb->mm, start, end))
		return;
	prev = vma_prev(&vmi);
	vma_iter_set(&vmi, end);
	next = vma_next(&vmi);
	pgtable_free_range(tlb, start, end, prev ? prev->vm_end : 0, next ? next->vm_start : TASK_SIZE);
}

void free_unused_tables(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm);
	free_hole_tables(&tlb, start, end);
	tlb_finish_mmu(&tlb);
}

static void removal_unmap(struct range_removal *rr, bool keep_tables)
{
	struct mmu_gather tlb;
	struct vm_area_struct *vma;

	tlb_gather_mmu(&tlb, rr->mm);
	if (rr->left)
		unmap_page_range(&tlb, rr->left, rr->start, rr->left_end);
	for (vma = rr->gone; vma; vma = vma->next_gone)
		unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end);
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

/* Pages leave the accounts of the VMAs that lose them. */
static void removal_account(struct range_removal *rr)
{
	struct vm_area_struct *vma;

	if (rr->left)
		unaccount(rr->mm, rr->left->vm_flags, rr->left_end - rr->start);
	for (vma = rr->gone; vma; vma = vma->next_gone)
		unaccount(rr->mm, vma->vm_flags, vma->vm_end - vma->vm_start);
	if (rr->right && rr->right != rr->left)
		unaccount(rr->mm, rr->right->vm_flags, rr->end - rr->right_start);
}

static void removal_free_vmas(struct range_removal *rr)
{
	struct vm_area_struct *vma, *next;

	for (vma = rr->gone; vma; vma = next) {
		next = vma->next_gone;
		vm_area_free(vma);
	}
}

int vma_replace_range(struct vma_iterator *vmi, struct mm_struct *mm, unsigned long start,
		      unsigned long end, struct vm_area_struct *new)
{
	struct range_removal rr = { .mm = mm, .start = start, .end = end };
	struct vm_area_struct *vma;

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
	removal_account(&rr);
	if (rr.tail) {
		vma_tree_overwrite(rr.tail);
		vma_attach(rr.tail);
	}
	for (vma = rr.gone; vma; vma = vma->next_gone)
		vma_detach(vma);
	if (rr.left)
		vma_set_bounds(rr.left, rr.left->vm_start, start);
	if (rr.right && rr.right != rr.left)
		vma_set_bounds(rr.right, end, rr.right->vm_end);
	if (new)
		vma_attach(new);
	removal_unmap(&rr, /* keep_tables = */ new);
	removal_free_vmas(&rr);
	return 0;
}

int vma_link(struct vma_iterator *vmi, struct vm_area_struct *new)
{
	mmap_assert_write_locked(new->vm_mm);
	if (vma_iter_store_gfp(vmi, new->vm_start, new->vm_end, new))
		return -ENOMEM;
	vma_attach(new);
	return 0;
}

void vma_remove_whole(struct vma_iterator *vmi, struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long start = vma->vm_start, end = vma->vm_end;

	mmap_assert_write_locked(mm);
	vmi->mas.index = start;
	vmi->mas.last = end - 1;
	if (mas_preallocate(&vmi->mas, NULL, GFP_KERNEL | __GFP_NOFAIL_INJECT))
		return;
	unaccount(mm, vma->vm_flags, end - start);
	vma_iter_clear(vmi);
	vma_detach(vma);
	vm_area_free(vma);
	free_unused_tables(mm, start, end);
}
