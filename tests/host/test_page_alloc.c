/* SPDX-License-Identifier: MIT */
/*
 * The frame allocator: what it hands out is whole, its own and comes back. test_page_check.c is about the checks that
 * guard it.
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "kernel/mm/frame/page_internal.h"
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/frame/pressure.h"
#include "tests/host/support/world.h"

#define MIB	(1UL << 20)

/* Returns how many frames are free once nothing is cached, with everything validated. */
static unsigned long settle(void)
{
	drain_pcp_pages();
	page_alloc_validate();
	assert_eq(world_locks_held(), 0);
	return nr_free_pages();
}

static unsigned long largest_blocks(void)
{
	unsigned long counts[MAX_ORDER + 1];

	page_alloc_free_blocks(counts);
	return counts[MAX_ORDER];
}

/* ---- boot ---- */

static void test_init_hands_over_all_but_the_reserved(void **state)
{
	/* Unordered, overlapping, unaligned, outside of RAM, empty. */
	const struct mem_region reserved[] = {
		{ RAM_START + 5 * MIB + 100, RAM_START + 5 * MIB + 200 },
		{ RAM_START + MIB, RAM_START + 3 * MIB },
		{ RAM_START, RAM_START + 2 * MIB },
		{ 0x1000, 0x2000 },
		{ RAM_START + 15 * MIB, RAM_START + 100 * MIB },
		{ RAM_START + 6 * MIB, RAM_START + 6 * MIB },
		{ RAM_START - MIB, RAM_START + 1 },
	};
	unsigned long map_frames = PAGE_ALIGN(4096 * sizeof(struct page)) >> PAGE_SHIFT;

	(void)state;
	world_map_ram(16 * MIB);
	page_alloc_init((struct mem_region){ RAM_START, RAM_START + 16 * MIB }, reserved,
			ARRAY_SIZE(reserved));
	assert_eq(nr_total_pages(), 4096 - 3 * 256 - 1 - 256 - map_frames);
	assert_eq(settle(), nr_total_pages() - 1);	/* the zero page */
	assert_true(page_test(phys_to_page(RAM_START), PG_reserved));
	assert_true(page_test(phys_to_page(RAM_START + 5 * MIB), PG_reserved));
	assert_false(page_test(phys_to_page(RAM_START + 5 * MIB + PAGE_SIZE), PG_reserved));
	assert_true(page_test(phys_to_page(RAM_START + 16 * MIB - 1), PG_reserved));

	/* No allocation ever overlaps what is reserved. */
	for (struct page *page; (page = alloc_page(GFP_KERNEL)); memset(page_to_virt(page), 1, PAGE_SIZE)) {
		unsigned long pa = page_to_phys(page);

		assert_true(pa >= RAM_START + 3 * MIB && pa < RAM_START + 15 * MIB);
		assert_true(pa != RAM_START + 5 * MIB);
	}
}

static void test_init_without_room_for_mem_map_panics(void **state)
{
	struct mem_region all = { RAM_START, RAM_START + 16 * MIB };

	(void)state;
	world_map_ram(16 * MIB);
	assert_panics("no room", page_alloc_init(all, &all, 1));

	/* Room for mem_map, and for nothing else. */
	all.start += PAGE_ALIGN(4096 * sizeof(struct page));
	assert_panics("zero page", page_alloc_init((struct mem_region){ RAM_START, all.end }, &all, 1));
}

static void test_ram_that_begins_unaligned_still_merges_by_frame_number(void **state)
{
	struct mem_region ram = { RAM_START + 3 * PAGE_SIZE + 5, RAM_START + 9 * MIB + 7 };

	(void)state;
	world_map_ram(16 * MIB);
	page_alloc_init(ram, NULL, 0);
	unsigned long before = settle();

	struct page *page = alloc_pages(GFP_KERNEL, 8);

	assert_eq(page_to_pfn(page) % 256, 0);
	free_pages(page, 8);
	assert_eq(settle(), before);
}

static void test_zero_page_is_zero(void **state)
{
	const unsigned char *bytes;

	(void)state;
	world_start(16 * MIB);
	bytes = page_to_virt(zero_page);
	for (unsigned long i = 0; i < PAGE_SIZE; i++)
		assert_eq(bytes[i], 0);
	assert_true(page_test(zero_page, PG_zero));
	assert_panics("BUG", free_pages(zero_page, 0));
}

