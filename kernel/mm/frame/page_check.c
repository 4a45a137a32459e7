/* SPDX-License-Identifier: MIT */
/*
 * Does the frame allocator still tell the truth? page_alloc_validate() re-derives
 * everything from the lists and from mem_map; poison shows writes to free frames.
 */
#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/mm/frame/page_internal.h"
#include "lib/string.h"

/* A block on list @order: marked so, inside RAM, aligned, its frames nobody's. */
static void check_block(const struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page), size = 1UL << order;
	unsigned long buddy = pfn ^ size;

	if (page->flags != 1UL << PG_buddy || page->private != order)
		panic("free list %u: frame %#lx has flags %#lx, order %lu", order, pfn,
		      page->flags, page->private);
	if (!pfn_valid(pfn) || !pfn_valid(pfn + size - 1) || !IS_ALIGNED(pfn, size))
		panic("free list %u: block at frame %#lx lies wrong", order, pfn);
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

/* Walk @head, whose @what says how many it should hold; a broken link stops us. */
static void check_list(const struct list_head *head, unsigned long count, const char *what,
		       unsigned int which)
{
	unsigned long n = 0;

	for (const struct list_head *l = head; l->next != head; l = l->next) {
		if (!l->next || l->next->prev != l)
			panic("%s %u: broken link at %p", what, which, (const void *)l);
		if (++n > count)
			break;
	}
	if (n != count)
		panic("%s %u: counts %lu, the list has %s", what, which, count,
		      n > count ? "more" : "fewer");
}

static unsigned long check_zone_lists(void)
{
	unsigned long frames = 0;

	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		const struct free_area *area = &zone.free[order];
		struct page *page;

		check_list(&area->blocks, area->nr_blocks, "free list", order);
		list_for_each_entry(page, &area->blocks, lru)
			check_block(page, order);
		frames += area->nr_blocks << order;
	}
	if (frames != zone.nr_free)
		panic("zone counts %lu free frames, its lists hold %lu", zone.nr_free, frames);
	return frames;
}

static unsigned long check_caches(void)
{
	unsigned long frames = 0;

	for (unsigned int i = 0; i < NR_CPUS; i++) {
		const struct page_cache *cache = &page_caches[i];
		struct page *page;

		check_list(&cache->pages, cache->count, "frame cache of hart", i);
		list_for_each_entry(page, &cache->pages, lru)
			if (page->flags != 1UL << PG_pcp || atomic_read(&page->refcount) != 0)
				panic("frame cache of hart %u: frame %#lx has flags %#lx, refcount %d",
				      i, page_to_pfn(page), page->flags,
				      atomic_read(&page->refcount));
		frames += cache->count;
	}
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

	for (unsigned int i = 0; i < NR_CPUS; i++)
		spin_lock(&page_caches[i].lock);
	spin_lock(&zone.lock);

	listed = check_zone_lists() + check_caches();
	marked = count_marked_free();
	if (listed != marked || listed > zone.nr_total)
		panic("free frames: %lu on lists, %lu marked, %lu in all", listed, marked,
		      zone.nr_total);

	spin_unlock(&zone.lock);
	for (unsigned int i = 0; i < NR_CPUS; i++)
		spin_unlock(&page_caches[i].lock);
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
