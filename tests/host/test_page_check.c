/* SPDX-License-Identifier: MIT */
/* The checks that guard the frame allocator: they find misuse, and page_alloc_validate() what is planted. */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/mm/frame/page_internal.h"
#include "tests/host/support/world.h"

#define MIB	(1UL << 20)

/* ---- at each free, at each allocation ---- */

static void test_misuse_is_caught_at_free(void **state)
{
	struct page *page, *block;

	(void)state;
	world_start(16 * MIB);
	page = alloc_page(GFP_KERNEL);
	get_page(page);
	assert_panics("refcount", free_pages(page, 0));

	page = alloc_page(GFP_KERNEL);
	atomic_inc(&page->mapcount);
	assert_panics("mapcount", free_pages(page, 0));

	page = alloc_page(GFP_KERNEL);
	page_set(page, PG_lru);
	assert_panics("flags", free_pages(page, 0));

	page = alloc_page(GFP_KERNEL);
	put_page(page);
	assert_panics("flags", free_pages(page, 0));
	assert_panics("refcount", put_page(page));

	block = alloc_pages(GFP_KERNEL, 3);
	assert_panics("1UL << order", free_pages(block + 1, 3));
}

static void test_double_free_inside_a_merged_block_is_caught(void **state)
{
	struct page *block;

	(void)state;
	world_start(16 * MIB);
	block = alloc_pages(GFP_KERNEL, 4);
	free_pages(block, 4);
	assert_panics("refcount", free_pages(block + 2, 1));
	block = alloc_pages(GFP_KERNEL, 4);
	assert_panics("refcount", free_pages(block + 2, 1));	/* a part of one in use */
}

static void test_write_to_free_frame_is_caught(void **state)
{
	struct page *page;

	(void)state;
	world_start(16 * MIB);
	page = alloc_page(GFP_KERNEL);
	put_page(page);
	assert_eq(((unsigned char *)page_to_virt(page))[77], 0x6b);
	((unsigned char *)page_to_virt(page))[4001] = 1;
	assert_panics("was written to: offset 0xfa0", alloc_page(GFP_KERNEL));
}

/* ---- page_alloc_validate() ---- */

static struct page *first_free(unsigned int order)
{
	return list_first_entry(&zone.free[order].blocks[MIGRATE_MOVABLE], struct page, lru);
}

/* Hart 0 keeps @page for the next table. */
static void load_unmovable(struct page *page)
{
	struct page_cache *cache = &page_caches[0][MIGRATE_UNMOVABLE];

	cache->pages[cache->count++] = page;
}

static void test_validate_checks_the_free_lists(void **state)
{
	(void)state;
	world_start(16 * MIB);
	zone.nr_free++;
	assert_panics("zone counts", page_alloc_validate());

	world_start(16 * MIB);
	zone.free[MAX_ORDER].nr_blocks++;
	assert_panics("fewer", page_alloc_validate());

	world_start(16 * MIB);
	zone.free[MAX_ORDER].nr_blocks--;
	assert_panics("more", page_alloc_validate());

	world_start(16 * MIB);
	first_free(MAX_ORDER)->lru.prev = NULL;
	assert_panics("broken link", page_alloc_validate());

	world_start(16 * MIB);
	first_free(MAX_ORDER)->private = 3;
	assert_panics("has flags", page_alloc_validate());

	world_start(16 * MIB);
	page_set(first_free(MAX_ORDER) + 5, PG_pcp);
	assert_panics("inside the free block", page_alloc_validate());

	world_start(16 * MIB);
	get_page(first_free(MAX_ORDER) + 5);
	assert_panics("refcount", page_alloc_validate());

	world_start(16 * MIB);
	zone.types[page_to_pfn(first_free(MAX_ORDER)) >> PAGEBLOCK_ORDER] = MIGRATE_UNMOVABLE;
	assert_panics("is on the list of type 1", page_alloc_validate());
}

static void test_validate_checks_the_caches_and_marks(void **state)
{
	struct page *page;

	(void)state;
	world_start(16 * MIB);
	page = alloc_page(GFP_KERNEL);
	page_caches[0][MIGRATE_UNMOVABLE].count--;
	assert_panics("marked", page_alloc_validate());

	world_start(16 * MIB);
	page = alloc_page(GFP_KERNEL);
	page_caches[0][MIGRATE_UNMOVABLE].pages[0]->flags = 0;
	assert_panics("frame cache of hart", page_alloc_validate());

	world_start(16 * MIB);
	page = alloc_page(GFP_KERNEL);
	page->flags = 1UL << PG_pcp;
	assert_panics("marked", page_alloc_validate());

	world_start(16 * MIB);
	page = alloc_page(GFP_KERNEL);
	page->flags = 1UL << PG_buddy;
	page->private = 99;
	assert_panics("has order 99", page_alloc_validate());

	world_start(16 * MIB);
	page = alloc_page(GFP_USER);
	page->flags = 1UL << PG_pcp;
	atomic_set(&page->refcount, 0);
	load_unmovable(page);
	assert_panics("is of a movable pageblock", page_alloc_validate());
}

static void test_validate_checks_where_blocks_lie(void **state)
{
	struct page *page;

	(void)state;
	/* A block of two frames that begins at an odd one. */
	world_start(16 * MIB);
	page = alloc_pages(GFP_KERNEL, 2) + 1;
	page->flags = 1UL << PG_buddy;
	page->private = 1;
	spin_lock(&zone.lock);
	list_add(&page->lru, &zone.free[1].blocks[MIGRATE_UNMOVABLE]);
	zone.free[1].nr_blocks++;
	spin_unlock(&zone.lock);
	assert_panics("lies wrong", page_alloc_validate());

	/* Two buddies side by side that should be one block. */
	world_start(16 * MIB);
	page = alloc_pages(GFP_KERNEL, 1);
	spin_lock(&zone.lock);
	for (int i = 0; i < 2; i++) {
		page[i].flags = 1UL << PG_buddy;
		page[i].private = 0;
		list_add(&page[i].lru, &zone.free[0].blocks[MIGRATE_UNMOVABLE]);
		zone.free[0].nr_blocks++;
		zone.nr_free++;
	}
	atomic_set(&page->refcount, 0);
	spin_unlock(&zone.lock);
	assert_panics("not merged", page_alloc_validate());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misuse_is_caught_at_free),
		cmocka_unit_test(test_double_free_inside_a_merged_block_is_caught),
		cmocka_unit_test(test_write_to_free_frame_is_caught),
		cmocka_unit_test(test_validate_checks_the_free_lists),
		cmocka_unit_test(test_validate_checks_the_caches_and_marks),
		cmocka_unit_test(test_validate_checks_where_blocks_lie),
	};

	return RUN_APART("page_check", tests);
}
