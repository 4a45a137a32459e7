/* SPDX-License-Identifier: MIT */
/*
 * Frames: a binary buddy allocator behind one cache of single frames per hart.
 *
 * A block of 2^n frames is aligned to its size, so its buddy is found by flipping bit n of
 * its frame number. Splitting halves a block, freeing merges as far as it goes:
 *
 *	pfn   8    9   10   11   12 .. 15
 *	     [ A ][free][  free  ][ free      ]	A is freed: it joins 9, the pair joins
 *	     [           free, order 3        ]	10-11, the four join 12-15
 *
 * Nearly all traffic is single frames: faults, page tables, slabs. Those go
 * through the hart's cache, without touching the zone's lock.
 */
#include "kernel/core/bug.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/frame/page_internal.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/frame/pressure.h"

struct page *mem_map, *vmemmap;
unsigned long min_pfn, max_pfn;
struct zone zone;
struct page_cache page_caches[NR_CPUS];

/* ---- the zone's free lists; zone.lock held ---- */

static void link_block(struct page *page, unsigned int order)
{
	/* Compaction reads both without the lock. */
	WRITE_ONCE(page->flags, 1UL << PG_buddy);
	WRITE_ONCE(page->private, order);
	list_add(&page->lru, &zone.free[order].blocks);
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

/* Is @pfn part of a free block, head or not? For checks. */
static __unused bool in_free_block(unsigned long pfn)
{
	for (unsigned int order = 0; order <= MAX_ORDER; order++) {
		unsigned long head = pfn & ~((1UL << order) - 1);

		if (pfn_valid(head) && page_test(pfn_to_page(head), PG_buddy) &&
		    pfn_to_page(head)->private >= order)
			return true;
	}
	return false;
}

void zone_add_block(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	VM_BUG_ON(!spin_is_held(&zone.lock));
	VM_BUG_ON_PAGE(in_free_block(pfn), page);	/* freed twice */

	WRITE_ONCE(zone.nr_free, zone.nr_free + (1UL << order));
	for (; order < MAX_ORDER; order++) {
		unsigned long buddy = pfn ^ (1UL << order);

		if (!pfn_valid(buddy) || !is_free_block(buddy, order))
			break;
		unlink_block(pfn_to_page(buddy), order);
		pfn &= ~(1UL << order);
	}
	link_block(pfn_to_page(pfn), order);
}

/* Take a block of @order off the lists, splitting the smallest that is large enough. */
static struct page *zone_take_block(unsigned int order)
{
	for (unsigned int from = order; from <= MAX_ORDER; from++) {
		if (list_empty(&zone.free[from].blocks))
			continue;

		struct page *page = list_first_entry(&zone.free[from].blocks, struct page, lru);

		unlink_block(page, from);
		while (from > order) {		/* keep the lower half, free the upper */
			from--;
			link_block(page + (1UL << from), from);
		}
		WRITE_ONCE(zone.nr_free, zone.nr_free - (1UL << order));
		return page;
	}
	return NULL;
}

/* May @gfp take @want frames, which would leave the zone below its lowest mark? zone.lock held. */
static bool may_use_reserve(gfp_t gfp, unsigned long want)
{
	if ((gfp & __GFP_NOFAIL_INJECT) || in_reclaim())
		return true;
	return zone.nr_free >= wmark_min / 2 + want && may_use_half_reserve();
}

static __noinline struct page *zone_alloc(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;

	spin_lock(&zone.lock);
	if (zone.nr_free >= wmark_min + (1UL << order) || may_use_reserve(gfp, 1UL << order))
		page = zone_take_block(order);
	spin_unlock(&zone.lock);
	return page;
}

static __noinline void zone_free(struct page *page, unsigned int order)
{
	spin_lock(&zone.lock);
	WRITE_ONCE(page->flags, 0);
	zone_add_block(page, order);
	spin_unlock(&zone.lock);
}

/* ---- the hart's cache; its lock held ---- */

/*
 * Up to @want frames from the zone, small blocks first, each taken whole so
 * that a large one is not split step by step.
 */
static __noinline void cache_refill(struct page_cache *cache, gfp_t gfp, unsigned int want)
{
	spin_lock(&zone.lock);
	if (unlikely(zone.nr_free < wmark_min + want))
		want = may_use_reserve(gfp, 1) ? 1 : 0;
	while (want > 0) {
		unsigned int order = 0;

		while (order < MAX_ORDER && list_empty(&zone.free[order].blocks) &&
		       2UL << order <= want)
			order++;

		struct page *page = zone_take_block(order);

		if (!page)
			break;
		for (unsigned int i = 0; i < 1U << order; i++) {
			WRITE_ONCE(page[i].flags, 1UL << PG_pcp);
			list_add_tail(&page[i].lru, &cache->pages);
		}
		WRITE_ONCE(cache->count, cache->count + (1U << order));
		want -= 1U << order;
	}
	spin_unlock(&zone.lock);
}

/* Give back up to @n frames, those longest unused. */
static __noinline void cache_drain(struct page_cache *cache, unsigned int n)
{
	n = min(n, cache->count);
	WRITE_ONCE(cache->count, cache->count - n);
	spin_lock(&zone.lock);
	for (; n > 0; n--) {
		struct page *page = list_last_entry(&cache->pages, struct page, lru);

		list_del(&page->lru);
		WRITE_ONCE(page->flags, 0);
		zone_add_block(page, 0);
	}
	spin_unlock(&zone.lock);
}

static struct page *cache_alloc(gfp_t gfp)
{
	struct page_cache *cache = &page_caches[this_cpu_id()];
	struct page *page = NULL;

	spin_lock(&cache->lock);
	if (unlikely(cache->count == 0))
		cache_refill(cache, gfp, PCP_BATCH);
	if (likely(cache->count > 0)) {
		page = list_first_entry(&cache->pages, struct page, lru);
		list_del(&page->lru);
		WRITE_ONCE(cache->count, cache->count - 1);
	}
	spin_unlock(&cache->lock);
	return page;
}

static void cache_free(struct page *page)
{
	struct page_cache *cache = &page_caches[this_cpu_id()];

	WRITE_ONCE(page->flags, 1UL << PG_pcp);
	spin_lock(&cache->lock);
	list_add(&page->lru, &cache->pages);
	WRITE_ONCE(cache->count, cache->count + 1);
	if (unlikely(cache->count > PCP_HIGH))
		cache_drain(cache, PCP_BATCH);
	spin_unlock(&cache->lock);
}

void drain_pcp_pages(void)
{
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		spin_lock(&page_caches[i].lock);
		cache_drain(&page_caches[i], page_caches[i].count);
		spin_unlock(&page_caches[i].lock);
	}
}

