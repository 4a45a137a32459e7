/* SPDX-License-Identifier: MIT */
/*
 * Walking from a page to its mappings (rmap_walk.c). For reclaim and migration. @page is locked and
 * referenced by the caller; no lock of mm is held.
 */
#ifndef KERNEL_MM_RECLAIM_RMAP_WALK_H
#define KERNEL_MM_RECLAIM_RMAP_WALK_H

#include "kernel/mm/rmap.h"

struct rmap_walk {
	/* Called for each VMA that may map the page, at @addr if it does. False ends the walk. */
	bool (*one)(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg);
	void *arg;
	unsigned int visited;		/* VMAs seen, for tests */
};

/* rmap_walk() - false: not possible now (the page is not mapped, or has no anon_vma and no object). Sleeps for the rmap lock. */
bool rmap_walk(struct page *page, struct rmap_walk *walk);

/*
 * page_referenced() - how many mappings used @page since the last call (their A bits are cleared); -EAGAIN:
 * cannot tell now; -EBUSY: mlocked.
 */
int page_referenced(struct page *page);

enum unmap_mode {
	UNMAP_SWAP,		/* anonymous: leave swap entries (the page has a slot); object: leave nothing */
	UNMAP_MIGRATE,		/* leave migration entries */
	UNMAP_REMOVE,		/* leave nothing, even where it is mlocked: its object has given it up */
	UNMAP_DISCARD,		/* leave nothing, unless it was written to: then it is an ordinary page again */
};
/*
 * try_to_unmap() - true when nothing maps @page any more. The harts of *@harts (added to what is there) may
 * still use it until flush_tlb_harts(*@harts); until then the page stays locked and is neither read nor freed.
 */
bool try_to_unmap(struct page *page, enum unmap_mode mode, unsigned long *harts);

/*
 * unmap_removed_page() - the same for @page, locked, which @obj has given up: page->mapping is 0 already. No fault maps it
 * from then on (a fault looks at page->mapping under the lock of its table).
 */
void unmap_removed_page(struct memobj *obj, struct page *page, unsigned long *harts);

/*
 * page_write_protect() - no entry of a shared mapping of @page, locked, allows writing any more, or says that there was any; but for the
 * harts of *@harts (added to what is there) until flush_tlb_harts().
 */
void page_write_protect(struct page *page, unsigned long *harts);

/* page_get_anon_vma() - the anon_vma of @page, which is mapped, with a reference; else NULL. */
struct anon_vma *page_get_anon_vma(struct page *page);

/*
 * remove_migration_entries() - entries that wait for @old map @new from now on. @new is locked, has @old's
 * mapping and index; @anon_vma: the reference taken before unmapping, NULL for an object's page. May sleep.
 */
void remove_migration_entries(struct page *old, struct page *new, struct anon_vma *anon_vma);

#endif
