/* SPDX-License-Identifier: MIT */
/*
 * The anon_vma hierarchy: building it as VMAs are faulted in, split, merged and forked, and taking it
 * down. Walking it from a page is in rmap_walk.c. The picture is in rmap.h.
 *
 * Why a child gets an anon_vma of its own: pages that it writes after the fork belong to it (and its
 * children) alone, so a walk from such a page must not visit the parent's VMAs. Pages that it
 * shares still point to the anon_vma they were born in, and its chains to all ancestors make it found
 * from there.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/vma.h"

static struct kmem_cache *anon_vma_cache, *avc_cache;

static void anon_vma_ctor(void *obj)
{
	struct anon_vma *anon_vma = obj;

	init_rwsem(&anon_vma->rwsem);
	anon_vma->rb_root = (struct rb_root)RB_ROOT;
	atomic_set(&anon_vma->refcount, 0);
}

void rmap_init(void)
{
	anon_vma_cache = kmem_cache_create("anon_vma", sizeof(struct anon_vma), 0,
					   SLAB_TYPESAFE_BY_RCU, anon_vma_ctor);
	avc_cache = kmem_cache_create("anon_vma_chain", sizeof(struct anon_vma_chain), 0, 0, NULL);
}

void anon_vma_counts(unsigned long *anon_vmas, unsigned long *chains)
{
	*anon_vmas = kmem_cache_inuse(anon_vma_cache);
	*chains = kmem_cache_inuse(avc_cache);
}

/* A root of its own, one reference. */
static struct anon_vma *anon_vma_alloc(void)
{
	struct anon_vma *anon_vma = kmem_cache_alloc(anon_vma_cache, GFP_KERNEL);

	if (!anon_vma)
		return NULL;
	anon_vma->root = anon_vma;
	anon_vma->parent = anon_vma;
	anon_vma->num_children = 1;		/* itself: a root is never reused for a child */
	anon_vma->num_active_vmas = 0;
	/* Release: a walk that still has a pointer to the memory's former owner may take a reference, and drop it again. */
	__atomic_store_n(&anon_vma->refcount.v, 1, __ATOMIC_RELEASE);
	return anon_vma;
}

void get_anon_vma(struct anon_vma *anon_vma)
{
	atomic_inc(&anon_vma->refcount);
}

void put_anon_vma(struct anon_vma *anon_vma)
{
	struct anon_vma *root;

	if (!atomic_dec_and_test(&anon_vma->refcount))
		return;
	root = anon_vma->root;		/* not before: fork may just be joining it to a family */
	VM_BUG_ON(!rb_empty(&anon_vma->rb_root));
	kmem_cache_free(anon_vma_cache, anon_vma);
	if (root != anon_vma)
		put_anon_vma(root);	/* once at most: a root's root is itself */
}

static struct anon_vma_chain *avc_alloc(void)
{
	return kmem_cache_alloc(avc_cache, GFP_KERNEL);
}

static void avc_interval(struct anon_vma_chain *avc)
{
	avc->node.start = avc->vma->vm_pgoff;
	avc->node.last = avc->vma->vm_pgoff + vma_pages(avc->vma) - 1;
	interval_tree_insert(&avc->node, &avc->anon_vma->rb_root);
}

/* Fill @avc in and hang it at the end of @vma's chain; the interval tree comes later, under the lock. */
static void avc_assign(struct anon_vma_chain *avc, struct vm_area_struct *vma, struct anon_vma *anon_vma)
{
	avc->vma = vma;
	avc->anon_vma = anon_vma;
	list_add_tail(&avc->same_vma, &vma->anon_vma_chain);
}

void anon_vma_interval_remove(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		interval_tree_remove(&avc->node, &avc->anon_vma->rb_root);
}

void anon_vma_interval_insert(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		avc_interval(avc);
}

/* ---- the first anonymous page of a VMA ---- */

static bool chain_is_singular(const struct vm_area_struct *vma)
{
	return !list_empty(&vma->anon_vma_chain) &&
	       vma->anon_vma_chain.next->next == &vma->anon_vma_chain;
}

/* Could @a, which ends where @b starts, become one VMA with it once their anon_vmas agree and mprotect
 * has made their rights the same? */
static bool might_merge_later(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && a->vm_file == b->vm_file &&
	       !((a->vm_flags ^ b->vm_flags) & ~VM_PROT_MASK) &&
	       b->vm_pgoff == a->vm_pgoff + vma_pages(a);
}

/* The VMA at @addr, locked for reading, if @vma, its neighbour, may share its anon_vma; or NULL. One that is being changed: NULL. */
static struct vm_area_struct *sharing_neighbour(struct vm_area_struct *vma, unsigned long addr)
{
	struct vm_area_struct *near = vma_lock_find(vma->vm_mm, addr);
	bool before = addr < vma->vm_start;

