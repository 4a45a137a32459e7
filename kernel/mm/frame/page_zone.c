/* SPDX-License-Identifier: MIT */
/*
 * The zone: free frames in blocks of a power of two (binary buddies, Knuth, The Art of Computer Programming 1, section 2.5).
 *
 * A block of 2^n frames is aligned to its size, so its buddy is found by flipping bit n of
 * its frame number. Splitting halves a block, freeing merges as far as it goes:
 *
 *	pfn   8    9   10   11   12 .. 15
 *	     [ A ][free][  free  ][ free      ]	A is freed: it joins 9, the pair joins
 *	     [           free, order 3        ]	10-11, the four join 12-15
 *
 * One frame in use keeps every block around it from merging. Frames of user space can be moved away (migrate.c); a page table
 * or a slab stays until it is freed. So that a few of these do not lie in all of RAM, they are kept together: each
 * pageblock (2 MiB, a superpage) has a type, and there is a list of free blocks for each order and type.
 *
 *	unmovable is wanted, there is none:	a free movable pageblock becomes unmovable; if none is free, the
 *						one with the largest free block does, with what is free in it
 *	movable is wanted, there is none:	taken from an unmovable pageblock, which stays one
 *	a whole pageblock becomes free:		it is movable again
 *
 * Hence free blocks of PAGEBLOCK_ORDER and above are always on the movable list.
 */
#include "kernel/core/bug.h"
#include "kernel/mm/frame/page_internal.h"
#include "lib/string.h"

struct zone zone;

/* ---- types ---- */

static void set_migratetype(unsigned long pfn, unsigned int order, enum migratetype type)
{
	for (unsigned long end = pfn + (1UL << order); pfn < end; pfn += 1UL << PAGEBLOCK_ORDER)
		WRITE_ONCE(zone.types[pfn >> PAGEBLOCK_ORDER], (u8)type);
}

void zone_init(void)
{
	memset(&zone, 0, sizeof(zone));
	spin_lock_init(&zone.lock);
	for (unsigned int order = 0; order <= MAX_ORDER; order++)
		for (unsigned int type = 0; type < MIGRATE_TYPES; type++)
			INIT_LIST_HEAD(&zone.free[order].blocks[type]);
	zone.types = zone.migratetypes - (min_pfn >> PAGEBLOCK_ORDER);
	memset(zone.migratetypes, MIGRATE_MOVABLE, sizeof(zone.migratetypes));
}

/* ---- the free lists; zone.lock held ---- */

static void link_block(struct page *page, unsigned int order)
{
	enum migratetype type = pageblock_migratetype(page_to_pfn(page));

	/* Compaction reads both without the lock. */
	WRITE_ONCE(page->flags, 1UL << PG_buddy);
	WRITE_ONCE(page->private, order);
	list_add(&page->lru, &zone.free[order].blocks[type]);
	zone.free[order].nr_blocks++;
}

static void unlink_block(struct page *page, unsigned int order)
{
	list_del(&page->lru);
	zone.free[order].nr_blocks--;
	WRITE_ONCE(page->flags, 0);
	WRITE_ONCE(page->private, 0);
}

static bool is_free_block(unsigned long pfn, unsigned int order)
{
	const struct page *page = pfn_to_page(pfn);

	return page_test(page, PG_buddy) && page->private == order;
}

void zone_add_block(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	VM_BUG_ON(!spin_is_held(&zone.lock));

	WRITE_ONCE(zone.nr_free, zone.nr_free + (1UL << order));
	for (; order < MAX_ORDER; order++) {
		unsigned long buddy = pfn ^ (1UL << order);

		if (!pfn_valid(buddy) || !is_free_block(buddy, order))
			break;
		unlink_block(pfn_to_page(buddy), order);
		pfn &= ~(1UL << order);
	}
	if (order >= PAGEBLOCK_ORDER)
		set_migratetype(pfn, order, MIGRATE_MOVABLE);
	link_block(pfn_to_page(pfn), order);
}

void zone_add_odd_block(struct page *page, unsigned int order)
{
	set_migratetype(page_to_pfn(page), order, MIGRATE_UNMOVABLE);
	zone_add_block(page, order);
}

/* Take 2^@order frames out of the free block @page, of order @from: keep the lower half, free the upper. */
static struct page *take_part(struct page *page, unsigned int from, unsigned int order)
{
	unlink_block(page, from);
	while (from > order) {
		from--;
		link_block(page + (1UL << from), from);
	}
	WRITE_ONCE(zone.nr_free, zone.nr_free - (1UL << order));
	return page;
}

/* The smallest order of [@order, @last] with a free block of @type; above @last if there is none. */
static unsigned int smallest_order(unsigned int order, unsigned int last, enum migratetype type)
{
	while (order <= last && list_empty(&zone.free[order].blocks[type]))
		order++;
	return order;
}

unsigned int zone_smallest_order(enum migratetype type, unsigned int last)
{
	return min(smallest_order(0, last, type), last);
}

static struct page *first_block(unsigned int order, enum migratetype type)
{
	return list_first_entry(&zone.free[order].blocks[type], struct page, lru);
}

/* The pageblock of @pfn becomes unmovable, and with it what is free there, none of it a whole pageblock. */
static void convert_pageblock(unsigned long pfn)
{
	unsigned long first = pfn & ~((1UL << PAGEBLOCK_ORDER) - 1);
	unsigned long end = min(first + (1UL << PAGEBLOCK_ORDER), max_pfn);

	set_migratetype(first, 0, MIGRATE_UNMOVABLE);
	for (pfn = max(first, min_pfn); pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (!page_test(page, PG_buddy))
			continue;
		list_del(&page->lru);
		list_add(&page->lru, &zone.free[page->private].blocks[MIGRATE_UNMOVABLE]);
		pfn += (1UL << page->private) - 1;
	}
}

/* No unmovable pageblock has 2^@order frames: make one of a movable one. NULL: that has none either. */
static struct page *claim_block(unsigned int order)
{
	unsigned int from = smallest_order(max(order, (unsigned int)PAGEBLOCK_ORDER), MAX_ORDER, MIGRATE_MOVABLE);
	struct page *page;

	if (from <= MAX_ORDER) {
		page = first_block(from, MIGRATE_MOVABLE);
		set_migratetype(page_to_pfn(page), order, MIGRATE_UNMOVABLE);
		return take_part(page, from, order);
	}
	for (from = PAGEBLOCK_ORDER; from-- > order; )
		if (!list_empty(&zone.free[from].blocks[MIGRATE_MOVABLE])) {
			page = first_block(from, MIGRATE_MOVABLE);
			convert_pageblock(page_to_pfn(page));
			return take_part(page, from, order);
		}
	return NULL;
}

struct page *zone_take_block(unsigned int order, enum migratetype type)
{
	unsigned int from = smallest_order(order, MAX_ORDER, type);

	if (from > MAX_ORDER && type == MIGRATE_UNMOVABLE)
		return claim_block(order);
	if (from > MAX_ORDER) {
		type = MIGRATE_UNMOVABLE;
		from = smallest_order(order, MAX_ORDER, type);
	}
	return from > MAX_ORDER ? NULL : take_part(first_block(from, type), from, order);
}

void page_alloc_free_blocks(unsigned long counts[MAX_ORDER + 1])
{
	spin_lock(&zone.lock);
	for (unsigned int order = 0; order <= MAX_ORDER; order++)
		counts[order] = zone.free[order].nr_blocks;
	spin_unlock(&zone.lock);
}
