/* SPDX-License-Identifier: MIT */
/*
 * Moving pages: every mapping follows (the second user of the walk from a page to its entries), and so
 * scattered free frames become one large block.
 *
 *	before	[ used . used used | . . . .  | used . used . ]	no free block of 4
 *	compact	[ used . used used | . . . .  | used . used . ]
 *	          ^ a block with the fewest pages in use, all movable: they go elsewhere
 *	after	[ . . . .           | used used used . | ... ]	the block is free and merges
 *
 * While a page moves its entries are migration entries: a fault on one waits for the page lock.
 */
#include "kernel/core/race.h"
#include "kernel/mm/frame/page_internal.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/internal.h"
#include "kernel/mm/page_lock.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "kernel/mm/vmstat.h"
#include "kernel/sched/sched.h"

/* Flags that describe the contents and move with them. */
#define MOVING_FLAGS	(1UL << PG_dirty | 1UL << PG_swapbacked | 1UL << PG_active | 1UL << PG_unevictable | \
			 1UL << PG_uptodate | 1UL << PG_writeback)

static void copy_contents(struct page *old, struct page *new)
{
	copy_page(page_to_virt(new), page_to_virt(old));
	new->index = old->index;
	__atomic_fetch_or(&new->flags, READ_ONCE(old->flags) & MOVING_FLAGS, __ATOMIC_RELAXED);
	WRITE_ONCE(new->mapping, old->mapping);
}

/* The same with @new in the place of @old in their object, if that and we have the only references. */
static bool move_in_object(struct page *old, struct page *new)
{
	struct memobj *obj = (struct memobj *)old->mapping;
	MA_STATE(mas, &obj->pages, old->index, old->index);
	bool moved;

	mas_lock(&mas);			/* so that no look-up finds it */
	moved = page_refs(old) == 2;
	if (moved) {
		copy_contents(old, new);
		moved = mas_store_gfp(&mas, new, GFP_NOWAIT) == 0;	/* same bounds: only the entry changes */
		if (moved)
			get_page(new);
	}
	mas_unlock(&mas);
	if (moved)
		put_page(old);
	return moved;
}

/* Contents and identity go from @old to @new; both locked, @old unmapped. False: it has other references, or no memory. */
static bool move_contents(struct page *old, struct page *new)
{
	if (!page_is_anon(old))
		return move_in_object(old, new);
	if (page_refs(old) != 1)	/* ours; it is found through its entries only, and those are gone */
		return false;
	copy_contents(old, new);
	return true;
}

/* @page and the frame @new, both locked. Returns whether @new has taken over. */
static bool migrate_locked(struct page *page, struct page *new)
{
	struct anon_vma *anon_vma = page_is_anon(page) ? page_get_anon_vma(page) : NULL;
	unsigned long harts = 0;
	bool moved = false;

	/* In the swap cache it has a second life; leave it to reclaim. Unmapped anonymous: being freed. */
	if (page_test(page, PG_swapcache) || (page_is_anon(page) && !anon_vma) ||
	    !READ_ONCE(page->mapping))
		goto out;
	moved = try_to_unmap(page, UNMAP_MIGRATE, &harts);
	flush_tlb_harts(harts);
	race_point_sleep("migrate: unmapped, not moved");
	moved = moved && move_contents(page, new);
	race_point_sleep("migrate: moved, not mapped");
	remove_migration_entries(page, moved ? new : page, anon_vma);
	if (moved)
		WRITE_ONCE(page->mapping, 0);
out:
	if (anon_vma)
		put_anon_vma(anon_vma);
	return moved;
}

bool migrate_page(struct page *page, struct page *new)
{
	bool moved = false;

	if (!trylock_page(page))
		return false;
	trylock_page(new);		/* new: no other reference, so this succeeds */
	moved = migrate_locked(page, new);
	unlock_page(new);
	unlock_page(page);
	if (moved) {
		count_vm_event(PGMIGRATE);
		lru_add(new);
		put_page(new);		/* its mappings have references of their own */
	}
	return moved;
}