	if (!near)
		return NULL;
	if (READ_ONCE(near->anon_vma) && chain_is_singular(near) &&
	    (before ? might_merge_later(near, vma) : might_merge_later(vma, near)))
		return near;
	vma_end_read(near);
	return NULL;
}

/* A neighbour, locked for reading, whose anon_vma @vma may share, or NULL. */
static struct vm_area_struct *find_mergeable(struct vm_area_struct *vma)
{
	struct vm_area_struct *near = sharing_neighbour(vma, vma->vm_end);

	return near || !vma->vm_start ? near : sharing_neighbour(vma, vma->vm_start - 1);
}

int anon_vma_prepare_slow(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	struct anon_vma *anon_vma, *allocated = NULL;
	struct vm_area_struct *near;
	struct anon_vma_chain *avc;

	vma_assert_locked(vma);
	avc = avc_alloc();
	if (!avc)
		return -ENOMEM;
	near = find_mergeable(vma);
	anon_vma = near ? near->anon_vma : NULL;
	if (!anon_vma) {
		anon_vma = allocated = anon_vma_alloc();
		if (!anon_vma) {
			kmem_cache_free(avc_cache, avc);
			return -ENOMEM;
		}
	}

	/* commit: nothing below fails */
	down_write(&anon_vma->root->rwsem);
	spin_lock(&mm->page_table_lock);	/* another fault of this VMA may be here too */
	if (likely(!vma->anon_vma)) {
		avc_assign(avc, vma, anon_vma);
		avc_interval(avc);
		anon_vma->num_active_vmas++;
		__atomic_store_n(&vma->anon_vma, anon_vma, __ATOMIC_RELEASE);
		avc = NULL;
		allocated = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	up_write(&anon_vma->root->rwsem);
	if (near)			/* not before: its anon_vma might have lost its last VMA */
		vma_end_read(near);

	if (unlikely(avc))
		kmem_cache_free(avc_cache, avc);
	if (unlikely(allocated))
		put_anon_vma(allocated);
	return 0;
}

/* ---- clone and fork ---- */

static void check_clone(struct vm_area_struct *dst, struct vm_area_struct *src, enum vma_operation op)
{
	VM_BUG_ON_VMA(!list_empty(&dst->anon_vma_chain), dst);
	VM_BUG_ON_VMA(op != VMA_OP_FORK && dst->vm_mm != src->vm_mm, dst);
	VM_BUG_ON_VMA(op != VMA_OP_FORK && dst->anon_vma != src->anon_vma, dst);
	VM_BUG_ON_VMA(op == VMA_OP_FORK && dst->anon_vma, dst);
	VM_BUG_ON_VMA(op == VMA_OP_MERGE_UNFAULTED && src->anon_vma && !chain_is_singular(src), src);
	VM_BUG_ON_VMA(op != VMA_OP_MERGE_UNFAULTED && vma_is_attached(dst), dst);
	VM_BUG_ON_VMA(!src->anon_vma && !list_empty(&src->anon_vma_chain), src);
	mmap_assert_write_locked(src->vm_mm);
}

/* Free the chains of a clone that ran out of memory; none is in an interval tree yet. */
static void cleanup_partial_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc, *next;

	list_for_each_entry_safe(avc, next, &vma->anon_vma_chain, same_vma) {
		list_del(&avc->same_vma);
		kmem_cache_free(avc_cache, avc);
	}
	vma->anon_vma = NULL;
}

/* May a forked child take @anon_vma for its own? Nobody's own any more, and one child at most. */
static bool anon_vma_reusable(const struct anon_vma *anon_vma)
{
	return anon_vma->num_active_vmas == 0 && anon_vma->num_children < 2 &&
	       anon_vma->root != anon_vma;
}

int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src, enum vma_operation op)
{
	struct anon_vma_chain *avc, *copy;
	struct anon_vma *root;

	check_clone(dst, src, op);
	if (!src->anon_vma)
		return 0;
	root = src->anon_vma->root;

	/* Nobody sees these yet, so no lock; the order of @src's chain is kept. */
	list_for_each_entry(avc, &src->anon_vma_chain, same_vma) {
		VM_BUG_ON_VMA(avc->anon_vma->root != root, src);
		copy = avc_alloc();
		if (!copy) {
			cleanup_partial_anon_vmas(dst);
			return -ENOMEM;
		}
		avc_assign(copy, dst, avc->anon_vma);
	}

	/* commit: nothing below fails */
	down_write(&root->rwsem);
	list_for_each_entry(copy, &dst->anon_vma_chain, same_vma) {
		avc_interval(copy);
		if (op == VMA_OP_FORK && !dst->anon_vma && anon_vma_reusable(copy->anon_vma))
			dst->anon_vma = copy->anon_vma;
	}
	if (dst->anon_vma)
		dst->anon_vma->num_active_vmas++;
	up_write(&root->rwsem);
	return 0;
}

