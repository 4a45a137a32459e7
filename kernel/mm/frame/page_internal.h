/* SPDX-License-Identifier: MIT */
/*
 * What page_alloc.c, page_init.c and page_check.c share; nobody else includes it.
 *
 *	hart 0 cache   hart 1 cache  ...	single frames, each hart takes from its own
 *	     \             /
 *	      zone: free[0] free[1] ... free[10]	blocks of 2^order frames, aligned to their size
 *
 * Locks: a cache's lock, then the zone's. A cache's lock is there for the rare
 * moment when another hart empties it; its own hart finds it free.
 */
#ifndef KERNEL_MM_FRAME_PAGE_INTERNAL_H
#define KERNEL_MM_FRAME_PAGE_INTERNAL_H

#include "kernel/core/config.h"
#include "kernel/core/spinlock.h"
#include "kernel/mm/frame/gfp.h"

struct free_area {
	struct list_head blocks;	/* of struct page.lru; PG_buddy, private is the order */
	unsigned long nr_blocks;
};

struct zone {
	spinlock_t lock;
	/* zone.lock. */
	struct free_area free[MAX_ORDER + 1];
	unsigned long nr_free;		/* frames in all of free[] */

	unsigned long nr_total;		/* constant after boot */
};
extern struct zone zone;

#define PCP_BATCH	32	/* frames moved at once between a cache and the zone */
#define PCP_HIGH	128	/* a cache that grows beyond this gives a batch back */

/* One hart's cache; a line of its own each. */
struct page_cache {
	spinlock_t lock;
	/* lock. */
	unsigned int count;
	struct list_head pages;		/* PG_pcp; warm ones first */
} __aligned(64);
extern struct page_cache page_caches[NR_CPUS];

/* zone_add_block() - give 2^@order frames to the free lists, merging. Assumes: zone.lock held. */
void zone_add_block(struct page *page, unsigned int order);

/*
 * Poison, DEBUG_VM only: page_poison() fills 2^@order frames that become free,
 * page_check_poison() panics when something wrote to them since.
 */
#ifdef DEBUG_VM
void page_poison(struct page *page, unsigned int order);
void page_check_poison(struct page *page, unsigned int order);
#else
static inline void page_poison(struct page *page, unsigned int order) { (void)page; (void)order; }
static inline void page_check_poison(struct page *page, unsigned int order) { (void)page; (void)order; }
#endif

#endif
