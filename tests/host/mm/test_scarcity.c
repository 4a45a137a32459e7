/* SPDX-License-Identifier: MIT */
/*
 * Where memory or swap ends: the frames that are kept back, the last slot, a disk that fails.
 *
 *	frames free	wmark_min ........ wmark_min / 2 ........ 0
 *			  everybody        tasks that end       reclaim
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/sched/sched.h"
#include "tests/host/mm/mm_test.h"

/* ---- frames ---- */

/* Take blocks of @order until there are no more. How many frames are free then; all are given back. */
static unsigned long free_at_the_end(unsigned int order)
{
	unsigned long left;
	struct page *page, *next;
	LIST_HEAD(taken);

	while ((page = alloc_pages(GFP_NOWAIT, order)))
		list_add(&page->lru, &taken);
	left = nr_free_pages();
	list_for_each_entry_safe(page, next, &taken, lru) {
		list_del(&page->lru);
		free_pages(page, order);
	}
	return left;
}

static void test_everybody_leaves_the_reserve(void **state)
{
	(void)state;
	for (unsigned int order = 0; order < 2; order++) {
		unsigned long left = free_at_the_end(order);

		assert_true(left >= wmark_min && left <= wmark_min + (1UL << order));
	}
}

static void test_tasks_that_end_leave_half_of_it(void **state)
{
	(void)state;
	current->flags |= TASK_EXITING;
	for (unsigned int order = 0; order < 2; order++) {
		unsigned long left = free_at_the_end(order);

		assert_true(left >= wmark_min / 2 && left <= wmark_min / 2 + (1UL << order));
	}
	current->flags &= ~TASK_EXITING;
}

static void test_reclaim_may_use_all(void **state)
{
	(void)state;
	current->flags |= TASK_MEMALLOC;
	assert_eq(free_at_the_end(0), 0);
	current->flags &= ~TASK_MEMALLOC;
}

/* Every node that memory has room for; linked by their first words. */
static void **nodes;

static void take_all_nodes(void)
{
	void **node;

	while ((node = maple_node_alloc(GFP_NOWAIT | __GFP_NOFAIL_INJECT))) {
		*node = nodes;
		nodes = node;
	}
}

static void give_back_nodes(void)
{
	while (nodes) {
		void **node = nodes;

		nodes = *node;
		maple_node_free(node);
	}
}

/* Failed once: with no memory for a node left, the source stayed mapped beside the destination, without pages. */
static void test_a_move_that_has_begun_needs_no_memory(void **state)
{
	struct mm_struct *mm = test_mm();

	(void)state;
	assert_eq(swapoff(), 0);		/* nothing to reclaim */
	for (unsigned int i = 0; i < 40; i += 2)
		map_pages(mm, i, i + 1, RW);
	store(mm, 20, 7);
	sim_at_race_point("vma_replace_range: unmapped, bounds as before", take_all_nodes);
	assert_eq(mm_mremap(mm, AT(20), PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(51)), AT(51));
	assert_non_null(nodes);
	give_back_nodes();
	assert_null(vma_lookup(mm, AT(20)));
	assert_eq(load(mm, 51), 7);
	assert_eq(mm->map_count, 20);
	test_mm_exit(mm);
	assert_eq(sim_swapon(), 0);
}

/* ---- swap ---- */

/* A page goes out more often than there are slots. Each time it gets the next one; after the last comes the first. */
static void test_slots_are_used_all_around(void **state)
{
	unsigned long slots = swap_free_slots();
	struct mm_struct *mm = test_mm();

	(void)state;
	map_pages(mm, 0, 1, RW);
	for (u64 i = 0; i < slots + 10; i++) {
		sim_access(AT(0), SIM_WRITE, &i);
		assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
		assert_null(page_of(mm, 0));
	}
	assert_eq(load(mm, 0), slots + 9);
	test_mm_exit(mm);
	swap_validate();
	assert_eq(swap_free_slots(), slots);
}

/* Writes fail, and a read brings what nobody wrote. */
static void bad_start(struct swap_request *req)
{
	if (req->write)
		req->err = -EIO;
	else
		memset(page_to_virt(req->page), 0xee, PAGE_SIZE);
}

/* What could not be written stays in memory, however often reclaim comes by. */
static void test_a_disk_that_cannot_be_written_loses_nothing(void **state)
{
	static const struct swap_device disk = { .name = "bad", .nr = 64, .start = bad_start };
	struct mm_struct *mm;

	(void)state;
	assert_eq(swapoff(), 0);
	assert_eq(swapon(&disk), 0);
	mm = test_mm();
	map_pages(mm, 0, 4, RW);
	for (unsigned int i = 0; i < 4; i++)
		store(mm, i, 100 + i);
	assert_eq(mm_madvise(mm, AT(0), 4 * PAGE_SIZE, MADV_PAGEOUT), 0);
	reclaim_all();
	reclaim_all();
	for (unsigned int i = 0; i < 4; i++)
		assert_eq(load(mm, i), 100 + i);
	test_mm_exit(mm);
	assert_eq(swapoff(), 0);
	assert_eq(sim_swapon(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_everybody_leaves_the_reserve),
		mm_unit_test(test_tasks_that_end_leave_half_of_it),
		mm_unit_test(test_reclaim_may_use_all),
		mm_unit_test(test_a_move_that_has_begun_needs_no_memory),
		mm_unit_test(test_slots_are_used_all_around),
		mm_unit_test(test_a_disk_that_cannot_be_written_loses_nothing),
	};

	sim_boot();
	return RUN_APART("scarcity", tests);
}
