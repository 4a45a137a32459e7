/* SPDX-License-Identifier: MIT */
/*
 * From a page to its mappings, and what uses that way: how many VMAs a walk visits, unmapping, swap counts,
 * migration of shared pages, compaction of a fragmented machine.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/lru.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/rmap_query.h"
#include "kernel/mm/reclaim/rmap_walk.h"
#include "kernel/mm/reclaim/swap.h"
#include "kernel/mm/vmstat.h"
#include "tests/host/mm/mm_test.h"

#define MANY_VMAS	10000u

/* A process whose first @pages are written (value 100 + page), and two children that share them. */
static void family_of_three(struct mm_struct **mms, unsigned int pages)
{
	mms[0] = test_mm();
	map_pages(mms[0], 0, pages, RW);
	for (unsigned int i = 0; i < pages; i++)
		store(mms[0], i, 100 + i);
	mms[1] = test_fork(mms[0]);
	mms[2] = test_fork(mms[1]);
}

static void all_exit(struct mm_struct **mms, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		test_mm_exit(mms[i]);
}

static bool see_one(struct page *page, struct vm_area_struct *vma, unsigned long addr, void *arg)
{
	unsigned int *mapped = arg;
	pte_t *ptep = pgtable_walk(vma->vm_mm, addr);

	*mapped += ptep && pte_present(pte_read(ptep)) && pte_page(pte_read(ptep)) == page;
	return true;
}

/* One anon_vma with 10,000 VMAs in each of three processes: the walk sees the three that cover the page. */
static void test_a_walk_visits_only_those_who_may_map_the_page(void **state)
{
	struct mm_struct *mms[3] = { test_mm(), NULL, NULL };
	unsigned int mapped = 0;
	struct rmap_walk walk = { .one = see_one, .arg = &mapped };
	struct page *page;

	(void)state;
	map_pages(mms[0], 0, MANY_VMAS, RW);
	store(mms[0], MANY_VMAS / 2, 1);
	for (unsigned int i = 0; i < MANY_VMAS; i += 2)
		assert_eq(mm_mprotect(mms[0], AT(i + 1), PAGE_SIZE, PROT_READ), 0);
	assert_true(mms[0]->map_count >= (int)MANY_VMAS);
	mms[1] = test_fork(mms[0]);
	mms[2] = test_fork(mms[0]);
	page = page_of(mms[0], MANY_VMAS / 2);
	lock_page(page);
	assert_true(rmap_walk(page, &walk));
	unlock_page(page);
	assert_eq(walk.visited, 3);
	assert_eq(mapped, 3);
	all_exit(mms, 3);
}

static void test_the_query_tells_address_space_and_chain(void **state)
{
	struct rmap_record records[4];
	struct mm_struct *mms[3];

	(void)state;
	family_of_three(mms, 1);
	assert_eq(mm_query_rmap(mms[2], AT(0), records, 4), 3);
	for (unsigned int i = 0; i < 3; i++)
		for (unsigned int j = 0; j < 3; j++)
			if (records[i].mm == mms[j])
				assert_eq(records[i].rec.chain, j);
	store(mms[1], 0, 7);
	assert_eq(mm_query_rmap(mms[1], AT(0), records, 4), 1);
	assert_ptr_equal(records[0].mm, mms[1]);
	assert_eq(records[0].rec.chain, 0);
	assert_eq(mm_query_rmap(mms[0], AT(0), records, 4), 2);
	assert_eq(mm_query_rmap(mms[0], AT(5), records, 4), 0);
	all_exit(mms, 3);
}

