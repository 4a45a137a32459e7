/* SPDX-License-Identifier: MIT */
/*
 * Virtual memory areas: finding them and changing the set of them. For kernel/mm only.
 *
 * mm->mm_mt is the only index. Its cursor is hidden in struct vma_iterator, so that inclusive ends
 * ([index, last], as the tree has them) occur here and nowhere else; all other code uses [start, end).
 *
 * Changes, each with one place (vma.c; the last in unmap.c):
 *
 *	vma_carve		split: a part of a VMA becomes a VMA of its own
 *	vma_merge		a range joins the VMA before it, after it, or both
 *	vma_expand		a VMA grows over free space
 *	vma_replace_range	shrink and remove: whatever was in a range gives way to one VMA or to nothing
 *
 * All of them: mmap_lock held for write; allocate first, then commit; on failure nothing has changed;
 * the iterator is left on the VMA that results, so that a loop can go on with vma_next().
 */
#ifndef KERNEL_MM_VMA_H
#define KERNEL_MM_VMA_H

#include "kernel/mm/mm_types.h"

struct vma_iterator {
	struct ma_state mas;
};

static inline struct vma_iterator vma_iter_make(struct mm_struct *mm, unsigned long addr)
{
	struct vma_iterator vmi;

	mas_init(&vmi.mas, &mm->mm_mt, addr);
	return vmi;
}
/* VMA_ITERATOR() - declare @name, an iterator of @mm that starts at @addr. */
#define VMA_ITERATOR(name, mm, addr)	struct vma_iterator name = vma_iter_make(mm, addr)

/* vma_find() - the next VMA that starts below @end (first call: or contains the start address). */
static inline struct vm_area_struct *vma_find(struct vma_iterator *vmi, unsigned long end)
{
	return mas_find(&vmi->mas, end - 1);
}
static inline struct vm_area_struct *vma_next(struct vma_iterator *vmi)
{
	return mas_find(&vmi->mas, ~0UL);
}
static inline struct vm_area_struct *vma_prev(struct vma_iterator *vmi)
{
	return mas_prev(&vmi->mas, 0);
}
/* vma_iter_load() - the VMA that contains the iterator's address, or NULL. */
static inline struct vm_area_struct *vma_iter_load(struct vma_iterator *vmi)
{
	return mas_walk(&vmi->mas);
}
static inline unsigned long vma_iter_addr(const struct vma_iterator *vmi) { return vmi->mas.index; }
static inline unsigned long vma_iter_end(const struct vma_iterator *vmi) { return vmi->mas.last + 1; }
static inline void vma_iter_set(struct vma_iterator *vmi, unsigned long addr) { mas_set(&vmi->mas, addr); }

#define for_each_vma(vmi, vma)		while (((vma) = vma_next(&(vmi))) != NULL)
#define for_each_vma_range(vmi, vma, end) while (((vma) = vma_find(&(vmi), (end))) != NULL)

/*
 * vma_iter_store_gfp() - store @vma (NULL: clear) over [start, end): 0 with the iterator on the range that results,
 * or -ENOMEM with nothing changed. The last step of a change that may fail, so it is where most commit.
 */
int vma_iter_store_gfp(struct vma_iterator *vmi, unsigned long start, unsigned long end,
		       struct vm_area_struct *vma);
/* vma_iter_prealloc() - memory for one store of @vma (NULL: clear) over [start, end). 0 or -ENOMEM. */
int vma_iter_prealloc(struct vma_iterator *vmi, unsigned long start, unsigned long end,
		      struct vm_area_struct *vma);
/* vma_iter_prealloc_any() - memory for any later vma_iter_prealloc(), even after one store by others. 0 or -ENOMEM. */
int vma_iter_prealloc_any(struct vma_iterator *vmi);
/* vma_iter_store() - that store; cannot fail. vma_iter_clear(): the same with NULL. */
void vma_iter_store(struct vma_iterator *vmi, struct vm_area_struct *vma);
void vma_iter_clear(struct vma_iterator *vmi);
/* vma_iter_free() - give back what vma_iter_prealloc() got, unused. */
void vma_iter_free(struct vma_iterator *vmi);
/* The lowest / highest free range of @size bytes in [min, max): 0 and the iterator on it, or -EBUSY. */
int vma_iter_area_lowest(struct vma_iterator *vmi, unsigned long min, unsigned long max, unsigned long size);
int vma_iter_area_highest(struct vma_iterator *vmi, unsigned long min, unsigned long max, unsigned long size);

/* Lookups without a cursor; mmap_lock held. find_vma(): the first one that ends above @addr. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	return mtree_load(&mm->mm_mt, addr);
}
/* The first VMA that overlaps [start, end), or NULL. */
struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start, unsigned long end);
/* find_vma(), and the VMA before that one in *@prev (or NULL). */
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr, struct vm_area_struct **prev);