/* ---- handing out and taking back ---- */

static void test_new_pages_are_clean(void **state)
{
	(void)state;
	world_start(16 * MIB);
	for (unsigned int order = 0; order <= 3; order++) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO, order);
		const unsigned char *bytes = page_to_virt(page);

		assert_eq(atomic_read(&page->refcount), 1);
		assert_eq(atomic_read(&page->mapcount), 0);
		assert_eq(page->flags, 0);
		assert_eq(page->mapping, 0);
		assert_eq(page->index, 0);
		assert_eq(page->private, 0);
		assert_eq(page_to_pfn(page) % (1UL << order), 0);
		for (unsigned long i = 0; i < PAGE_SIZE << order; i++)
			assert_eq(bytes[i], 0);
		page->mapping = 123;
		page->index = 5;
		page->private = 7;
		page_set(page, PG_dirty);
		memset(page_to_virt(page), 0xee, PAGE_SIZE << order);
		free_pages(page, order);
	}
	settle();
}

static void test_put_page_frees_with_the_last_reference(void **state)
{
	(void)state;
	world_start(16 * MIB);
	unsigned long before = settle();
	struct page *page = alloc_page(GFP_KERNEL);

	get_page(page);
	put_page(page);
	assert_eq(nr_free_pages(), before - 1);
	put_page(page);
	assert_eq(nr_free_pages(), before);
}

static void test_everything_merges_back_to_largest_blocks(void **state)
{
	static struct page *pages[16384];
	unsigned long n = 0, seed = 7;

	(void)state;
	world_start(64 * MIB);
	unsigned long before = settle(), blocks = largest_blocks();

	while ((pages[n] = alloc_page(GFP_KERNEL)))
		n++;
	assert_eq(n, before);
	assert_eq(nr_free_pages(), 0);
	while (n > 0) {			/* in random order */
		unsigned long i = test_random(&seed) % n;

		put_page(pages[i]);
		pages[i] = pages[--n];
	}
	assert_eq(settle(), before);
	assert_eq(largest_blocks(), blocks);
}

#define LIVE	300

/* Each block carries its own number in every page; nobody else may write there. */
static void stamp(struct page *page, unsigned int order, unsigned long id)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		*(unsigned long *)page_to_virt(page + i) = id + i;
}

static void check_stamp(struct page *page, unsigned int order, unsigned long id)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		assert_eq(*(unsigned long *)page_to_virt(page + i), id + i);
}

static void test_random_traffic_on_all_harts_loses_nothing(void **state)
{
	struct {
		struct page *page;
		unsigned int order;
		unsigned long id;
	} live[LIVE] = { 0 };
	unsigned long rnd = 1234567, used = 0;

	(void)state;
	world_start(16 * MIB);
	unsigned long total = settle();

	for (unsigned long step = 1; step <= 40000; step++) {
		unsigned long i = test_random(&rnd) % LIVE;

		world_set_cpu(test_random(&rnd) % NR_CPUS);
		if (live[i].page) {
			check_stamp(live[i].page, live[i].order, live[i].id);
			free_pages(live[i].page, live[i].order);
			used -= 1UL << live[i].order;
			live[i].page = NULL;
		} else {
			unsigned long r = test_random(&rnd);

			live[i].order = r % 4 ? 0 : r / 4 % 9;
			live[i].id = step << 16;
			live[i].page = alloc_pages(GFP_KERNEL, live[i].order);
			if (live[i].page) {
				stamp(live[i].page, live[i].order, live[i].id);
				used += 1UL << live[i].order;
			} else {
				/* Refused only if even drained caches hold no such block. */
				for (unsigned int o = live[i].order; o <= MAX_ORDER; o++)
					assert_eq(zone.free[o].nr_blocks, 0);
			}
		}
		assert_eq(nr_free_pages(), total - used);
		if (step % 500 == 0)
			page_alloc_validate();
	}
	for (unsigned long i = 0; i < LIVE; i++)
		if (live[i].page) {
			check_stamp(live[i].page, live[i].order, live[i].id);
			free_pages(live[i].page, live[i].order);
		}
	assert_eq(settle(), total);
}

