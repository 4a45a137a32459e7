/* SPDX-License-Identifier: MIT */
/*
 * Frames: the zone's free blocks (page_zone.c) behind caches of single frames, two per hart.
 *
 * Nearly all traffic is single frames: faults, page tables, slabs. Those go
 * through the hart's cache, without touching the zone's lock. There is one for each type of
 * pageblock, so that what is freed is used again for the same kind of thing.
 */
#define OWNER_UNTRACKED
#include "kernel/core/bug.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/frame/page_internal.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/frame/pressure.h"
#include "lib/string.h"

struct page *mem_map, *vmemmap;
unsigned long min_pfn, max_pfn;
struct page_cache page_caches[NR_CPUS][MIGRATE_TYPES];

/* ---- the zone ---- */

/* May @gfp take @want frames, which would leave the zone below its lowest mark? zone.lock held. */
static bool may_use_reserve(gfp_t gfp, unsigned long want)
{
	if ((gfp & __GFP_NOFAIL_INJECT) || in_reclaim())
		return true;
	return zone.nr_free + reserve_part() >= wmark_min + want;
}

static struct page *zone_alloc(gfp_t gfp, unsigned int order)
{
	struct page *page = NULL;

	spin_lock(&zone.lock);
	if (zone.nr_free >= wmark_min + (1UL << order) || may_use_reserve(gfp, 1UL << order))
		page = zone_take_block(order, gfp_migratetype(gfp));
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

/* ---- the hart's caches ---- */

/* The frames of a block into @cache, the first of them on top. */
static void load_block(struct page_cache *cache, struct page *page, unsigned int order)
{
	unsigned long n = cache->count;

	for (struct page *p = page + (1UL << order); p-- > page; ) {
		WRITE_ONCE(p->flags, 1UL << PG_pcp);
		cache->pages[n++] = p;
	}
	WRITE_ONCE(cache->count, n);
}

/*
 * @want frames of @type from the zone, or somewhat more: the smallest blocks first, each taken whole, and of larger ones 2^@order.
 * Were it never more, each load would split blocks for its last frames and leave pieces for the next. zone.lock held, and the
 * cache's.
 */
static void load_frames(struct page_cache *cache, enum migratetype type, unsigned int want, unsigned int order)
{
	while (cache->count < want) {
		unsigned int from = zone_smallest_order(type, order);
		struct page *page = zone_take_block(from, type);

		if (!page)
			break;		/* there may be smaller ones of the other type: alloc_slow() takes those one by one */
		load_block(cache, page, from);
	}
}

/* Give back up to @n frames, those longest unused. The cache's lock held. */
static void cache_drain(struct page_cache *cache, unsigned long n)
{
	n = min(n, cache->count);
	WRITE_ONCE(cache->count, cache->count - n);
	spin_lock(&zone.lock);
	for (unsigned long i = 0; i < n; i++) {
		WRITE_ONCE(cache->pages[i]->flags, 0);
		zone_add_block(cache->pages[i], 0);
	}
	spin_unlock(&zone.lock);
	memmove(cache->pages, cache->pages + n, cache->count * sizeof(cache->pages[0]));
}

static struct page *cache_pop(struct page_cache *cache)
{
	unsigned long n = cache->count;

	if (unlikely(n == 0))
		return NULL;
	WRITE_ONCE(cache->count, n - 1);
	return cache->pages[n - 1];
}

static void cache_push(struct page_cache *cache, struct page *page)
{
	unsigned long n = cache->count;

	cache->pages[n] = page;
	WRITE_ONCE(cache->count, n + 1);
}

static struct page_cache *this_cpu_cache(enum migratetype type)
{
	struct page_cache *cache = &(*this_cpu_of(page_caches))[type];

	asm("" : "+r"(cache));		/* as there */
	return cache;
}

/* A frame that this hart keeps. NULL: it has none. */
static struct page *cache_alloc(gfp_t gfp)
{
	struct page_cache *cache = this_cpu_cache(gfp_migratetype(gfp));
	struct page *page;

	spin_lock(&cache->lock);
	page = cache_pop(cache);
	spin_unlock(&cache->lock);
	return page;
}

/* The same after a load from the zone. NULL: that has none for @gfp, either. */
static struct page *cache_refill(gfp_t gfp)
{
	enum migratetype type = gfp_migratetype(gfp);
	struct page_cache *cache = this_cpu_cache(type);
	struct page *page;