/* ---- the public calls ---- */

#define RECLAIM_TRIES	4

/*
 * The lists had nothing, or are below the mark: what the harts keep for themselves may merge to what is
 * wanted; then, if the caller may sleep, reclaim, and for a block of several frames, compact.
 */
static __noinline struct page *alloc_slow(gfp_t gfp, unsigned int order)
{
	struct page *page;

	wakeup_kswapd();
	for (int try = 0; ; try++) {
		drain_pcp_pages();
		page = zone_alloc(gfp, order);
		if (page || !(gfp & __GFP_RECLAIM) || in_reclaim() || try == RECLAIM_TRIES)
			return page;
		if (!try_to_free_pages(max(1UL << order, (unsigned long)PCP_BATCH)) && order == 0)
			return NULL;
		if (order)
			compact_zone(order);
	}
}

static __noinline void clear_pages(struct page *page, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		clear_page(page_to_virt(page + i));
}

/* Make @page, fresh from the lists, its caller's. */
static void prepare_new(struct page *page, gfp_t gfp, unsigned int order)
{
	VM_BUG_ON_PAGE(atomic_read(&page->refcount) != 0, page);
	page_check_poison(page, order);
	WRITE_ONCE(page->flags, 0);
	WRITE_ONCE(page->mapping, 0);
	page->index = 0;
	WRITE_ONCE(page->private, 0);
	atomic_set(&page->refcount, 1);
	if (!(gfp & __GFP_ZERO))
		return;
	if (likely(order == 0))
		clear_page(page_to_virt(page));
	else
		clear_pages(page, order);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	VM_BUG_ON(order > MAX_ORDER);
	if (!(gfp & __GFP_NOFAIL_INJECT) && unlikely(should_fail_alloc(gfp)))
		return NULL;

	page = likely(order == 0) ? cache_alloc(gfp) : zone_alloc(gfp, order);
	if (unlikely(!page)) {
		page = alloc_slow(gfp, order);
		if (!page)
			return NULL;
	}
	prepare_new(page, gfp, order);
	return page;
}

/* A page that says one of these is still somebody's, or was never ours to give. */
#define BAD_WHEN_FREED	(1UL << PG_reserved | 1UL << PG_buddy | 1UL << PG_slab | \
			 1UL << PG_pgtable | 1UL << PG_zero | 1UL << PG_locked | 1UL << PG_lru | \
			 1UL << PG_swapcache | 1UL << PG_pcp | \
			 1UL << PG_isolated)

void free_pages(struct page *page, unsigned int order)
{
	VM_BUG_ON(order > MAX_ORDER);
	VM_BUG_ON_PAGE(!IS_ALIGNED(page_to_pfn(page), 1UL << order), page);
	VM_BUG_ON_PAGE(page->flags & BAD_WHEN_FREED, page);
	VM_BUG_ON_PAGE((unsigned int)atomic_read(&page->refcount) > 1, page);
	VM_BUG_ON_PAGE(atomic_read(&page->mapcount) != 0, page);

	atomic_set(&page->refcount, 0);
	WRITE_ONCE(page->mapping, 0);
	page_poison(page, order);
	if (likely(order == 0)) {
		cache_free(page);
		return;
	}
	zone_free(page, order);
}

void put_page(struct page *page)
{
	VM_BUG_ON_PAGE(atomic_read(&page->refcount) <= 0, page);
	if (atomic_dec_and_test(&page->refcount)) {
		if (page_test(page, PG_lru))
			lru_del(page);
		free_pages(page, 0);
	}
}

unsigned long nr_free_pages(void)
{
	unsigned long n = READ_ONCE(zone.nr_free);

	for (unsigned int i = 0; i < NR_CPUS; i++)
		n += READ_ONCE(page_caches[i].count);
	return n;
}

unsigned long nr_total_pages(void)
{
	return zone.nr_total;
}

void page_alloc_free_blocks(unsigned long counts[MAX_ORDER + 1])
{
	spin_lock(&zone.lock);
	for (unsigned int order = 0; order <= MAX_ORDER; order++)
		counts[order] = zone.free[order].nr_blocks;
	spin_unlock(&zone.lock);
}
