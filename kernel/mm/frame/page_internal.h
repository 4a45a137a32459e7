/* SPDX-License-Identifier: MIT */
/*
 * What page_zone.c, page_alloc.c, page_init.c and page_check.c share; private to these files.
 *
 *	hart 0 caches  hart 1 caches ...	single frames of both types, each hart takes from its own
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

/*
 * What the frames of a pageblock, 2 MiB, are for: page_zone.c. Frames of user space (__GFP_MOVABLE) can be moved out of the way
 * when a large block is wanted; those of page tables, slabs and stacks cannot.
 */
enum migratetype { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_TYPES };
#define PAGEBLOCK_ORDER	9

static inline enum migratetype gfp_migratetype(gfp_t gfp)
{
	return gfp & __GFP_MOVABLE ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
}

struct free_area {
	struct list_head blocks[MIGRATE_TYPES];	/* of struct page.lru; PG_buddy, private is the order */
	unsigned long nr_blocks;		/* of both */
};

struct zone {
	spinlock_t lock;
	/* zone.lock. */
	struct free_area free[MAX_ORDER + 1];
	unsigned long nr_free;		/* frames in all of free[] */
	u8 migratetypes[(MAX_RAM >> (PAGE_SHIFT + PAGEBLOCK_ORDER)) + 2];	/* of pageblocks; read without the lock, too */

	/* Constant after boot. */
	unsigned long nr_total;
	u8 *types;			/* migratetypes[], where it would begin if it had an element for frame 0 */
};
extern struct zone zone;

static inline enum migratetype pageblock_migratetype(unsigned long pfn)
{
	return READ_ONCE(zone.types[pfn >> PAGEBLOCK_ORDER]);
}

#define PCP_ORDER	5	/* 2^PCP_ORDER frames are taken from the zone when there are none, less than twice that at most */
#define PCP_HIGH	126	/* room for so many; half of them go back when there is no more */
_Static_assert(2 << PCP_ORDER <= PCP_HIGH, "a load has room");

/* What one hart keeps of one type of pageblock: a stack, what was freed last is used first. 1 KiB, so that it is found fast. */
struct page_cache {
	spinlock_t lock;
	/* lock. Frames have PG_pcp; those for unmovable use are of unmovable pageblocks, without exception. */
	unsigned long count;
	struct page *pages[PCP_HIGH];
} __aligned(64);
extern struct page_cache page_caches[NR_CPUS][MIGRATE_TYPES];

/* zone_init() - an empty zone for frames [min_pfn, max_pfn). */
void zone_init(void);
/* zone_add_block() - give 2^@order frames to the free lists, merging. Assumes: zone.lock held. */
void zone_add_block(struct page *page, unsigned int order);
/* zone_add_odd_block() - the same at boot, for frames of a pageblock that is not all ours: it never becomes a large block. */
void zone_add_odd_block(struct page *page, unsigned int order);
/* zone_smallest_order() - of the smallest free block of @type; @last if all are larger. Assumes: zone.lock held. */
unsigned int zone_smallest_order(enum migratetype type, unsigned int last);
/*
 * zone_take_block() - take 2^@order frames off the free lists, from pageblocks of @type while there are such frames, else from
 * others. NULL: there is no such block. Assumes: zone.lock held.
 */
struct page *zone_take_block(unsigned int order, enum migratetype type);

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