	spin_lock(&cache->lock);
	VM_BUG_ON(cache->count);
	spin_lock(&zone.lock);
	if (likely(zone.nr_free >= wmark_min + (2UL << PCP_ORDER)))
		load_frames(cache, type, 1U << PCP_ORDER, PCP_ORDER);
	else if (zone.nr_free > wmark_min || may_use_reserve(gfp, 1))
		load_frames(cache, type, 1, 0);
	spin_unlock(&zone.lock);
	page = cache_pop(cache);
	spin_unlock(&cache->lock);
	return page;
}

/* The end of cache_free() when there is no room: its lock is held, and dropped. */
static __noinline void cache_free_full(struct page_cache *cache, struct page *page)
{
	cache_drain(cache, PCP_HIGH / 2);
	cache_push(cache, page);
	spin_unlock(&cache->lock);
}

static void cache_free(struct page *page)
{
	struct page_cache *cache = this_cpu_cache(pageblock_migratetype(page_to_pfn(page)));

	WRITE_ONCE(page->flags, 1UL << PG_pcp);
	spin_lock(&cache->lock);
	if (unlikely(cache->count == PCP_HIGH)) {
		cache_free_full(cache, page);
		return;
	}
	cache_push(cache, page);
	spin_unlock(&cache->lock);
}

void drain_pcp_pages(void)
{
	for (unsigned int i = 0; i < NR_CPUS * MIGRATE_TYPES; i++) {
		struct page_cache *cache = &page_caches[i / MIGRATE_TYPES][i % MIGRATE_TYPES];

		spin_lock(&cache->lock);
		cache_drain(cache, PCP_HIGH);
		spin_unlock(&cache->lock);
	}
}

/* ---- the public calls ---- */

#define RECLAIM_TRIES	4

/*
 * The hart's cache has nothing, or a block of several frames is wanted. If the zone has nothing either, or is below the mark:
 * what the harts keep for themselves may merge to what is wanted; then, if the caller may sleep, reclaim, and for a block of
 * several frames, compact.
 */
static __noinline struct page *alloc_slow(gfp_t gfp, unsigned int order)
{
	struct page *page = order ? zone_alloc(gfp, order) : cache_refill(gfp);

	if (!page || READ_ONCE(zone.nr_free) < wmark_low)
		wakeup_kswapd();
	if (page)
		return page;
	for (int try = 0; ; try++) {
		drain_pcp_pages();
		page = zone_alloc(gfp, order);
		if (page || !(gfp & __GFP_RECLAIM) || in_reclaim() || try == RECLAIM_TRIES)
			return page;
		if (!try_to_free_pages(max(1UL << order, 1UL << PCP_ORDER)) && order == 0)
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
	if (unlikely(should_fail_alloc(gfp)))
		return NULL;

	page = likely(order == 0) ? cache_alloc(gfp) : NULL;
	if (unlikely(!page)) {
		page = alloc_slow(gfp, order);
		if (!page)
			return NULL;
	}
	prepare_new(page, gfp, order);
	return page;
}

/* A page with one of these flags is still in use, or was never given out by this allocator. */
#define BAD_WHEN_FREED	(1UL << PG_reserved | 1UL << PG_buddy | 1UL << PG_slab | \
			 1UL << PG_pgtable | 1UL << PG_zero | 1UL << PG_locked | 1UL << PG_lru | \
			 1UL << PG_swapcache | 1UL << PG_pcp | \
			 1UL << PG_isolated)

/* The end of 2^@order frames, of which only @refs references are left. */
static void free_frames(struct page *page, unsigned int order, int refs)
{
	VM_BUG_ON(order > MAX_ORDER);
	VM_BUG_ON_PAGE(!IS_ALIGNED(page_to_pfn(page), 1UL << order), page);
	VM_BUG_ON_PAGE(page->flags & BAD_WHEN_FREED, page);
	VM_BUG_ON_PAGE(atomic_read(&page->refcount) != refs, page);
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

void free_pages(struct page *page, unsigned int order)
{
	free_frames(page, order, 1);	/* 0: freed twice, or it is not the first of its block */
}

void put_page(struct page *page)
{
	VM_BUG_ON_PAGE(atomic_read(&page->refcount) <= 0, page);
	if (atomic_dec_and_test(&page->refcount)) {
		if (page_test(page, PG_lru))
			lru_del(page);
		free_frames(page, 0, 0);
	}
}

unsigned long nr_free_pages(void)
{
	unsigned long n = READ_ONCE(zone.nr_free);

	for (unsigned int i = 0; i < NR_CPUS; i++)
		for (unsigned int type = 0; type < MIGRATE_TYPES; type++)
			n += READ_ONCE(page_caches[i][type].count);
	return n;
}

unsigned long nr_total_pages(void)
{
	return zone.nr_total;
}
