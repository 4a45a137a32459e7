/* SPDX-License-Identifier: MIT */
/*
 * From an anonymous page to every PTE that maps it (rmap.c). For kernel/mm only.
 *
 *	page->mapping ---> anon_vma --- interval tree --> avc --> vma --> page table
 *
 * One family of processes (a fork tree that shares pages) has one root anon_vma; its rwsem is the
 * lock of the whole family. A VMA is linked, through one anon_vma_chain each, to its own anon_vma and
 * to those of all its ancestors, since it may map pages that they wrote:
 *
 *	       parent's vma P          child's vma C           grandchild's vma G
 *	            |                    |      |                |    |    |
 *	           avc                  avc    avc              avc  avc  avc
 *	            |                    |      |                |    |    |
 *	            +---------+----------+------|----------------+    |    |
 *	                      v                 +-------+-------------+    |
 *	                  anon_vma P  <-- parent -- anon_vma C <-- parent -- anon_vma G
 */
#ifndef KERNEL_MM_RMAP_H
#define KERNEL_MM_RMAP_H

#include "kernel/mm/mm_types.h"

struct anon_vma {
	struct anon_vma *root;		/* constant; a root points to itself */
	struct rw_semaphore rwsem;	/* used in the root only */

	atomic_t refcount;		/* children, chains, and walks; a child holds its root */

	/* root->rwsem for write. */
	struct anon_vma *parent;	/* a root is its own */
	unsigned long num_children;	/* anon_vmas whose parent this is; a root counts itself */
	unsigned long num_active_vmas;	/* VMAs whose ->anon_vma this is */
	struct rb_root rb_root;		/* chains by page offset; also readable under rwsem */
};

struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma;
	struct list_head same_vma;	/* in vma->anon_vma_chain: mmap_lock and the root's rwsem */
	struct interval_node node;	/* in anon_vma->rb_root: the root's rwsem for write */
};

/* Why chains are cloned. */
enum vma_operation {
	VMA_OP_SPLIT,			/* @dst takes part of @src's range */
	VMA_OP_MERGE_UNFAULTED,		/* @dst, without anon_vma, grows over @src */
	VMA_OP_REMAP,			/* @dst is where @src's pages move to */
	VMA_OP_FORK,			/* @dst is the child's */
};

void rmap_init(void);

/*
 * anon_vma_prepare() - @vma gets an anon_vma, if it has none, before its first anonymous page.
 * Assumes: mmap_lock held or @vma locked. Returns 0 or -ENOMEM.
 */
int anon_vma_prepare_slow(struct vm_area_struct *vma);
static inline int anon_vma_prepare(struct vm_area_struct *vma)
{
	return likely(READ_ONCE(vma->anon_vma)) ? 0 : anon_vma_prepare_slow(vma);
}

/*
 * anon_vma_clone() - link @dst to every anon_vma that @src is linked to, in the same order.
 * Assumes, in this order: @dst has no chains; unless @op is FORK both are of one mm and @dst->anon_vma
 * equals @src->anon_vma; for MERGE_UNFAULTED @src's chain is singular, for all others @dst is
 * detached; an unfaulted @src has an empty chain; all chains of @src share one root; @src's
 * mmap_lock held for write.
 * Returns 0, or -ENOMEM with nothing linked and @dst->anon_vma NULL.
 */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src, enum vma_operation op);

/*
 * anon_vma_fork() - the child's @vma, a copy of @pvma, gets its chains and an anon_vma of its own: a
 * reusable one of the family, or a new one below the parent's. Assumes: @pvma's mmap_lock for write,
 * @vma detached. Returns 0, or -ENOMEM with nothing linked.
 */
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);

/* unlink_anon_vmas() - @vma maps nothing any more: drop its chains; empty anon_vmas leave, lowest first. */
void unlink_anon_vmas(struct vm_area_struct *vma);

void get_anon_vma(struct anon_vma *anon_vma);
void put_anon_vma(struct anon_vma *anon_vma);

/* Around a change of @vma's bounds: out of the interval trees, and back in. Root lock held for write. */
void anon_vma_interval_remove(struct vm_area_struct *vma);
void anon_vma_interval_insert(struct vm_area_struct *vma);

static inline struct anon_vma *page_anon_vma(const struct page *page)
{
	unsigned long m = READ_ONCE(page->mapping);

	return (m & PAGE_MAPPING_ANON) ? (struct anon_vma *)(m - PAGE_MAPPING_ANON) : NULL;
}

static inline bool page_is_anon(const struct page *page)
{
	return READ_ONCE(page->mapping) & PAGE_MAPPING_ANON;
}

/* The offset that a page at @addr has, or would have, in the family of @vma, in pages. */
static inline unsigned long linear_page_index(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

/* page_set_anon() - @page is fresh from alloc_page() and will be mapped at @addr of @vma and nowhere else. */
static inline void page_set_anon(struct page *page, struct vm_area_struct *vma, unsigned long addr)
{
	page->index = linear_page_index(vma, addr);
	WRITE_ONCE(page->mapping, (unsigned long)vma->anon_vma | PAGE_MAPPING_ANON);
	VM_BUG_ON_PAGE(page->flags, page);
	WRITE_ONCE(page->flags, 1UL << PG_anon_exclusive | 1UL << PG_swapbacked);
}

/* rmap counters for validate_mm() and leak checks. */
void anon_vma_counts(unsigned long *anon_vmas, unsigned long *chains);
/* validate_anon_vma() - chains of @vma: singular root, order, interval nodes; panics on damage. */
void validate_anon_vma(struct vm_area_struct *vma);

#endif
