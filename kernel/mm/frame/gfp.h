/* SPDX-License-Identifier: MIT */
/*
 * Getting memory: whole frames from the buddy allocator (page_alloc.c), objects
 * from slab caches (slab.c). Every call may fail; callers unwind to -ENOMEM.
 */
#ifndef KERNEL_MM_FRAME_GFP_H
#define KERNEL_MM_FRAME_GFP_H

#include "kernel/mm/frame/page.h"

/* How an allocation may behave. */
typedef unsigned int gfp_t;
#define __GFP_RECLAIM	0x1u	/* may reclaim pages and sleep */
#define __GFP_ZERO	0x2u	/* return zeroed memory */
#define __GFP_NOFAIL_INJECT 0x4u /* fault injection leaves this one alone */
#define __GFP_MOVABLE	0x8u	/* user page: migration may move it */
#define GFP_NOWAIT	0u
#define GFP_ATOMIC	0u
#define GFP_KERNEL	__GFP_RECLAIM
#define GFP_USER	(__GFP_RECLAIM | __GFP_MOVABLE)

#define MAX_ORDER	10	/* largest block: 2^10 frames, 4 MiB */

struct mem_region {
	unsigned long start, end;	/* physical bytes, [start, end) */
};

/*
 * page_alloc_init() - take over RAM. @ram is one contiguous region; @reserved lists
 * what in it is in use already (firmware, kernel image, initrd, device tree), in any
 * order, may overlap or lie outside. mem_map itself is carved from the free part.
 * Panics when there is no room for that.
 */
void page_alloc_init(struct mem_region ram, const struct mem_region *reserved, int nr_reserved);

/*
 * alloc_pages() - 2^@order contiguous frames, refcount 1 on the first, flags clear.
 * Returns: the first page, or NULL. Goes to this hart's cache first when @order is 0.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order);
static inline struct page *alloc_page(gfp_t gfp) { return alloc_pages(gfp, 0); }
/* free_pages() - give back what alloc_pages() returned with the same @order; refcount must be 1. */
void free_pages(struct page *page, unsigned int order);

static inline void get_page(struct page *page) { atomic_inc(&page->refcount); }
/* put_page() - drop a reference; the last one frees the (order 0) frame. */
void put_page(struct page *page);

/* nr_free_pages() - frames on buddy lists and in every hart's cache. Exact when no hart allocates or frees. */
unsigned long nr_free_pages(void);
/* nr_total_pages() - frames that page_alloc_init() handed to the allocator. */
unsigned long nr_total_pages(void);
/* drain_pcp_pages() - empty all harts' caches into the buddy lists (for order > 0 and for tests). */
void drain_pcp_pages(void);
/* page_alloc_free_blocks() - fill counts[order] with the number of free blocks, for reports. */
void page_alloc_free_blocks(unsigned long counts[MAX_ORDER + 1]);
/* page_alloc_validate() - re-derive all counts and list links; panics on damage. Takes the zone lock. */
void page_alloc_validate(void);

/* The shared zero page. */
extern struct page *zero_page;

/* ---- slab ---- */

struct kmem_cache;

/* A cache whose freed objects stay objects of this type until a grace period has passed. */
#define SLAB_TYPESAFE_BY_RCU	0x1u

/*
 * kmem_cache_create() - a cache of objects of @size bytes, aligned to @align (0: 8; up to 4096).
 * @ctor, when given, runs once when the object's memory is first carved, not at each allocation.
 * Panics when out of memory: caches are made at boot.
 */
struct kmem_cache *kmem_cache_create(const char *name, size_t size, size_t align,
				     unsigned int flags, void (*ctor)(void *));
/* kmem_cache_alloc() - one object, or NULL. Zeroed with __GFP_ZERO. Debug builds fill with 0x5a otherwise. */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
/* kmem_cache_free() - back to @cache; debug builds check red zones and double frees, fill with 0x6b. */
void kmem_cache_free(struct kmem_cache *cache, void *obj);
/* kmem_cache_alloc_bulk() - @n objects into @objs or none at all. Returns whether it got them. */
bool kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t n, void **objs);
/* kmem_cache_inuse() - objects handed out and not freed (magazines do not count). */
unsigned long kmem_cache_inuse(const struct kmem_cache *cache);
/* kmem_cache_reap() - give every wholly free slab page (and all magazines) back to the frames. */
void kmem_cache_reap(void);
void slab_validate(void);

struct slab_info {
	char name[24];
	unsigned long object_size, in_use, total, pages;
};
/* slab_info_get() - the @i-th cache in order of creation; false past the end. */
bool slab_info_get(int i, struct slab_info *info);

/* kmalloc() - @size up to 4 MiB: power-of-two caches up to 2048, whole blocks above. */
void *kmalloc(size_t size, gfp_t gfp);
static inline void *kzalloc(size_t size, gfp_t gfp) { return kmalloc(size, gfp | __GFP_ZERO); }
void kfree(void *ptr);

void slab_init(void);	/* after page_alloc_init() */

/* ---- failure injection (fail.c) ---- */

/*
 * should_fail_alloc() - called by every allocation; those with __GFP_NOFAIL_INJECT do not fail and are not counted.
 * A counter of the current task (set with fail_alloc_set(), also by a query call, also the
 * boot argument fail=N): the N-th allocation from now fails, then the counter is off.
 */
bool should_fail_alloc(gfp_t gfp);
/* fail_alloc_set() - 0 turns it off. fail_alloc_remaining(): what is left to count, 0 when it fired or is off. */
void fail_alloc_set(unsigned long nth);
unsigned long fail_alloc_remaining(void);

#include "kernel/mm/frame/owner.h"

#endif
