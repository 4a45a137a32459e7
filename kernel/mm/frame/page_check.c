/* SPDX-License-Identifier: MIT */
/*
 * Does the frame allocator still tell the truth? page_alloc_validate() re-derives
 * everything from the lists and from mem_map; poison shows writes to free frames.
 */
#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/mm/frame/page_internal.h"
#include "lib/string.h"

/* A block on list @order of @type: marked so, inside RAM, aligned, its frames without owner. */
static void check_block(const struct page *page, unsigned int order, enum migratetype type)
{
	unsigned long pfn = page_to_pfn(page), size = 1UL << order;
	unsigned long buddy = pfn ^ size;

	if (page->flags != 1UL << PG_buddy || page->private != order)
		panic("free list %u: frame %#lx has flags %#lx, order %lu", order, pfn,
		      page->flags, page->private);
	if (!pfn_valid(pfn) || !pfn_valid(pfn + size - 1) || !IS_ALIGNED(pfn, size))
		panic("free list %u: block at frame %#lx lies wrong", order, pfn);
	if (pageblock_migratetype(pfn) != type || (order >= PAGEBLOCK_ORDER && type != MIGRATE_MOVABLE))
		panic("free list %u: block at frame %#lx is on the list of type %u", order, pfn, type);
	if (order < MAX_ORDER && pfn_valid(buddy) && page_test(pfn_to_page(buddy), PG_buddy) &&
	    pfn_to_page(buddy)->private == order)
		panic("free list %u: buddies %#lx and %#lx are not merged", order, pfn, buddy);
	for (unsigned long i = 0; i < size; i++) {
		if (atomic_read(&page[i].refcount) != 0)
			panic("free frame %#lx has refcount %d", pfn + i,
			      atomic_read(&page[i].refcount));
		if (i > 0 && page[i].flags != 0)
			panic("frame %#lx inside the free block at %#lx has flags %#lx", pfn + i,
			      pfn, page[i].flags);
	}
}

/* Walk @head: a broken link stops us, as do more than @most elements. Returns how many. */
static unsigned long check_links(const struct list_head *head, unsigned long most, const char *what, unsigned int which)
{
	unsigned long n = 0;

	for (const struct list_head *l = head; l->next != head; l = l->next) {
		if (!l->next || l->next->prev != l)
			panic("%s %u: broken link at %p", what, which, (const void *)l);
		if (++n > most)
			panic("%s %u: counts %lu, the list has more", what, which, most);
	}
	return n;
}

/* The blocks of @order. Returns how many frames they have. */
static unsigned long check_area(unsigned int order)
{
	const struct free_area *area = &zone.free[order];
	unsigned long blocks = 0;
	struct page *page;

	for (unsigned int type = 0; type < MIGRATE_TYPES; type++) {
		blocks += check_links(&area->blocks[type], area->nr_blocks - blocks, "free list", order);
		list_for_each_entry(page, &area->blocks[type], lru)
			check_block(page, order, type);
	}
	if (blocks != area->nr_blocks)
		panic("free list %u: counts %lu, the lists have fewer", order, area->nr_blocks);
	return blocks << order;
}

static unsigned long check_zone_lists(void)
{
	unsigned long frames = 0;

	for (unsigned int order = 0; order <= MAX_ORDER; order++)
		frames += check_area(order);
	if (frames != zone.nr_free)
		panic("zone counts %lu free frames, its lists hold %lu", zone.nr_free, frames);
	return frames;
}

/* What hart @cpu keeps of @type. Returns how many frames. */
static unsigned long check_cache(unsigned int cpu, enum migratetype type)
{
	const struct page_cache *cache = &page_caches[cpu][type];

	for (unsigned int i = 0; i < cache->count; i++) {
		const struct page *page = cache->pages[i];

		if (page->flags != 1UL << PG_pcp || atomic_read(&page->refcount) != 0)
			panic("frame cache of hart %u: frame %#lx has flags %#lx, refcount %d", cpu, page_to_pfn(page),
			      page->flags, atomic_read(&page->refcount));
		if (type == MIGRATE_UNMOVABLE && pageblock_migratetype(page_to_pfn(page)) != type)
			panic("frame cache of hart %u: frame %#lx is of a movable pageblock", cpu, page_to_pfn(page));
	}
	return cache->count;
}

static unsigned long check_caches(void)
{
	unsigned long frames = 0;

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++)
		for (unsigned int type = 0; type < MIGRATE_TYPES; type++)
			frames += check_cache(cpu, type);
	return frames;
}

/* From the other side: what mem_map says is free must be what the lists hold. */
static unsigned long count_marked_free(void)
{
	unsigned long frames = 0;

	for (unsigned long pfn = min_pfn; pfn < max_pfn;) {
		const struct page *page = pfn_to_page(pfn);
		unsigned long step = 1;

		if (page_test(page, PG_buddy)) {
			if (page->private > MAX_ORDER)
				panic("free block at frame %#lx has order %lu", pfn, page->private);
			step = 1UL << page->private;
		}
		if (page_test(page, PG_buddy) || page_test(page, PG_pcp))
			frames += step;
		pfn += step;
	}
	return frames;
}

void page_alloc_validate(void)
{
	unsigned long listed, marked;

	for (unsigned int i = 0; i < NR_CPUS * MIGRATE_TYPES; i++)
		spin_lock(&page_caches[i / MIGRATE_TYPES][i % MIGRATE_TYPES].lock);
	spin_lock(&zone.lock);

	listed = check_zone_lists() + check_caches();
	marked = count_marked_free();
	if (listed != marked || listed > zone.nr_total)
		panic("free frames: %lu on lists, %lu marked, %lu in all", listed, marked,
		      zone.nr_total);

	spin_unlock(&zone.lock);
	for (unsigned int i = 0; i < NR_CPUS * MIGRATE_TYPES; i++)
		spin_unlock(&page_caches[i / MIGRATE_TYPES][i % MIGRATE_TYPES].lock);
}

#ifdef DEBUG_VM

#define POISON_BYTE	0x6b
#define POISON_WORD	0x6b6b6b6b6b6b6b6bUL

/* In page.index while the frame is free: its bytes are poisoned. (Frames free since boot are not.) */
#define INDEX_POISONED	POISON_WORD

void page_poison(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		memset(page_to_virt(page + i), POISON_BYTE, PAGE_SIZE);
		page[i].index = INDEX_POISONED;
	}
}

void page_check_poison(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++) {
		const unsigned long *word = page_to_virt(page + i);

		if (page[i].index != INDEX_POISONED)
			continue;
		page[i].index = 0;
		for (unsigned long w = 0; w < PAGE_SIZE / sizeof(*word); w++)
			if (word[w] != POISON_WORD)
				panic("free frame %#lx was written to: offset %#lx holds %#lx",
				      page_to_pfn(page + i), w * sizeof(*word), word[w]);
	}
}

#endif
