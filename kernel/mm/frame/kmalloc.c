/* SPDX-License-Identifier: MIT */
/*
 * Memory by size: small sizes from caches of powers of two, large ones as whole
 * blocks of frames. kfree() sees from the frame which of the two it was.
 */
#define OWNER_UNTRACKED
#include "kernel/core/bug.h"
#include "kernel/mm/frame/slab_internal.h"
#include "lib/format.h"

#define MIN_SIZE	16UL
#define MAX_CACHED	2048UL
#define NR_SIZES	8		/* 16, 32, ... 2048 */

/* In page.index of a large block's first frame, whose private is the order. */
#define LARGE_BLOCK	0x6b6d616c6c6f6321UL

static struct kmem_cache *caches[NR_SIZES];

_Static_assert(MIN_SIZE << (NR_SIZES - 1) == MAX_CACHED, "one cache per power of two");

void kmalloc_init(void)
{
	for (unsigned int i = 0; i < NR_SIZES; i++) {
		char name[24];

		fmt_snprintf(name, sizeof(name), "kmalloc-%lu", MIN_SIZE << i);
		caches[i] = kmem_cache_create(name, MIN_SIZE << i, 16, 0, NULL);
	}
}

static void *alloc_large(size_t size, gfp_t gfp)
{
	unsigned int order = 0;

	while (order <= MAX_ORDER && PAGE_SIZE << order < size)
		order++;
	if (order > MAX_ORDER)
		return NULL;

	struct page *page = alloc_pages(gfp, order);

	if (!page)
		return NULL;
	WRITE_ONCE(page->private, order);	/* compaction may take it for a free block's order */
	page->index = LARGE_BLOCK;
	return page_to_virt(page);
}

void *kmalloc(size_t size, gfp_t gfp)
{
	unsigned int i = 0;

	if (size > MAX_CACHED)
		return alloc_large(size, gfp);
	while (MIN_SIZE << i < size)
		i++;
	return kmem_cache_alloc(caches[i], gfp);
}

void kfree(void *ptr)
{
	struct page *page;

	if (!ptr)
		return;
	VM_BUG_ON(!pfn_valid(virt_to_phys(ptr) >> PAGE_SHIFT));
	page = virt_to_page(ptr);
	if (page_test(page, PG_slab)) {
		kmem_cache_free(page->slab_cache, ptr);
		return;
	}
	if (!IS_ALIGNED((unsigned long)ptr, PAGE_SIZE) || page->index != LARGE_BLOCK)
		panic("kfree: %p is nothing that kmalloc() returned", ptr);
	page->index = 0;
	free_pages(page, (unsigned int)page->private);
}
