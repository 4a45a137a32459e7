/* SPDX-License-Identifier: MIT */
/*
 * From a page to every entry that maps it, and what reclaim and migration do there.
 *
 * An anonymous page is found through its anon_vma's interval tree, a page of an object through the
 * object's: both keyed by page offset, so only VMAs that cover the page's offset are visited. The page
 * is locked by the caller; that keeps an object's page in its object. An anon_vma may be freed at any time
 * until we hold a reference, and its memory then holds another anon_vma (the cache is type-stable): so take the
 * reference, then look again whether the page still says so and is still mapped.
 *
 * The rmap locks are waited for, not tried: a family that forks all the time has its lock taken nearly always, and its
 * pages would never go. Their holders take nothing but spinlocks inside them, so they cannot wait for us.
 */
#include "kernel/arch/machine.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"

/* The address that @page would have in @vma. */
static unsigned long page_address_in(const struct page *page, const struct vm_area_struct *vma)
{
	return vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
}

struct anon_vma *page_get_anon_vma(struct page *page)
{
	struct anon_vma *anon_vma = page_anon_vma(page);

	if (!anon_vma || !atomic_read(&page->mapcount) || !atomic_inc_not_zero(&anon_vma->refcount))
		return NULL;
	if (page_anon_vma(page) == anon_vma && atomic_read(&page->mapcount))
		return anon_vma;
	put_anon_vma(anon_vma);
	return NULL;
}

/* Visit the chains of @anon_vma, whose family's lock is held. */
static void walk_chains(struct anon_vma *anon_vma, struct page *page, struct rmap_walk *walk)
{
	struct interval_node *n;

	interval_tree_for_each(n, &anon_vma->rb_root, page->index, page->index) {
		struct vm_area_struct *vma = container_of(n, struct anon_vma_chain, node)->vma;

		walk->visited++;
		if (!walk->one(page, vma, page_address_in(page, vma), walk->arg))
			break;
	}
}

static bool walk_anon(struct page *page, struct rmap_walk *walk)
{
	struct anon_vma *anon_vma = page_get_anon_vma(page);

	if (!anon_vma)
		return false;
	down_read(&anon_vma->root->rwsem);
	walk_chains(anon_vma, page, walk);
	up_read(&anon_vma->root->rwsem);
	put_anon_vma(anon_vma);
	return true;
}

/* Visit the VMAs of the object that @page belongs to; its i_mmap_lock is held. */
static void walk_i_mmap(struct memobj *obj, struct page *page, struct rmap_walk *walk)
{
	struct interval_node *n;

	interval_tree_for_each(n, &obj->i_mmap, page->index, page->index) {
		struct vm_area_struct *vma = container_of(n, struct vm_area_struct, i_mmap_node);

		walk->visited++;
		if (!walk->one(page, vma, page_address_in(page, vma), walk->arg))
			break;
	}
}

static bool walk_object(struct page *page, struct rmap_walk *walk)
{
	struct memobj *obj = (struct memobj *)page->mapping;

	if (!obj)
		return false;
	down_read(&obj->i_mmap_lock);
	walk_i_mmap(obj, page, walk);
	up_read(&obj->i_mmap_lock);
	return true;
}

bool rmap_walk(struct page *page, struct rmap_walk *walk)
{
	VM_BUG_ON_PAGE(!page_test(page, PG_locked), page);
	walk->visited = 0;
	return page_is_anon(page) ? walk_anon(page, walk) : walk_object(page, walk);
}

/* The entry of @vma that maps @page at @addr, with the lock of its table; or NULL. */
static pte_t *mapped_pte_lock(struct page *page, struct vm_area_struct *vma, unsigned long addr)
{
	pte_t *ptep = pgtable_walk_lock(vma->vm_mm, addr);

	if (!ptep)
		return NULL;
	if (pte_present(pte_read(ptep)) && pte_page(pte_read(ptep)) == page)
		return ptep;
	pte_unlock(ptep);
	return NULL;
}

/* ---- was it used? ---- */

struct referenced {
	int count;		/* entries with A since the last look */
	bool locked;		/* a VM_LOCKED VMA maps it */
};