void vma_init(void);
/* vm_area_alloc() - a detached anonymous VMA [start, end) of @mm, or NULL. vm_area_dup(): a detached
 * copy for [start, end) inside @vma, holding its own reference of the object, no chains. */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm, unsigned long start, unsigned long end,
				     unsigned long flags);
struct vm_area_struct *vm_area_dup(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* vm_area_free() - @vma is detached: unlink its chains, drop its object, free it. */
void vm_area_free(struct vm_area_struct *vma);
unsigned long vm_area_count(void);	/* VMAs alive, for leak checks */

/*
 * vma_carve() - make [start, end), inside @vma, a VMA of its own (@vma itself when it is the whole).
 *
 *	before	[------------- vma -------------)
 *	after	[--- vma ---)[-- carved --)[new tail)
 *
 * Returns: the VMA of [start, end), or an ERR_PTR of -ENOMEM (also: too many VMAs).
 */
struct vm_area_struct *vma_carve(struct vma_iterator *vmi, struct vm_area_struct *vma,
				 unsigned long start, unsigned long end);

struct vma_merge {
	struct vma_iterator *vmi;
	struct mm_struct *mm;
	struct vm_area_struct *middle;	/* the VMA that covers [start, end), or NULL: nothing does */
	unsigned long start, end;	/* the range that shall have these: */
	unsigned long flags, pgoff;
	struct memobj *file;
};

/*
 * vma_merge() - let the neighbours take over [start, end), if they agree in flags, object, offset and
 * anon_vma. The range is free, or inside vmg->middle and at an end of it.
 * Returns: the VMA that covers the range now; NULL when no neighbour agrees, or there was no memory
 * (then the caller goes on without merging).
 */
struct vm_area_struct *vma_merge(struct vma_merge *vmg);

/* vma_expand() - @vma becomes [start, end), a superset; what is added is free. 0 or -ENOMEM. */
int vma_expand(struct vma_iterator *vmi, struct vm_area_struct *vma, unsigned long start, unsigned long end);

/*
 * vma_modify_flags() - [start, end) of @vma gets @flags: merge where neighbours agree, else carve.
 * Returns: the VMA that covers [start, end) now, with its vm_flags set, or an ERR_PTR.
 */
struct vm_area_struct *vma_modify_flags(struct vma_iterator *vmi, struct vm_area_struct *vma,
					unsigned long start, unsigned long end, unsigned long flags);

/*
 * vma_each_part() - call @fn for the part of each VMA in [start, end), which VMAs must cover; it may split and merge them. Ends
 * with its first error; -ENOMEM at a hole, when what precedes is done. Others run in between. mmap_lock held for write.
 */
typedef int vma_part_fn(struct vma_iterator *vmi, struct vm_area_struct *vma, unsigned long start, unsigned long end,
			unsigned long arg);
int vma_each_part(struct mm_struct *mm, unsigned long start, unsigned long end, vma_part_fn *fn, unsigned long arg);

/*
 * vma_replace_range() - unmap [start, end) and put @new (detached, exactly that range; or NULL) there.
 * VMAs that extend beyond the range shrink, one that surrounds it loses its tail to a new VMA; those
 * inside are freed. Pages and empty page tables are freed after one flush.
 * Returns: 0, or -ENOMEM with nothing changed.
 */
int vma_replace_range(struct vma_iterator *vmi, struct mm_struct *mm, unsigned long start,
		      unsigned long end, struct vm_area_struct *new);

/*
 * vma_remove_whole() - take @vma, emptied already, out: the last step of a move, after which there is no
 * way back. @vmi has its memory, from vma_iter_prealloc_any(). mmap_lock held for write.
 */
void vma_remove_whole(struct vma_iterator *vmi, struct vm_area_struct *vma);

/* free_unused_tables() - free tables that reach into [start, end), a hole, and serve no neighbour. */
void free_unused_tables(struct mm_struct *mm, unsigned long start, unsigned long end);

/* For whole address spaces (fork, exit), which fill or drop the tree themselves.
 * vma_born(): @vma has been stored in the tree: count it. vma_unmapped(): it maps nothing, the tree is
 * about to go; the accounts are the caller's: free it. */
void vma_born(struct vm_area_struct *vma);
void vma_unmapped(struct vm_area_struct *vma);

/* vma_link() - @new, detached, into free space. Returns 0, or -ENOMEM with nothing changed. */
int vma_link(struct vma_iterator *vmi, struct vm_area_struct *new);

/* vma_is_attached() - is it in its mm's tree? For assertions: a RELEASE build does not keep it. */
#ifndef RELEASE
static inline bool vma_is_attached(const struct vm_area_struct *vma) { return !vma->detached; }
static inline void vma_set_detached(struct vm_area_struct *vma, bool detached) { vma->detached = detached; }
#else
static inline bool vma_is_attached(const struct vm_area_struct *vma) { (void)vma; return true; }
static inline void vma_set_detached(struct vm_area_struct *vma, bool detached) { (void)vma; (void)detached; }
#endif

/* sysctl vm.max_map_count. */
extern int sysctl_max_map_count;

#endif
