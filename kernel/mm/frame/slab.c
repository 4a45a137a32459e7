/* SPDX-License-Identifier: MIT */
/*
 * Slab caches: objects of one size each, cut from blocks of frames.
 *
 * Nearly every call ends at the hart's magazine, a stack of free objects. An empty
 * magazine takes half a load from the slabs, a full one gives half back, so a
 * mixed load touches the cache's lock once in many calls.
 *
 *	alloc:  magazine -> partial slabs -> a new slab from alloc_pages()
 *	free:   magazine -> the object's slab -> free_pages() when enough slabs are empty
 *
 * No lock is held while frames are asked for, since that may come to reclaim and sleep.
 */
#define OWNER_UNTRACKED
#include "kernel/core/bug.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/frame/slab_internal.h"
#include "lib/string.h"

#define KEEP_EMPTY	2	/* empty slabs that a cache keeps against the next rise */

LIST_HEAD(slab_caches);
static DEFINE_SPINLOCK(slab_caches_lock);

/* The cache of caches; the one that kmem_cache_create() need not allocate. */
static struct kmem_cache cache_cache;

/* ---- slabs; cache->lock held unless said otherwise ---- */

/* A new slab, no lock held, on no list yet. */
static __noinline struct page *slab_create(struct kmem_cache *cache, gfp_t gfp)
{
	struct page *page = alloc_pages((gfp & __GFP_RECLAIM) | __GFP_NOFAIL_INJECT, cache->order);

	if (!page)
		return NULL;

	char *base = page_to_virt(page);
	void *next = NULL;

	for (unsigned int i = 0; i < 1U << cache->order; i++) {
		page[i].slab_cache = cache;
		page_set(&page[i], PG_slab);
	}
	if (keeps_contents(cache))
		memset(base, 0, PAGE_SIZE << cache->order);
	for (unsigned int i = cache->per_slab; i-- > 0;) {
		void *obj = base + i * cache->slot_size;

		if (SLAB_CHECKS)
			slot_init(cache, obj);
		if (cache->ctor)
			cache->ctor(obj);
		*slot_link(cache, obj) = next;
		next = obj;
	}
	page->slab_free = next;
	return page;
}

/* Give slabs that were unlinked from their cache back; no lock held. */
static __noinline void slabs_destroy(struct kmem_cache *cache, struct list_head *doomed)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, doomed, lru) {
		for (unsigned int i = 0; i < 1U << cache->order; i++) {
			page[i].slab_cache = NULL;
			page_clear(&page[i], PG_slab);
		}
		free_pages(page, cache->order);
	}
}

static void slab_link_new(struct kmem_cache *cache, struct page *page)
{
	list_add_tail(&page->lru, &cache->partial);
	WRITE_ONCE(cache->nr_slabs, cache->nr_slabs + 1);
	cache->nr_empty++;
}

static void *slab_pop(struct kmem_cache *cache, struct page *page)
{
	void *obj = page->slab_free;

	page->slab_free = *slot_link(cache, obj);
	if (page->private++ == 0)
		cache->nr_empty--;
	if (page->private == cache->per_slab)
		list_move(&page->lru, &cache->full);
	WRITE_ONCE(cache->nr_out, cache->nr_out + 1);
	return obj;
}

/* Put @obj back into its slab; a slab too many moves to @doomed. */
static void slab_push(struct kmem_cache *cache, void *obj, struct list_head *doomed)
{
	struct page *page = slab_of(cache, obj);

	*slot_link(cache, obj) = page->slab_free;
	page->slab_free = obj;
	WRITE_ONCE(cache->nr_out, cache->nr_out - 1);
	if (page->private-- == cache->per_slab)
		list_move(&page->lru, &cache->partial);
	if (page->private > 0)
		return;

	/*
	 * A reader under RCU may still look at an object of a type-safe cache after its
	 * free: such a page may go back only when a grace period has passed, so it never does.
	 */
	if (cache->nr_empty < KEEP_EMPTY || (cache->flags & SLAB_TYPESAFE_BY_RCU)) {
		cache->nr_empty++;
		list_move_tail(&page->lru, &cache->partial);
	} else {
		WRITE_ONCE(cache->nr_slabs, cache->nr_slabs - 1);
		list_move(&page->lru, doomed);
	}
}

/* ---- magazines; magazine->lock held ---- */

