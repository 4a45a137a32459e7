/* SPDX-License-Identifier: MIT */
/*
 * Checks around slab objects: red zones find writes past an object's end, poison finds
 * writes after its free, the state word finds double frees, slab_validate() counts.
 *
 *	offset	0           size                 link_offset
 *		| object    | red zone, >= 8 bytes | link | state |
 *	free	  6b 6b ..    bb bb ..
 *	in use	  (5a at first)  cc cc ..
 *
 * Caches whose objects keep their contents (constructor, RCU) are not poisoned.
 */
#include "kernel/core/bug.h"
#include "kernel/mm/frame/slab_internal.h"
#include "lib/string.h"

#define POISON_FREE	0x6b
#define POISON_NEW	0x5a
#define RED_FREE	0xbb
#define RED_USED	0xcc

/* The state word is one of these xor the object's address, so that a copied one is none. */
#define STATE_FREE	0xf4eef4eef4eef4eeUL
#define STATE_USED	0x05ed05ed05ed05edUL

size_t slot_check_link(size_t object_size)
{
	return ALIGN_UP(object_size, sizeof(long)) + sizeof(long);
}

size_t slot_check_bytes(size_t object_size)
{
	(void)object_size;
	size_t bytes = 3 * sizeof(long);	/* red zone, link, state */

#ifdef PAGE_OWNER
	bytes += sizeof(struct owner);
#endif
	return bytes;
}

static unsigned long *slot_state(const struct kmem_cache *cache, void *obj)
{
	return (unsigned long *)((char *)obj + cache->link_offset + sizeof(long));
}

/* Panic unless all of [@obj + @from, @obj + @to) holds @want. */
static void check_bytes(const struct kmem_cache *cache, const void *obj, size_t from, size_t to,
			unsigned char want, const char *what)
{
	const unsigned char *bad = memchr_inv((const char *)obj + from, want, to - from);

	if (unlikely(bad))
		panic("slab %s: %s: object %p (%zu bytes) has %#x at offset %zu, not %#x", cache->name, what, obj,
		      cache->object_size, *bad, (size_t)(bad - (const unsigned char *)obj), want);
}

static void check_red_zone(const struct kmem_cache *cache, const void *obj, unsigned char want)
{
	check_bytes(cache, obj, cache->object_size, cache->link_offset, want,
		    "red zone overwritten");
}

static void check_poison(const struct kmem_cache *cache, const void *obj)
{
	if (!keeps_contents(cache))
		check_bytes(cache, obj, 0, cache->object_size, POISON_FREE, "written to after free");
}

static void set_free(const struct kmem_cache *cache, void *obj)
{
	if (!keeps_contents(cache))
		memset(obj, POISON_FREE, cache->object_size);
	memset((char *)obj + cache->object_size, RED_FREE, cache->link_offset - cache->object_size);
	*slot_state(cache, obj) = STATE_FREE ^ (unsigned long)obj;
}

static bool is_free(const struct kmem_cache *cache, void *obj)
{
	return *slot_state(cache, obj) == (STATE_FREE ^ (unsigned long)obj);
}

bool slot_is_used(const struct kmem_cache *cache, void *obj)
{
	return *slot_state(cache, obj) == (STATE_USED ^ (unsigned long)obj);
}

#ifdef PAGE_OWNER
struct owner *slot_owner(const struct kmem_cache *cache, void *obj)
{
	return (struct owner *)(slot_state(cache, obj) + 1);
}
#endif

void slot_init(const struct kmem_cache *cache, void *obj)
{
	set_free(cache, obj);
#ifdef PAGE_OWNER
	memset(slot_owner(cache, obj), 0, sizeof(struct owner));
#endif
}

void slot_mark_used(const struct kmem_cache *cache, void *obj)
{
	if (!is_free(cache, obj))
		panic("slab %s: free object %p has state %#lx: overwritten from before it",
		      cache->name, obj, *slot_state(cache, obj));
	check_red_zone(cache, obj, RED_FREE);
	check_poison(cache, obj);
	if (!keeps_contents(cache))
		memset(obj, POISON_NEW, cache->object_size);
	memset((char *)obj + cache->object_size, RED_USED, cache->link_offset - cache->object_size);
	*slot_state(cache, obj) = STATE_USED ^ (unsigned long)obj;
}

/* Is @obj the start of a slot in one of @cache's slabs? */
static void check_belongs(const struct kmem_cache *cache, const void *obj)
{
	unsigned long pfn = virt_to_phys(obj) >> PAGE_SHIFT;

	if (!pfn_valid(pfn) || !page_test(pfn_to_page(pfn), PG_slab))
		panic("slab %s: %p is in no slab", cache->name, obj);
	if (pfn_to_page(pfn)->slab_cache != cache)
		panic("slab %s: object %p belongs to cache %s", cache->name, obj,
		      pfn_to_page(pfn)->slab_cache->name);

	size_t offset = (size_t)((const char *)obj -
				 (const char *)page_to_virt(slab_of(cache, obj)));

	if (offset % cache->slot_size != 0 || offset / cache->slot_size >= cache->per_slab)
		panic("slab %s: %p points into an object, %zu bytes from its start", cache->name,
		      obj, offset % cache->slot_size);
}