static void test_frames_cached_by_other_harts_can_still_be_had(void **state)
{
	static struct page *pages[4096];
	unsigned long n = 0;

	(void)state;
	world_start(16 * MIB);
	unsigned long total = settle();

	world_set_cpu(1);
	while ((pages[n] = alloc_page(GFP_KERNEL)))
		n++;
	for (unsigned long i = 0; i < 100; i++)
		put_page(pages[--n]);		/* stay in hart 1's cache */
	world_set_cpu(0);
	for (unsigned long i = 0; i < 100; i++)
		assert_non_null(pages[n++] = alloc_page(GFP_KERNEL));
	assert_null(alloc_page(GFP_KERNEL));
	assert_eq(n, total);
}

static void test_fast_path_takes_no_zone_lock(void **state)
{
	(void)state;
	world_start(16 * MIB);
	put_page(alloc_page(GFP_KERNEL));	/* fills the cache */
	spin_lock(&zone.lock);
	for (int i = 0; i < 1000; i++)
		put_page(alloc_page(GFP_KERNEL));
	spin_unlock(&zone.lock);
	settle();
}

extern unsigned long kswapd_wakeups;		/* support/no_reclaim.c */

/* Wakes once each time that frames come from the zone, and not before. */
static void check_woken_below_low(unsigned int order)
{
	world_start(16 * MIB);
	wmark_low = nr_total_pages() / 2;
	kswapd_wakeups = 0;
	do {
		assert_eq(kswapd_wakeups, 0);
		assert_non_null(alloc_pages(GFP_KERNEL, order));
	} while (zone.nr_free >= wmark_low);
	assert_eq(kswapd_wakeups, 1);
	/* What the hart keeps is given out without a look at the mark. */
	while (order == 0 && page_caches[0][MIGRATE_UNMOVABLE].count)
		assert_non_null(alloc_page(GFP_KERNEL));
	assert_eq(kswapd_wakeups, 1);
	assert_non_null(alloc_pages(GFP_KERNEL, order));
	assert_eq(kswapd_wakeups, 2);
	wmark_low = 0;
}

static void test_kswapd_is_woken_below_the_low_mark(void **state)
{
	(void)state;
	check_woken_below_low(0);
	check_woken_below_low(3);
}

/* ---- unmovable frames are kept together ---- */

#define PROCESSES	60
#define TABLES		20		/* of a process: frames that cannot be moved */
#define PAGES		500
#define LONG_LIVED	200		/* unmovable frames that outlive their process: slabs that others use, too */

struct small_process {
	unsigned int pages;		/* 0: there is none */
	struct page *page[PAGES], *table[TABLES];
};

static void start_small(struct small_process *p, unsigned long *rnd)
{
	p->pages = 100 + test_random(rnd) % (PAGES - 100);
	for (unsigned int i = 0; i < p->pages; i++) {
		p->page[i] = alloc_page(GFP_USER);
		if (i < TABLES)
			p->table[i] = alloc_page(GFP_KERNEL);
	}
}

/* One of @p's tables stays for as long as LONG_LIVED others; @p's pages and other tables go. */
static void end_small(struct small_process *p, struct page **kept, unsigned long *nr_kept)
{
	for (unsigned int i = 0; i < p->pages; i++)
		if (p->page[i])
			put_page(p->page[i]);
	for (unsigned int i = 1; i < TABLES; i++)
		if (p->table[i])
			put_page(p->table[i]);
	if (p->table[0]) {
		struct page **slot = &kept[(*nr_kept)++ % LONG_LIVED];

		if (*slot)
			put_page(*slot);
		*slot = p->table[0];
	}
	p->pages = 0;
}

static unsigned long free_pageblocks(void)
{
	unsigned long counts[MAX_ORDER + 1];

	settle();
	page_alloc_free_blocks(counts);
	return counts[PAGEBLOCK_ORDER] + 2 * counts[PAGEBLOCK_ORDER + 1];
}

/* Failed before pageblocks had types: 4 of 31 were free, now 28 are. */
static void test_a_day_of_small_processes_leaves_large_blocks(void **state)
{
	static struct small_process processes[PROCESSES];
	static struct page *kept[LONG_LIVED];
	unsigned long rnd = 1, nr_kept = 0, before;

	(void)state;
	world_start(64 * MIB);
	before = free_pageblocks();
	for (unsigned int step = 0; step < 6000; step++) {
		struct small_process *p = &processes[test_random(&rnd) % PROCESSES];

		world_set_cpu(test_random(&rnd) % NR_CPUS);
		if (p->pages)
			end_small(p, kept, &nr_kept);
		else
			start_small(p, &rnd);
	}
	for (unsigned int i = 0; i < PROCESSES; i++)
		if (processes[i].pages)
			end_small(&processes[i], kept, &nr_kept);
	print_message("%lu of %lu pageblocks free\n", free_pageblocks(), before);
	assert_true(free_pageblocks() >= before * 3 / 4);
}