/* Hang @anon_vma below the parent's, and @vma's chain to it in front: newest first. */
static void link_child_anon_vma(struct vm_area_struct *vma, struct vm_area_struct *pvma,
				struct anon_vma *anon_vma, struct anon_vma_chain *avc)
{
	struct anon_vma *root = pvma->anon_vma->root;

	anon_vma->root = root;
	anon_vma->parent = pvma->anon_vma;
	anon_vma->num_children = 0;
	anon_vma->num_active_vmas = 1;
	get_anon_vma(root);
	avc->vma = vma;
	avc->anon_vma = anon_vma;

	down_write(&root->rwsem);
	list_add(&avc->same_vma, &vma->anon_vma_chain);
	avc_interval(avc);
	anon_vma->parent->num_children++;
	vma->anon_vma = anon_vma;
	up_write(&root->rwsem);
}

int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	struct anon_vma *anon_vma;
	struct anon_vma_chain *avc;

	if (!pvma->anon_vma)
		return 0;
	VM_BUG_ON_VMA(vma->anon_vma, vma);
	anon_vma = anon_vma_alloc();
	if (!anon_vma)
		return -ENOMEM;
	avc = avc_alloc();
	if (!avc)
		goto out_put_anon_vma;
	if (anon_vma_clone(vma, pvma, VMA_OP_FORK))
		goto out_free_avc;

	/* commit: nothing below fails */
	if (vma->anon_vma) {		/* adopted one of the family's */
		kmem_cache_free(avc_cache, avc);
		put_anon_vma(anon_vma);
		return 0;
	}
	link_child_anon_vma(vma, pvma, anon_vma, avc);
	return 0;

out_free_avc:
	kmem_cache_free(avc_cache, avc);
out_put_anon_vma:
	put_anon_vma(anon_vma);
	return -ENOMEM;
}

/* ---- the end of a VMA ---- */

void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc, *next;
	struct anon_vma *root;

	if (!vma->anon_vma) {
		VM_BUG_ON_VMA(!list_empty(&vma->anon_vma_chain), vma);
		return;
	}
	root = vma->anon_vma->root;

	down_write(&root->rwsem);
	list_for_each_entry_safe(avc, next, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *anon_vma = avc->anon_vma;

		VM_BUG_ON_VMA(anon_vma->root != root, vma);
		interval_tree_remove(&avc->node, &anon_vma->rb_root);
		if (rb_empty(&anon_vma->rb_root)) {	/* its descendants' VMAs would be in it */
			anon_vma->parent->num_children--;
			continue;		/* freed below, without the lock */
		}
		list_del(&avc->same_vma);
		kmem_cache_free(avc_cache, avc);
	}
	vma->anon_vma->num_active_vmas--;
	vma->anon_vma = NULL;
	up_write(&root->rwsem);

	/* Only the emptied ones are left, newest first: the root, if it is among them, last. */
	list_for_each_entry_safe(avc, next, &vma->anon_vma_chain, same_vma) {
		VM_WARN_ON(avc->anon_vma->num_active_vmas != 0);
		VM_WARN_ON(avc->anon_vma->num_children != 0);
		list_del(&avc->same_vma);
		put_anon_vma(avc->anon_vma);
		kmem_cache_free(avc_cache, avc);
	}
}

/* ---- checking ---- */

static bool chain_in_tree(const struct anon_vma_chain *avc)
{
	struct interval_node *n;

	for (n = interval_tree_iter_first(&avc->anon_vma->rb_root, avc->node.start, avc->node.last); n;
	     n = interval_tree_iter_next(n, avc->node.start, avc->node.last))
		if (n == &avc->node)
			return true;
	return false;
}

void validate_anon_vma(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;
	bool own = false, faulted;

	spin_lock(&vma->vm_mm->page_table_lock);	/* a fault may be setting it */
	faulted = vma->anon_vma;
	BUG_ON(!faulted && !list_empty(&vma->anon_vma_chain));
	spin_unlock(&vma->vm_mm->page_table_lock);
	if (!faulted)
		return;
	/* The chain is ours by mmap_lock, but the trees are shared with relatives on other harts. */
	down_read(&vma->anon_vma->root->rwsem);
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		BUG_ON(avc->vma != vma);
		BUG_ON(avc->anon_vma->root != vma->anon_vma->root);
		BUG_ON(avc->node.start != vma->vm_pgoff);
		BUG_ON(avc->node.last != vma->vm_pgoff + vma_pages(vma) - 1);
		BUG_ON(!chain_in_tree(avc));
		own |= avc->anon_vma == vma->anon_vma;
	}
	BUG_ON(!own);
	BUG_ON(vma->anon_vma->num_active_vmas == 0);
	up_read(&vma->anon_vma->root->rwsem);
}