void slot_mark_free(const struct kmem_cache *cache, void *obj)
{
	check_belongs(cache, obj);
	if (is_free(cache, obj))
		panic("slab %s: double free of object %p", cache->name, obj);
	check_red_zone(cache, obj, RED_USED);
	if (!slot_is_used(cache, obj))
		panic("slab %s: red zone overwritten: object %p has state %#lx", cache->name, obj,
		      *slot_state(cache, obj));
	set_free(cache, obj);
}

/* ---- slab_validate() ---- */

/* A free object on a list or in a magazine. */
static void check_free_object(const struct kmem_cache *cache, void *obj, const char *where)
{
	check_belongs(cache, obj);
	if (!SLAB_CHECKS)
		return;
	if (!is_free(cache, obj))
		panic("slab %s: object %p is %s but not free", cache->name, obj, where);
	check_poison(cache, obj);
}

/* Walk one slab: its free list, then all of its slots. Returns the objects in use. */
static unsigned long check_slab(const struct kmem_cache *cache, struct page *page)
{
	unsigned long listed = 0, used = 0;
	char *base = page_to_virt(page);

	if (!page_test(page, PG_slab) || page->slab_cache != cache)
		panic("slab %s: frame %#lx on its lists is not its own", cache->name,
		      page_to_pfn(page));
	for (void *obj = page->slab_free; obj; obj = *slot_link(cache, obj)) {
		if (++listed > cache->per_slab)
			panic("slab %s: the free list at frame %#lx runs in circles", cache->name,
			      page_to_pfn(page));
		check_free_object(cache, obj, "on a free list");
		if (slab_of(cache, obj) != page)
			panic("slab %s: free list leaves its slab at %p", cache->name, obj);
	}
	if (listed + page->private != cache->per_slab)
		panic("slab %s: frame %#lx: %lu free + %lu out, not %u", cache->name,
		      page_to_pfn(page), listed, page->private, cache->per_slab);

	for (unsigned int i = 0; SLAB_CHECKS && i < cache->per_slab; i++) {
		void *obj = base + i * cache->slot_size;

		check_red_zone(cache, obj, is_free(cache, obj) ? RED_FREE : RED_USED);
		if (!is_free(cache, obj) && !slot_is_used(cache, obj))
			panic("slab %s: object %p has state %#lx", cache->name, obj,
			      *slot_state(cache, obj));
		used += slot_is_used(cache, obj);
	}
	return used;
}

static void check_cache(struct kmem_cache *cache)
{
	unsigned long slabs = 0, empty = 0, out = 0, used = 0, cached = 0;
	struct page *page;

	list_for_each_entry(page, &cache->partial, lru) {
		used += check_slab(cache, page);
		if (!page->slab_free)
			panic("slab %s: full slab at frame %#lx on the partial list", cache->name,
			      page_to_pfn(page));
		if (empty > 0 && page->private > 0)
			panic("slab %s: an empty slab stands before one in use", cache->name);
		empty += page->private == 0;
		out += page->private;
		slabs++;
	}
	list_for_each_entry(page, &cache->full, lru) {
		used += check_slab(cache, page);
		if (page->slab_free)
			panic("slab %s: frame %#lx on the full list is not full", cache->name,
			      page_to_pfn(page));
		out += page->private;
		slabs++;
	}
	for (unsigned int i = 0; i < NR_CPUS; i++) {
		struct magazine *mag = &cache->magazines[i];

		for (unsigned int m = 0; m < mag->count; m++)
			check_free_object(cache, mag->objs[m], "in a magazine");
		cached += mag->count;
	}
	if (slabs != cache->nr_slabs || empty != cache->nr_empty || out != cache->nr_out)
		panic("slab %s: counts %lu slabs, %lu empty, %lu out; has %lu, %lu, %lu", cache->name,
		      cache->nr_slabs, cache->nr_empty, cache->nr_out, slabs, empty, out);
	if (SLAB_CHECKS && used != out - cached)
		panic("slab %s: %lu objects in use, but %lu out and %lu in magazines", cache->name,
		      used, out, cached);
}

void slab_validate(void)
{
	struct kmem_cache *cache;

	list_for_each_entry(cache, &slab_caches, caches) {
		for (unsigned int i = 0; i < NR_CPUS; i++)
			spin_lock(&cache->magazines[i].lock);
		spin_lock(&cache->lock);
		check_cache(cache);
		spin_unlock(&cache->lock);
		for (unsigned int i = 0; i < NR_CPUS; i++)
			spin_unlock(&cache->magazines[i].lock);
	}
}