/* slab_check.c and queries read the count without the lock. */
static inline void magazine_push(struct magazine *mag, void *obj)
{
	mag->objs[mag->count] = obj;
	WRITE_ONCE(mag->count, mag->count + 1);
}

/* Take up to @n free objects from the slabs there are. */
static __noinline void magazine_load(struct kmem_cache *cache, struct magazine *mag, unsigned int n)
{
	spin_lock(&cache->lock);
	while (n-- > 0 && !list_empty(&cache->partial))
		magazine_push(mag, slab_pop(cache, list_first_entry(&cache->partial, struct page, lru)));
	spin_unlock(&cache->lock);
}

/* Give the @n objects longest unused back to their slabs. */
static __noinline void magazine_unload(struct kmem_cache *cache, struct magazine *mag, unsigned int n,
			    struct list_head *doomed)
{
	spin_lock(&cache->lock);
	for (unsigned int i = 0; i < n; i++)
		slab_push(cache, mag->objs[i], doomed);
	spin_unlock(&cache->lock);
	WRITE_ONCE(mag->count, mag->count - n);
	memmove(mag->objs, mag->objs + n, mag->count * sizeof(mag->objs[0]));
}

static inline void *try_take(struct kmem_cache *cache)
{
	struct magazine *mag = this_cpu_of(cache->magazines);
	void *obj = NULL;

	spin_lock(&mag->lock);
	if (unlikely(mag->count == 0))
		magazine_load(cache, mag, max(cache->magazine_limit / 2, 1U));
	if (likely(mag->count > 0)) {
		obj = mag->objs[mag->count - 1];
		WRITE_ONCE(mag->count, mag->count - 1);
	}
	spin_unlock(&mag->lock);
	return obj;
}

/* No slab has a free object: make one. Afterwards we may be on another hart, so ask again. */
static __noinline void *take_slow(struct kmem_cache *cache, gfp_t gfp)
{
	void *obj;

	do {
		struct page *page = slab_create(cache, gfp);

		if (!page)
			return NULL;
		spin_lock(&cache->lock);
		slab_link_new(cache, page);
		spin_unlock(&cache->lock);
		obj = try_take(cache);
	} while (!obj);
	return obj;
}

/* One object, not marked used yet. */
static inline void *take(struct kmem_cache *cache, gfp_t gfp)
{
	void *obj = try_take(cache);

	return likely(obj) ? obj : take_slow(cache, gfp);
}

/* @mag is full: half of it goes back. Its lock is held, and dropped while frames are freed. */
static __noinline void give_slow(struct kmem_cache *cache, struct magazine *mag)
{
	LIST_HEAD(doomed);

	magazine_unload(cache, mag, mag->count / 2, &doomed);
	spin_unlock(&mag->lock);
	slabs_destroy(cache, &doomed);
	spin_lock(&mag->lock);
}

static inline void give(struct kmem_cache *cache, void *obj)
{
	struct magazine *mag = this_cpu_of(cache->magazines);

	spin_lock(&mag->lock);
	if (unlikely(mag->count == cache->magazine_limit))
		give_slow(cache, mag);
	magazine_push(mag, obj);
	spin_unlock(&mag->lock);
}

/* ---- the public calls ---- */

/* Make @obj its caller's. */
static void hand_out(struct kmem_cache *cache, void *obj, gfp_t gfp)
{
	if (SLAB_CHECKS)
		slot_mark_used(cache, obj);
	if (gfp & __GFP_ZERO) {
		VM_BUG_ON(keeps_contents(cache));
		memset(obj, 0, cache->object_size);
	}
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *obj;

	if (unlikely(should_fail_alloc(gfp)))
		return NULL;
	obj = take(cache, gfp);
	if (likely(obj))
		hand_out(cache, obj, gfp);
	return obj;
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	if (SLAB_CHECKS)
		slot_mark_free(cache, obj);
	give(cache, obj);
}