static bool referenced_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	struct referenced *r = arg;
	pte_t *ptep = mapped_pte_lock(page, vma, addr);
	bool young;

	if (!ptep)
		return true;
	if (READ_ONCE(vma->vm_flags) & VM_LOCKED) {
		pte_unlock(ptep);
		r->locked = true;
		return false;
	}
	young = __atomic_fetch_and(&ptep->pte, ~PTE_A, __ATOMIC_RELAXED) & PTE_A;
	pte_unlock(ptep);
	/* Not flushed: a hart that still has the translation uses it unseen, at worst until its next flush. */
	r->count += young;
	return true;
}

int page_referenced(struct page *page)
{
	struct referenced r = { 0 };
	struct rmap_walk walk = { .one = referenced_one, .arg = &r };

	if (!atomic_read(&page->mapcount))
		return 0;
	if (!rmap_walk(page, &walk))
		return -EAGAIN;
	return r.locked ? -EBUSY : r.count;
}

/* ---- unmap ---- */

static void uncount(struct mm_struct *mm, struct vm_area_struct *vma, bool anon)
{
	if (anon)
		mm_count(&mm->nr_anon, -1);
	else
		mm_count(object_counter(mm, vma->vm_file), -1);
}

/* What stands in the place of an entry of @page. The table's lock is held. */
static pte_t replacement(struct page *page, enum unmap_mode mode)
{
	bool anon = page_is_anon(page);
	unsigned long exclusive = anon && page_test(page, PG_anon_exclusive) ? PTE_ENTRY_EXCLUSIVE : 0;

	if (mode == UNMAP_MIGRATE)
		return entry_make(page_to_pfn(page), PTE_KIND_MIGRATION | exclusive | (anon ? PTE_ENTRY_ANON : 0));
	if (!anon || mode == UNMAP_DISCARD)
		return (pte_t){ 0 };		/* faulted in again from the object, or as zeroes */
	swap_dup_new(page->private);
	return entry_make(page->private, PTE_KIND_SWAP | exclusive);
}

/*
 * MADV_FREE gave @page up; has it been written to since, or may it be just now? @old: its entry, taken away already.
 * A task in the kernel that holds a reference may be writing: it sets PG_dirty before it drops the reference, so look at
 * the references first. Besides the entries' there is the caller's.
 */
static bool wanted_again(const struct page *page, pte_t old)
{
	return page_refs(page) > atomic_read(&page->mapcount) + 1 || (old.pte & PTE_D) || page_test(page, PG_dirty);
}

struct unmap {
	enum unmap_mode mode;
	unsigned long harts;		/* to be flushed */
};

static bool unmap_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	struct unmap *unmap = arg;
	enum unmap_mode mode = unmap->mode;
	struct mm_struct *mm = vma->vm_mm;
	pte_t *ptep = mapped_pte_lock(page, vma, addr), old;

	if (!ptep)
		return true;
	if (mode != UNMAP_MIGRATE && mode != UNMAP_REMOVE && (READ_ONCE(vma->vm_flags) & VM_LOCKED)) {
		pte_unlock(ptep);
		return false;
	}
	old = pte_xchg(ptep, replacement(page, mode));
	if (mode == UNMAP_DISCARD && wanted_again(page, old)) {
		page_set(page, PG_swapbacked);
		pte_write(ptep, old);
		pte_unlock(ptep);
		return false;
	}
	if (old.pte & PTE_D) {
		page_set(page, PG_dirty);
		if (mode == UNMAP_MIGRATE)
			pte_write(ptep, (pte_t){ pte_read(ptep).pte | PTE_ENTRY_DIRTY });
	}
	if (mode != UNMAP_MIGRATE) {
		update_hiwater_rss(mm);
		uncount(mm, vma, page_is_anon(page));
	}
	if (mode == UNMAP_SWAP && page_is_anon(page))
		mm_count(&mm->nr_swap, 1);
	if (flush_site_active(FLUSH_RMAP))
		unmap->harts |= tlb_harts_to_tell(mm);
	atomic_add_return(&page->mapcount, -1);
	pte_unlock(ptep);
	put_page(page);			/* the entry's reference; the caller has one */
	return true;
}

bool try_to_unmap(struct page *page, enum unmap_mode mode, unsigned long *harts)
{
	struct unmap unmap = { .mode = mode };
	struct rmap_walk walk = { .one = unmap_one, .arg = &unmap };

	VM_BUG_ON_PAGE(mode == UNMAP_SWAP && page_is_anon(page) && !page_test(page, PG_swapcache), page);
	if (atomic_read(&page->mapcount))
		rmap_walk(page, &walk);
	*harts |= unmap.harts;
	/* Acquire: the task that took the last entry away may have stored to the page before, and a walk that had nothing to do took no lock. */
	if (__atomic_load_n(&page->mapcount.v, __ATOMIC_ACQUIRE))
		return false;
	page_clear(page, PG_anon_exclusive);	/* the entries remember it */
	return true;
}