/* ---- compaction ---- */

/* May every frame of the block be free, or be made so by moving? Counts those to move. */
static bool block_movable(unsigned long pfn, unsigned int order, unsigned long *used)
{
	*used = 0;
	for (unsigned long i = 0; i < 1UL << order; i++) {
		struct page *page = pfn_to_page(pfn + i);

		/* Read without locks: a guess that isolation checks again. */
		if (page_test(page, PG_buddy)) {
			i += (1UL << min(READ_ONCE(page->private), (unsigned long)order)) - 1;
			continue;
		}
		if (page_test(page, PG_pcp))
			continue;
		if (!page_test(page, PG_lru) || page_test(page, PG_swapcache))
			return false;
		++*used;
	}
	return true;
}

/* The block of @order with the fewest pages to move, from *@from on; its first frame, or 0. */
static unsigned long choose_block(unsigned int order, unsigned long from)
{
	unsigned long best = 0, best_used = ~0UL, used;

	for (unsigned long pfn = ALIGN_UP(from, 1UL << order); pfn + (1UL << order) <= max_pfn; pfn += 1UL << order)
		if (block_movable(pfn, order, &used) && used < best_used) {
			best = pfn;
			best_used = used;
		}
	return best;
}

static bool in_block(struct page *page, unsigned long pfn, unsigned int order)
{
	return page_to_pfn(page) - pfn < 1UL << order;
}

/* Frames that must not be handed out while their block is being emptied. */
static void free_list(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		put_page(page);
	}
}

/* A free frame outside the block; those inside are kept on @held until the end. NULL: none left. */
static struct page *target_frame(unsigned long pfn, unsigned int order, struct list_head *held)
{
	for (;;) {
		struct page *page = alloc_page(GFP_NOWAIT | __GFP_MOVABLE | __GFP_NOFAIL_INJECT);

		if (!page || !in_block(page, pfn, order))
			return page;
		list_add(&page->lru, held);
	}
}

/* Move what is in the block elsewhere. Returns whether all of it went. */
static bool empty_block(unsigned long pfn, unsigned int order)
{
	LIST_HEAD(held);
	bool all = true;

	for (unsigned long i = 0; i < 1UL << order && all; i++) {
		struct page *page = pfn_to_page(pfn + i), *new;

		if (!page_test(page, PG_lru) || !lru_isolate_page(page))
			continue;
		new = target_frame(pfn, order, &held);
		all = new && migrate_page(page, new);
		if (all) {
			page_clear(page, PG_isolated);
			put_page(page);
		} else {
			if (new)
				put_page(new);
			lru_putback(page);
		}
	}
	free_list(&held);
	drain_pcp_pages();
	return all;
}

#define STORM_ORDER	4	/* frames emptied at once, so that there is somewhere to go */

void migrate_all(void)
{
	bool was_reclaiming = in_reclaim();

	current->flags |= TASK_MEMALLOC;
	for (unsigned long pfn = ALIGN_UP(min_pfn, 1UL << STORM_ORDER); pfn + (1UL << STORM_ORDER) <= max_pfn;
	     pfn += 1UL << STORM_ORDER) {
		empty_block(pfn, STORM_ORDER);
		cond_resched();
	}
	if (!was_reclaiming)
		current->flags &= ~TASK_MEMALLOC;
}

bool compact_zone(unsigned int order)
{
	bool was_reclaiming = in_reclaim(), done = false;
	unsigned long pfn = min_pfn;

	current->flags |= TASK_MEMALLOC;	/* it lives on the frames that are left */
	for (int tries = 0; tries < 8 && !done; tries++) {
		pfn = choose_block(order, tries ? pfn + 1 : pfn);
		if (!pfn)
			break;
		done = empty_block(pfn, order);
	}
	if (!was_reclaiming)
		current->flags &= ~TASK_MEMALLOC;
	return done;
}
