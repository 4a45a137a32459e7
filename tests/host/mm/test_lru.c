/* SPDX-License-Identifier: MIT */
/*
 * Which pages reclaim takes: those used again and again stay, however old they are; those touched once go, oldest
 * first. Hart 0 runs all of it, so its lists have all pages.
 *
 *	page  0 .. HOT-1	used again and again
 *	      HOT .. PAGES-1	stored to once
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/tlb.h"
#include "tests/host/mm/mm_test.h"

#define HOT	8u
#define PAGES	64u		/* less than reclaim looks at in one batch */
#define BATCH	128u

static int referenced(struct page *page)
{
	int n;

	lock_page(page);
	n = page_referenced(page);
	unlock_page(page);
	return n;
}

/* Pages [first, end) have not been used for a while: no entry has A, and no hart its translation. */
static void let_rest(struct mm_struct *mm, unsigned int first, unsigned int end)
{
	for (; first < end; first++)
		if (page_of(mm, first))
			referenced(page_of(mm, first));
	flush_tlb_mm(mm);
}

static void use(struct mm_struct *mm, unsigned int first, unsigned int end)
{
	flush_tlb_mm(mm);
	for (; first < end; first++)
		assert_eq(load(mm, first), 100 + first);
}

static unsigned int present(struct mm_struct *mm, unsigned int first, unsigned int end)
{
	unsigned int n = 0;

	for (; first < end; first++)
		n += page_of(mm, first) != NULL;
	return n;
}

static void store_pages(struct mm_struct *mm, unsigned int first, unsigned int end)
{
	u64 value;

	sim_run(mm);
	for (; first < end; first++) {
		value = 100 + first;
		assert_eq(sim_access(AT(first), SIM_WRITE, &value), VM_FAULT_DONE);
	}
}

static unsigned long active_pages(void)
{
	return lru_size(0, LRU_ANON, /* active = */ true);
}

static unsigned long inactive_pages(void)
{
	return lru_size(0, LRU_ANON, /* active = */ false);
}

/* HOT pages of @mm on the active list, and nothing else in memory. */
static struct mm_struct *hot_pages(void)
{
	struct mm_struct *mm = test_mm();

	map_pages(mm, 0, 4 * BATCH, RW);
	store_pages(mm, 0, PAGES);
	let_rest(mm, 0, PAGES);
	use(mm, 0, HOT);
	assert_eq(try_to_free_pages(PAGES - HOT), PAGES - HOT);
	return mm;
}

static void test_each_use_since_the_last_look_is_counted(void **state)
{
	struct mm_struct *mm = test_mm(), *child;
	struct page *page;

	(void)state;
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 100);
	child = test_fork(mm);
	page = page_of(mm, 0);
	let_rest(mm, 0, 1);
	flush_tlb_mm(child);
	assert_eq(referenced(page), 0);
	use(child, 0, 1);
	assert_eq(referenced(page), 1);
	assert_eq(referenced(page), 0);
	use(mm, 0, 1);
	use(child, 0, 1);
	assert_eq(referenced(page), 2);
	assert_eq(mm_mlock(child, AT(0), PAGE_SIZE, 0), 0);
	assert_true(referenced(page_of(child, 0)) == -EBUSY);
	test_mm_exit(mm);
	test_mm_exit(child);
}

/* The hot pages are the oldest: without a second chance they would be the first to go. */
static void test_pages_in_use_outlive_those_touched_once(void **state)
{
	struct mm_struct *mm = hot_pages();

	(void)state;
	assert_eq(present(mm, 0, HOT), HOT);
	assert_eq(present(mm, HOT, PAGES), 0);
	assert_eq(active_pages(), HOT);
	assert_eq(inactive_pages(), 0);
	test_mm_exit(mm);
	assert_eq(active_pages() + inactive_pages(), 0);
}

