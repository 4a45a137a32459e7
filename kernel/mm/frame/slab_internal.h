/* SPDX-License-Identifier: MIT */
/*
 * What slab.c, slab_check.c and kmalloc.c share; private to these files.
 *
 *	cache --- magazine of hart 0, 1, ...	free objects at hand, a stack of pointers
 *	      \-- partial: slab - slab ...	slabs with a free object; empty ones last
 *	       \- full: slab ...
 *
 * A slab is a block of 2^order frames, cut into slots of equal size:
 *
 *	slot:	| object | red zone | link | state |	with checks; the object's rest is poison; PAGE_OWNER: | owner |
 *		| object, link in its first word   |	RELEASE; behind it if contents must last
 *
 * Locks: a magazine's, then the cache's, then those of the frame allocator.
 */
#ifndef KERNEL_MM_FRAME_SLAB_INTERNAL_H
#define KERNEL_MM_FRAME_SLAB_INTERNAL_H

#include "kernel/core/config.h"
#include "kernel/core/spinlock.h"
#include "kernel/mm/frame/gfp.h"

#ifdef RELEASE
enum { SLAB_CHECKS = 0 };
#else
enum { SLAB_CHECKS = 1 };
#endif

#define MAGAZINE_SIZE	32
#define SLAB_MAX_ORDER	3	/* largest slab: 8 frames */

struct magazine {
	spinlock_t lock;
	/* lock; taken by another hart only to empty it. */
	unsigned int count;
	void *objs[MAGAZINE_SIZE];	/* the warmest on top, at count - 1 */
};

struct kmem_cache {
	/* Constant. */
	char name[24];
	size_t object_size;
	size_t slot_size;		/* distance of two objects */
	size_t link_offset;		/* in a free slot: where the pointer to the next one lies */
	unsigned int flags;
	unsigned int order;
	unsigned int per_slab;		/* slots in a slab */
	unsigned int magazine_limit;
	void (*ctor)(void *);
	struct list_head caches;	/* in order of creation */

	spinlock_t lock;
	/* lock. page.private of a slab counts its allocated objects. */
	struct list_head partial, full;	/* of page.lru */
	unsigned long nr_slabs;
	unsigned long nr_empty;		/* slabs with no object out, at the end of partial */
	unsigned long nr_out;		/* objects in magazines or handed out */

	struct magazine magazines[NR_CPUS];
};

extern struct list_head slab_caches;

/* kmalloc_init() - make the caches behind kmalloc(); part of slab_init(). */
void kmalloc_init(void);

/* Contents outlive a free: for the constructor's work, or for readers under RCU. */
static inline bool keeps_contents(const struct kmem_cache *cache)
{
	return cache->ctor || (cache->flags & SLAB_TYPESAFE_BY_RCU);
}

static inline void **slot_link(const struct kmem_cache *cache, void *obj)
{
	return (void **)((char *)obj + cache->link_offset);
}

/* The first frame of the slab that @obj lies in; slabs are aligned to their size. */
static inline struct page *slab_of(const struct kmem_cache *cache, const void *obj)
{
	return pfn_to_page(page_to_pfn(virt_to_page(obj)) & ~((1UL << cache->order) - 1));
}

/*
 * slab_check.c, for builds with checks: a slot is free from slot_init() on, in use after
 * slot_mark_used(), free again after slot_mark_free(). Each panics, naming the cache,
 * when the slot is not in the state before or a write has gone past an object or into a free one.
 */
size_t slot_check_bytes(size_t object_size);	/* what they need behind the object */
size_t slot_check_link(size_t object_size);	/* where the link may lie */
void slot_init(const struct kmem_cache *cache, void *obj);
void slot_mark_used(const struct kmem_cache *cache, void *obj);
void slot_mark_free(const struct kmem_cache *cache, void *obj);
bool slot_is_used(const struct kmem_cache *cache, void *obj);
#ifdef PAGE_OWNER
/* slot_owner() - where what owner.h says of the object in this slot is kept: behind the state. */
struct owner *slot_owner(const struct kmem_cache *cache, void *obj);
#endif

#endif