bool kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t n, void **objs)
{
	size_t got = 0;

	if (unlikely(should_fail_alloc(gfp)))
		return false;
	while (got < n && (objs[got] = take(cache, gfp)))
		got++;
	if (got < n) {
		while (got > 0)
			give(cache, objs[--got]);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		hand_out(cache, objs[i], gfp);
	return true;
}

unsigned long kmem_cache_inuse(const struct kmem_cache *cache)
{
	unsigned long n = READ_ONCE(cache->nr_out);

	for (unsigned int i = 0; i < NR_CPUS; i++)
		n -= READ_ONCE(cache->magazines[i].count);
	return n;
}

static void cache_reap(struct kmem_cache *cache)
{
	LIST_HEAD(doomed);

	for (unsigned int i = 0; i < NR_CPUS; i++) {
		struct magazine *mag = &cache->magazines[i];

		spin_lock(&mag->lock);
		magazine_unload(cache, mag, mag->count, &doomed);
		spin_unlock(&mag->lock);
	}
	spin_lock(&cache->lock);
	while (cache->nr_empty > 0 && !(cache->flags & SLAB_TYPESAFE_BY_RCU)) {
		list_move(&list_last_entry(&cache->partial, struct page, lru)->lru, &doomed);
		cache->nr_empty--;
		WRITE_ONCE(cache->nr_slabs, cache->nr_slabs - 1);
	}
	spin_unlock(&cache->lock);
	slabs_destroy(cache, &doomed);
}

void kmem_cache_reap(void)
{
	struct kmem_cache *cache;

	/* Caches are only ever added, at the end: no lock is needed to walk. */
	list_for_each_entry(cache, &slab_caches, caches)
		cache_reap(cache);
}

bool slab_info_get(int i, struct slab_info *info)
{
	struct kmem_cache *cache;

	list_for_each_entry(cache, &slab_caches, caches)
		if (i-- == 0) {
			strscpy(info->name, cache->name, sizeof(info->name));
			info->object_size = cache->object_size;
			info->in_use = kmem_cache_inuse(cache);
			info->total = READ_ONCE(cache->nr_slabs) * cache->per_slab;
			info->pages = READ_ONCE(cache->nr_slabs) << cache->order;
			return true;
		}
	return false;
}

/* ---- making caches ---- */

/* The smallest slab that holds some objects and wastes little. */
static void choose_order(struct kmem_cache *cache)
{
	for (cache->order = 0;; cache->order++) {
		size_t bytes = PAGE_SIZE << cache->order;

		cache->per_slab = (unsigned int)(bytes / cache->slot_size);
		if (cache->order == SLAB_MAX_ORDER)
			break;
		if (cache->per_slab >= 4 && bytes % cache->slot_size <= bytes / 8)
			break;
	}
	if (cache->per_slab == 0)
		panic("slab %s: objects of %zu bytes are too large", cache->name, cache->object_size);
}

static void cache_init(struct kmem_cache *cache, const char *name, size_t size, size_t align,
		       unsigned int flags, void (*ctor)(void *))
{
	size_t slot = ALIGN_UP(max(size, sizeof(void *)), sizeof(void *));

	memset(cache, 0, sizeof(*cache));
	strscpy(cache->name, name, sizeof(cache->name));
	cache->object_size = size;
	cache->flags = flags;
	cache->ctor = ctor;
	if (SLAB_CHECKS) {
		cache->link_offset = slot_check_link(size);
		slot += slot_check_bytes(size);
	} else if (keeps_contents(cache)) {
		cache->link_offset = slot;
		slot += sizeof(void *);
	}
	cache->slot_size = ALIGN_UP(slot, max(align, sizeof(void *)));
	choose_order(cache);
	cache->magazine_limit = cache->slot_size <= 1024 ? MAGAZINE_SIZE : MAGAZINE_SIZE / 4;

	spin_lock_init(&cache->lock);
	INIT_LIST_HEAD(&cache->partial);
	INIT_LIST_HEAD(&cache->full);
	for (unsigned int i = 0; i < NR_CPUS; i++)
		spin_lock_init(&cache->magazines[i].lock);

	spin_lock(&slab_caches_lock);
	list_add_tail(&cache->caches, &slab_caches);
	spin_unlock(&slab_caches_lock);
}

struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*ctor)(void *))
{
	struct kmem_cache *cache = kmem_cache_alloc(&cache_cache, GFP_KERNEL | __GFP_NOFAIL_INJECT);

	BUG_ON(size == 0 || (align & (align - 1)) != 0 || align > PAGE_SIZE);
	if (!cache)
		panic("slab %s: no memory for the cache itself", name);
	cache_init(cache, name, size, align, flags, ctor);
	return cache;
}

void slab_init(void)
{
	INIT_LIST_HEAD(&slab_caches);
	spin_lock_init(&slab_caches_lock);
	cache_init(&cache_cache, "kmem_cache", sizeof(struct kmem_cache),
		   _Alignof(struct kmem_cache), 0, NULL);
	kmalloc_init();
}