/* One of three has it mlocked: it stays with all of them. */
static void test_a_page_that_somebody_locked_stays(void **state)
{
	struct mm_struct *mms[3];

	(void)state;
	family_of_three(mms, 2);
	assert_eq(mm_mlock(mms[1], AT(0), PAGE_SIZE, 0), 0);
	assert_eq(mm_madvise(mms[0], AT(0), 2 * PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_non_null(page_of(mms[1], 0));
	for (unsigned int i = 0; i < 3; i++) {
		assert_null(page_of(mms[i], 1));
		assert_eq(load(mms[i], 0), 100);
		assert_eq(load(mms[i], 1), 101);
	}
	all_exit(mms, 3);
}

static void test_swap_counts_follow_fork_and_exit(void **state)
{
	unsigned long before = swap_free_slots(), slot;
	struct mm_struct *mms[3], *late;

	(void)state;
	family_of_three(mms, 3);
	assert_eq(mm_madvise(mms[0], AT(0), 3 * PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_eq(swap_free_slots(), before - 3);
	slot = entry_value(pte_read(pgtable_walk(mms[0], AT(0))));
	assert_eq(swap_count(slot), 3);
	late = test_fork(mms[2]);
	assert_eq(swap_count(slot), 4);
	test_mm_exit(mms[0]);
	assert_eq(swap_count(slot), 3);
	assert_eq(mm_munmap(late, AT(0), PAGE_SIZE), 0);
	assert_eq(swap_count(slot), 2);
	assert_eq(load(late, 1), 101);
	swap_validate();
	test_mm_exit(late);
	all_exit(mms + 1, 2);
	swap_validate();
	assert_eq(swap_free_slots(), before);
}

/* A fault that read its entry just before swapoff: the slot is nobody's. Failed once by looking into a freed map. */
static void test_a_slot_that_no_area_has_is_no_error(void **state)
{
	unsigned long beyond = swap_total() + 1000;
	int err = -1;

	(void)state;
	assert_null(swap_in(beyond, &err));
	assert_eq(err, 0);
}

/* The kernel's own store into a page that is shared goes to a copy, like the program's. */
static void test_kernel_stores_break_sharing(void **state)
{
	struct mm_struct *mms[3];
	u64 word = 9;

	(void)state;
	family_of_three(mms, 1);
	assert_eq(mm_write(mms[1], AT(0), &word, sizeof(word), /* force = */ false), 0);
	assert_eq(load(mms[0], 0), 100);
	assert_eq(load(mms[1], 0), 9);
	assert_eq(load(mms[2], 0), 100);
	assert_eq(mm_madvise(mms[0], AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_eq(mm_write(mms[2], AT(0), &word, sizeof(word), /* force = */ false), 0);
	assert_eq(load(mms[0], 0), 100);
	assert_eq(load(mms[2], 0), 9);
	all_exit(mms, 3);
}

static void test_all_mappings_follow_a_page_that_moves(void **state)
{
	struct page *page, *new;
	struct mm_struct *mms[3];

	(void)state;
	family_of_three(mms, 1);
	page = page_of(mms[0], 0);
	new = alloc_page(GFP_KERNEL);
	assert_true(lru_isolate_page(page));
	assert_true(migrate_page(page, new));
	page_clear(page, PG_isolated);
	put_page(page);
	for (unsigned int i = 0; i < 3; i++) {
		assert_ptr_equal(page_of(mms[i], 0), new);
		assert_eq(load(mms[i], 0), 100);
	}
	store(mms[1], 0, 5);
	assert_eq(load(mms[0], 0), 100);
	assert_eq(load(mms[2], 0), 100);
	all_exit(mms, 3);
}

/* The kernel stores into pages that it holds by a reference. */
static void test_a_page_that_is_held_does_not_move(void **state)
{
	struct mm_struct *mm = test_mm();
	struct page *page;

	(void)state;
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 1);
	page = page_of(mm, 0);
	get_page(page);
	assert_false(sim_move_page(page));
	assert_ptr_equal(page_of(mm, 0), page);
	put_page(page);
	assert_true(sim_move_page(page));
	assert_eq(load(mm, 0), 1);
	all_exit(&mm, 1);
}

/* The same through an object: the page of two processes and a second view in one of them. */
static void test_all_mappings_of_shared_memory_follow(void **state)
{
	struct mm_struct *mms[2] = { test_mm(), NULL };
	struct page *page;

	(void)state;
	assert_eq(mm_mmap(mms[0], AT(0), PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, NULL, 0), AT(0));
	assert_eq(mm_mremap(mms[0], AT(0), 0, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, AT(2)), AT(2));
	mms[1] = test_fork(mms[0]);
	store(mms[0], 0, 7);
	assert_eq(load(mms[0], 2), 7);
	assert_eq(load(mms[1], 0), 7);
	page = page_of(mms[0], 0);
	assert_true(sim_move_page(page));
	assert_ptr_not_equal(page_of(mms[0], 0), page);
	assert_ptr_equal(page_of(mms[0], 2), page_of(mms[0], 0));
	assert_ptr_equal(page_of(mms[1], 0), page_of(mms[0], 0));
	store(mms[1], 0, 8);
	assert_eq(load(mms[0], 2), 8);
	all_exit(mms, 2);
}

/*
 * Every other page of most of memory is given back: no two free frames are neighbours. An allocation
 * of 512 in a row makes room, and what moved for it is unchanged. The page tables come first, next to each other:
 * they cannot move, and one in each block would spoil it.
 */
static void test_compaction_makes_a_large_block(void **state)
{
	static bool dropped[SIM_RAM >> PAGE_SHIFT];
	unsigned int pages = (unsigned int)(nr_free_pages() * 7 / 8);
	unsigned long moved = vm_event_sum(PGMIGRATE);
	struct mm_struct *mm = test_mm();
	unsigned long blocks[11];
	struct page *large;

	(void)state;
	map_pages(mm, 0, pages, RW);
	for (unsigned int i = 0; i < pages; i += 512)
		store(mm, i, i);
	for (unsigned int i = 0; i < pages; i++) {
		u64 value = i;

		assert_eq(sim_access(AT(i), SIM_WRITE, &value), VM_FAULT_DONE);
	}
	/* One frame of each pair, by frame number, whatever page has it. */
	for (unsigned int i = 0; i < pages; i++)
		if ((dropped[i] = page_of(mm, i) && page_to_pfn(page_of(mm, i)) % 2))
			assert_eq(mm_madvise(mm, AT(i), PAGE_SIZE, MADV_DONTNEED), 0);
	/* Locked pages may move, but not go: reclaim cannot make the block. */
	assert_eq(mm_mlock(mm, AT(0), (unsigned long)pages << PAGE_SHIFT, MLOCK_ONFAULT), 0);
	/* What was never taken: take it in blocks, so that only the single frames are left. */
	LIST_HEAD(kept);
	for (int order = 10; order >= 9; order--)
		while ((large = alloc_pages(GFP_NOWAIT | __GFP_NOFAIL_INJECT, order))) {
			large->private = order;
			list_add(&large->lru, &kept);
		}
	page_alloc_free_blocks(blocks);
	assert_eq(blocks[9] + blocks[10], 0);
	large = alloc_pages(GFP_KERNEL, 9);
	assert_non_null(large);
	assert_true(vm_event_sum(PGMIGRATE) > moved);
	free_pages(large, 9);
	for (unsigned int i = 0; i < pages; i++) {
		u64 value = i;

		assert_eq(sim_access(AT(i), SIM_READ, &value), VM_FAULT_DONE);
		assert_eq(value, dropped[i] ? 0 : i);
	}
	while (!list_empty(&kept)) {
		struct page *block = list_entry(kept.next, struct page, lru);

		list_del(&block->lru);
		free_pages(block, block->private);
	}
	test_mm_exit(mm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_a_walk_visits_only_those_who_may_map_the_page),
		mm_unit_test(test_the_query_tells_address_space_and_chain),
		mm_unit_test(test_a_page_that_somebody_locked_stays),
		mm_unit_test(test_swap_counts_follow_fork_and_exit),
		mm_unit_test(test_a_slot_that_no_area_has_is_no_error),
		mm_unit_test(test_kernel_stores_break_sharing),
		mm_unit_test(test_all_mappings_follow_a_page_that_moves),
		mm_unit_test(test_a_page_that_is_held_does_not_move),
		mm_unit_test(test_all_mappings_of_shared_memory_follow),
		mm_unit_test(test_compaction_makes_a_large_block),
	};

	sim_boot();
	return RUN_APART("rmap", tests);
}