void unmap_removed_page(struct memobj *obj, struct page *page, unsigned long *harts)
{
	struct unmap unmap = { .mode = UNMAP_REMOVE };
	struct rmap_walk walk = { .one = unmap_one, .arg = &unmap };

	VM_BUG_ON_PAGE(!page_test(page, PG_locked) || page->mapping, page);
	/*
	 * Once in any case: a fault may have seen that the page is the object's and not mapped it yet, but it holds the lock of the table, which
	 * the walk waits for. Again, if a fork has copied an entry behind the walk: the entry it copied from is gone now.
	 */
	do {
		down_read(&obj->i_mmap_lock);
		walk_i_mmap(obj, page, &walk);
		up_read(&obj->i_mmap_lock);
	} while (atomic_read(&page->mapcount));
	*harts |= unmap.harts;
}

/* ---- write-protect ---- */

static bool write_protect_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	unsigned long *harts = arg;
	pte_t *ptep = mapped_pte_lock(page, vma, addr);

	if (!ptep)
		return true;
	if (__atomic_fetch_and(&ptep->pte, ~(PTE_W | PTE_D), __ATOMIC_RELAXED) & (PTE_W | PTE_D))
		if (flush_site_active(FLUSH_RMAP))
			*harts |= tlb_harts_to_tell(vma->vm_mm);
	pte_unlock(ptep);
	return true;
}

void page_write_protect(struct page *page, unsigned long *harts)
{
	struct rmap_walk walk = { .one = write_protect_one, .arg = harts };

	(void)rmap_walk(page, &walk);	/* also if nothing maps it yet: see unmap_removed_page() */
}

/* ---- put back after migration ---- */

struct restore {
	struct page *old;		/* whose entries are meant */
	bool fetched;			/* all harts fetch the new frame's contents */
};

/* What stands in @vma for @page instead of the migration entry @pte. */
static pte_t restored_pte(const struct page *page, const struct vm_area_struct *vma, pte_t pte)
{
	unsigned long flags = READ_ONCE(vma->vm_flags), bits = pte_flags_of(flags);

	bool dirty = pte.pte & PTE_ENTRY_DIRTY;

	/* A pager is told of the first write to a page, so that has to fault. */
	if (flags & VM_SHARED ? vma->vm_file->pager_ops && !dirty : !(pte.pte & PTE_ENTRY_EXCLUSIVE))
		bits &= ~PTE_W;
	return pte_make(page_to_pfn(page), bits | (dirty ? PTE_D : 0));
}

static bool restore_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	struct restore *r = arg;
	pte_t *ptep = pgtable_walk_lock(vma->vm_mm, addr), pte;

	if (!ptep)
		return true;
	pte = pte_read(ptep);
	if (pte_is_migration(pte) && entry_value(pte) == page_to_pfn(r->old)) {
		if ((READ_ONCE(vma->vm_flags) & VM_EXEC) && !r->fetched) {
			if (flush_site_active(FLUSH_CODE_MIGRATE))
				machine_sync_icache();
			r->fetched = true;
		}
		if (pte.pte & PTE_ENTRY_EXCLUSIVE)
			page_set(page, PG_anon_exclusive);
		get_page(page);
		atomic_inc(&page->mapcount);
		pte_write(ptep, restored_pte(page, vma, pte));
	}
	pte_unlock(ptep);
	return true;
}

void remove_migration_entries(struct page *old, struct page *new, struct anon_vma *anon_vma)
{
	struct restore restore = { .old = old, .fetched = new == old };
	struct rmap_walk walk = { .one = restore_one, .arg = &restore };

	if (!anon_vma) {
		struct memobj *obj = (struct memobj *)new->mapping;

		down_read(&obj->i_mmap_lock);
		walk_i_mmap(obj, new, &walk);
		up_read(&obj->i_mmap_lock);
		return;
	}
	down_read(&anon_vma->root->rwsem);
	walk_chains(anon_vma, new, &walk);
	up_read(&anon_vma->root->rwsem);
}
