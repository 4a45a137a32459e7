/* SPDX-License-Identifier: MIT */
/*
 * The set of VMAs of an address space, and every way to change it. See vma.h for the list.
 *
 * A tree store of one entry over [start, end) cuts what it covers: neighbours that stick out keep
 * their outer parts. So each change below is one store, which fails with nothing changed or commits, plus
 * at most one overwrite of a range whose bounds stay as they are, which needs no memory:
 *
 *	tree before	  A A A A A A		vma_carve() of the middle
 *	store M		  A A M M A A		may fail
 *	overwrite	  A A M M T T		exact fit
 *
 * Bounds of a VMA that reverse mapping can reach are changed by vma_set_bounds() under the rmap
 * locks. A range that changes hands is covered twice for a moment, and is never uncovered.
 */
#include "kernel/core/race.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vma.h"
#include "kernel/mm/vma_internal.h"
#include "kernel/sched/sched.h"
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

int vma_iter_prealloc_any(struct vma_iterator *vmi)
{
	return mas_preallocate_any(&vmi->mas, GFP_KERNEL);
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

void vma_tree_overwrite(struct vm_area_struct *vma)
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

/* In place in both callers: fork makes thousands. */
static inline __attribute__((always_inline))
struct vm_area_struct *new_vma(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long flags)
{
	struct vm_area_struct *vma = kmem_cache_alloc(vma_cache, GFP_KERNEL);

	if (!vma)
		return NULL;
	/* Field by field: to clear it all first costs fork a tenth. i_mmap_node is filled when it is inserted. */
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_mm = mm;
	vma->vm_flags = flags;
	vma->vm_pgoff = start >> PAGE_SHIFT;
	vma->vm_file = NULL;
	vma_set_detached(vma, true);
	vma->vm_lock_seq = mm->mm_lock_seq;	/* no fault can have it before mmap_lock is dropped */
	vma->vm_readers = 0;
	vma->next_gone = NULL;
	vma->anon_vma = NULL;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	return vma;
}

struct vm_area_struct *vm_area_alloc(struct mm_struct *mm, unsigned long start, unsigned long end,
				     unsigned long flags)
{
	return new_vma(mm, start, end, flags);
}

struct vm_area_struct *vm_area_dup(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct vm_area_struct *new = new_vma(vma->vm_mm, start, end, vma->vm_flags);

	if (!new)
		return NULL;
	new->vm_pgoff = linear_page_index(vma, start);
	new->vm_file = vma->vm_file;
	if (new->vm_file)
		memobj_get(new->vm_file);
	return new;
}

static void vma_rcu_callback(struct rcu_head *head)
{
	struct vm_area_struct *vma = container_of(head, struct vm_area_struct, rcu);

	VM_BUG_ON_VMA(READ_ONCE(vma->vm_readers), vma);
	kmem_cache_free(vma_cache, vma);
}

void vm_area_free(struct vm_area_struct *vma)
{
	VM_BUG_ON_VMA(vma_is_attached(vma), vma);
	unlink_anon_vmas(vma);
	if (vma->vm_file)
		memobj_put(vma->vm_file);
	if (unlikely(mm_is_shared(vma->vm_mm))) {
		WRITE_ONCE(vma->vm_start, 0);	/* who finds it finds it empty */
		WRITE_ONCE(vma->vm_end, 0);
		call_rcu(&vma->rcu, vma_rcu_callback);
	} else {
		kmem_cache_free(vma_cache, vma);
	}
}

void vma_attach(struct vm_area_struct *vma)
{
	vma_assert_write_locked(vma);
	vma_set_detached(vma, false);
	vma->vm_mm->map_count++;
	if (vma->vm_file)
		i_mmap_insert(vma);
}

void vma_detach(struct vm_area_struct *vma)
{
	vma_assert_write_locked(vma);
#ifndef RELEASE
	vma->vm_mm->vma_removals++;
#endif
	vma_set_detached(vma, true);
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

void vma_set_bounds(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct memobj *file = vma->vm_file;
	struct anon_vma *root = vma->anon_vma ? vma->anon_vma->root : NULL;

	vma_assert_write_locked(vma);
	/* Out and in again under one lock: a walk that came between would miss the part that stays. */
	if (file) {
		down_write(&file->i_mmap_lock);
		i_mmap_interval_remove(vma);
	}
	if (root) {
		down_write(&root->rwsem);
		anon_vma_interval_remove(vma);
	}

	race_point_sleep("vma_set_bounds: in no tree");
	vma->vm_pgoff += (long)(start - vma->vm_start) >> PAGE_SHIFT;
	vma->vm_start = start;
	vma->vm_end = end;

	if (root) {
		anon_vma_interval_insert(vma);
		up_write(&root->rwsem);
	}
	if (file) {
		i_mmap_interval_insert(vma);
		up_write(&file->i_mmap_lock);
	}
}

/* ---- split ---- */

struct vm_area_struct *vma_dup_part(struct vm_area_struct *vma, unsigned long start, unsigned long end)
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
	vma_start_write(vma);
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
	if (vma->vm_flags != vmg->flags || vma->vm_file != vmg->file || vma->vm_pgoff != pgoff)
		return false;
	vma_start_write(vma);		/* a fault may be giving it an anon_vma */
	return anon_vmas_compatible(vma, vmg->middle);
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
	struct vm_area_struct *middle = vmg->middle, *prev, *next, *target;
	unsigned long start, end;
	bool was_faulted;

	mmap_assert_write_locked(vmg->mm);
	if (middle)
		vma_start_write(middle);
	prev = merge_left(vmg);
	next = merge_right(vmg);
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
	vma_start_write(vma);
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
		WRITE_ONCE(part->vm_flags, flags);	/* reverse walks read them under a table's lock */
	return part;
}

int vma_link(struct vma_iterator *vmi, struct vm_area_struct *new)
{
	mmap_assert_write_locked(new->vm_mm);
	if (vma_iter_store_gfp(vmi, new->vm_start, new->vm_end, new))
		return -ENOMEM;
	vma_attach(new);
	return 0;
}

int vma_each_part(struct mm_struct *mm, unsigned long start, unsigned long end, vma_part_fn *fn, unsigned long arg)
{
	VMA_ITERATOR(vmi, mm, start);

	while (start < end) {
		struct vm_area_struct *vma;
		unsigned long next;
		int err;

		vma_iter_set(&vmi, start);
		vma = vma_iter_load(&vmi);
		if (!vma)
			return -ENOMEM;
		next = min(vma->vm_end, end);
		err = fn(&vmi, vma, start, next, arg);
		if (err)
			return err;
		start = next;
		if (start < end)
			cond_resched();
	}
	return 0;
}