/* Ten times as many others come and go, fewer at a time than there are hot pages, so that these are aged each time. */
static void test_pages_used_again_and_again_stay(void **state)
{
	struct mm_struct *mm = hot_pages();

	(void)state;
	for (unsigned int round = 0; round < 20; round++) {
		unsigned int first = PAGES + round * (HOT / 2);

		store_pages(mm, first, first + HOT / 2);
		let_rest(mm, 0, first + HOT / 2);
		use(mm, 0, HOT);
		assert_eq(try_to_free_pages(HOT / 2), HOT / 2);
		assert_eq(present(mm, 0, HOT), HOT);
		assert_eq(present(mm, HOT, first + HOT / 2), 0);
		assert_eq(active_pages(), HOT);
	}
	test_mm_exit(mm);
}

static void test_pages_no_longer_used_go(void **state)
{
	struct mm_struct *mm = hot_pages();

	(void)state;
	let_rest(mm, 0, HOT);
	assert_eq(try_to_free_pages(HOT), HOT);
	assert_eq(present(mm, 0, HOT), 0);
	use(mm, 0, HOT);		/* and come back unchanged */
	test_mm_exit(mm);
}

static void test_cold_pages_are_the_next_to_go(void **state)
{
	struct mm_struct *mm = hot_pages();

	(void)state;
	assert_eq(mm_madvise(mm, AT(0), HOT / 2 * PAGE_SIZE, MADV_COLD), 0);
	assert_eq(active_pages(), HOT / 2);
	assert_eq(inactive_pages(), HOT / 2);
	assert_eq(try_to_free_pages(HOT / 2), HOT / 2);
	assert_eq(present(mm, 0, HOT / 2), 0);
	assert_eq(present(mm, HOT / 2, HOT), HOT / 2);
	test_mm_exit(mm);
}

/* One batch is taken: the pages that came first. */
static void test_the_oldest_go_first(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 3 * BATCH, RW);
	store_pages(mm, 0, 3 * BATCH);
	let_rest(mm, 0, 3 * BATCH);
	assert_eq(try_to_free_pages(BATCH), BATCH);
	assert_eq(present(mm, 0, BATCH), 0);
	assert_eq(present(mm, BATCH, 3 * BATCH), 2 * BATCH);
	test_mm_exit(mm);
}

static void test_locked_pages_stay(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, HOT, RW);
	store_pages(mm, 0, HOT);
	assert_eq(mm_mlock(mm, AT(0), HOT * PAGE_SIZE, 0), 0);
	let_rest(mm, 0, HOT);
	assert_eq(try_to_free_pages(HOT), 0);
	assert_eq(present(mm, 0, HOT), HOT);
	assert_eq(active_pages() + inactive_pages(), HOT);
	test_mm_exit(mm);
}

static struct mm_struct *busy;
static unsigned int looks;

/* Another hart uses all pages whenever reclaim begins to look at the inactive list, but not before it ages the active one. */
static void use_before_a_look(void)
{
	if (looks++ % (2 * HOT) == 0)
		use(busy, 0, HOT);
	sim_at_race_point("trylock_page", use_before_a_look);
}

/*
 *	sweep 1	inactive: used, so active
 *	      2	active: not used, so inactive, where they are used again and return
 *	      3	the same, but now they go
 */
static void test_the_last_sweep_takes_pages_in_use(void **state)
{
	(void)state;
	busy = test_mm();
	map_pages(busy, 0, HOT, RW);
	store_pages(busy, 0, HOT);
	looks = 0;
	sim_at_race_point("trylock_page", use_before_a_look);
	assert_eq(try_to_free_pages(HOT), HOT);
	assert_eq(looks, 5 * HOT);
	sim_at_race_point(NULL, NULL);
	use(busy, 0, HOT);
	test_mm_exit(busy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_each_use_since_the_last_look_is_counted),
		mm_unit_test(test_pages_in_use_outlive_those_touched_once),
		mm_unit_test(test_pages_used_again_and_again_stay),
		mm_unit_test(test_pages_no_longer_used_go),
		mm_unit_test(test_cold_pages_are_the_next_to_go),
		mm_unit_test(test_the_oldest_go_first),
		mm_unit_test(test_locked_pages_stay),
		mm_unit_test(test_the_last_sweep_takes_pages_in_use),
	};

	sim_boot();
	return RUN_APART("lru", tests);
}