/* Either use gets the last frame, wherever it is. */
static void test_each_type_takes_from_the_other_when_memory_is_full(void **state)
{
	static struct page *pages[4096];
	unsigned long n = 0, total;

	(void)state;
	world_start(16 * MIB);
	total = settle();
	put_page(alloc_page(GFP_KERNEL));	/* there is an unmovable pageblock besides the one that mem_map cuts */
	while ((pages[n] = alloc_page(GFP_USER)))
		n++;
	assert_eq(n, total);

	/* Every third frame becomes free: no pageblock is, and there are movable ones among them. */
	for (unsigned long i = 0; i < n; i += 3)
		put_page(pages[i]);
	settle();
	for (unsigned long i = 0; i < n; i += 3) {
		assert_non_null(pages[i] = alloc_page(GFP_KERNEL));
		if (i % 100 == 0)
			page_alloc_validate();
	}
	assert_null(alloc_page(GFP_KERNEL));
	for (unsigned long i = 0; i < n; i++)
		put_page(pages[i]);
	assert_eq(settle(), total);
}

/* ---- failure injection ---- */

static void test_nth_allocation_fails_once(void **state)
{
	(void)state;
	world_start(16 * MIB);
	fail_alloc_set(3);
	assert_non_null(alloc_page(GFP_KERNEL));
	assert_non_null(alloc_page(GFP_KERNEL | __GFP_NOFAIL_INJECT));	/* does not count */
	assert_non_null(alloc_pages(GFP_KERNEL, 2));
	assert_eq(fail_alloc_remaining(), 1);
	assert_null(alloc_page(GFP_KERNEL));
	assert_eq(fail_alloc_remaining(), 0);
	assert_non_null(alloc_page(GFP_KERNEL));
	fail_alloc_set(1);
	fail_alloc_set(0);
	assert_non_null(alloc_page(GFP_KERNEL));
}

/* Each word has its own value, so that one left out or taken from elsewhere is seen; the neighbours stay. */
static void test_pages_are_copied_and_cleared_whole(void **state)
{
	enum { WORDS = PAGE_SIZE / sizeof(unsigned long) };
	static unsigned long from[WORDS] __aligned(64), to[3 * WORDS] __aligned(64);

	(void)state;
	for (unsigned int i = 0; i < WORDS; i++)
		from[i] = i + 1;
	memset(to, 0xff, sizeof(to));
	copy_page(to + WORDS, from);
	assert_memory_equal(to + WORDS, from, PAGE_SIZE);
	assert_eq(to[WORDS - 1] & to[2 * WORDS], ~0UL);
	clear_page(to + WORDS);
	for (unsigned int i = 0; i < WORDS; i++)
		assert_eq(to[WORDS + i], 0);
	assert_eq(to[WORDS - 1] & to[2 * WORDS], ~0UL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init_hands_over_all_but_the_reserved),
		cmocka_unit_test(test_init_without_room_for_mem_map_panics),
		cmocka_unit_test(test_ram_that_begins_unaligned_still_merges_by_frame_number),
		cmocka_unit_test(test_zero_page_is_zero),
		cmocka_unit_test(test_new_pages_are_clean),
		cmocka_unit_test(test_put_page_frees_with_the_last_reference),
		cmocka_unit_test(test_everything_merges_back_to_largest_blocks),
		cmocka_unit_test(test_random_traffic_on_all_harts_loses_nothing),
		cmocka_unit_test(test_frames_cached_by_other_harts_can_still_be_had),
		cmocka_unit_test(test_fast_path_takes_no_zone_lock),
		cmocka_unit_test(test_kswapd_is_woken_below_the_low_mark),
		cmocka_unit_test(test_a_day_of_small_processes_leaves_large_blocks),
		cmocka_unit_test(test_each_type_takes_from_the_other_when_memory_is_full),
		cmocka_unit_test(test_nth_allocation_fails_once),
		cmocka_unit_test(test_pages_are_copied_and_cleared_whole),
	};

	return RUN_APART("page_alloc", tests);
}
