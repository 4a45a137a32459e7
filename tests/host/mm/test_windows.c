/* SPDX-License-Identifier: MIT */
/*
 * Windows between two steps of reclaim and swap, with another hart's call in each. The widest: reclaim takes the entries of
 * a batch away first and flushes once at the end. Who changes such an area in between finds no page
 * there, but harts may still have the translation, so the call that promises a change has to flush.
 *
 *	hart 0	reclaim: entries taken away ---------------------------------------- flush
 *	hart 1	                            munmap or mprotect: hart 0 must not store there when it returns
 *
 * And what a hart still has under an ASID that it loads for another address space.
 */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/swap.h"
#include "tests/host/mm/mm_test.h"

static struct mm_struct *mm;

static void unmap_it(void)
{
	assert_null(page_of(mm, 0));
	sim_set_hart(1);
	assert_eq(mm_munmap(mm, AT(0), PAGE_SIZE), 0);
	sim_audit(mm);
}

static void protect_it(void)
{
	assert_null(page_of(mm, 0));
	sim_set_hart(1);
	assert_eq(mm_mprotect(mm, AT(0), PAGE_SIZE, PROT_READ), 0);
	sim_audit(mm);
}

static void change_before_the_flush(void (*change)(void))
{
	mm = test_mm();
	map_pages(mm, 0, 2, RW);
	store(mm, 0, 1);		/* hart 0 may store there without asking */
	sim_at_race_point("reclaim: unmapped, not flushed", change);
	reclaim_all();
	assert_true(sim_race_point_passed());
	sim_set_hart(0);
	assert_eq(load(mm, 1), 0);
	test_mm_exit(mm);
}

static void test_unmapping_what_is_out_but_not_flushed(void **state)
{
	(void)state;
	change_before_the_flush(unmap_it);
}

static void test_protecting_what_is_out_but_not_flushed(void **state)
{
	(void)state;
	change_before_the_flush(protect_it);
}

static void lock_it(void)
{
	assert_non_null(page_of(mm, 0));
	sim_set_hart(1);
	assert_eq(mm_mlock(mm, AT(0), PAGE_SIZE, 0), 0);
}

/* Reclaim has seen that nobody has the page locked; when it takes the entry away somebody has. */
static void test_locking_what_reclaim_has_just_looked_at(void **state)
{
	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 5);
	sim_at_race_point("reclaim: looked at, not unmapped", lock_it);
	reclaim_all();
	assert_true(sim_race_point_passed());
	assert_non_null(page_of(mm, 0));
	assert_eq(load(mm, 0), 5);
	test_mm_exit(mm);
}

/* ---- swap ---- */

static struct mm_struct *other;

static void other_reads_it(void)
{
	sim_set_hart(1);
	assert_eq(load(other, 0), 5);
}

/* Two processes share a page that is out, and both miss it in the swap cache: one of them reads it. */
static void test_a_slot_is_read_once(void **state)
{
	(void)state;
	sim_set_hart(0);
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 5);
	other = test_fork(mm);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	sim_at_race_point("swap_in: not in the cache, not read", other_reads_it);
	assert_eq(load(mm, 0), 5);
	assert_true(sim_race_point_passed());
	assert_ptr_equal(page_of(mm, 0), page_of(other, 0));
	test_mm_exit(mm);
	test_mm_exit(other);
}

static void swap_off(void)
{
	sim_set_hart(1);
	assert_panics("would sleep", swapoff());
}

/* swapoff() brings all back, but the fault under way is in the area still: it has to be waited for, which here is a panic. */
static void test_swapoff_waits_for_faults(void **state)
{
	(void)state;
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 5);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	sim_at_race_point("swap_in: not in the cache, not read", swap_off);
	assert_eq(load(mm, 0), 5);
	assert_true(sim_race_point_passed());
}

/* A swap area of one slot, so that what goes out next gets the same. */
static u8 the_slot[PAGE_SIZE];

static void move_it(struct swap_request *req)
{
	if (req->write)
		memcpy(the_slot, page_to_virt(req->page), PAGE_SIZE);
	else
		memcpy(page_to_virt(req->page), the_slot, PAGE_SIZE);
}

/* Another page with other contents goes out through the same entry, which then looks as before. */
static void replace_it(void)
{
	sim_set_hart(1);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_DONTNEED), 0);
	store(mm, 0, 6);
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	assert_null(page_of(mm, 0));
}

/* The fault has found the page in the swap cache; until it has the page's lock, the page leaves and another takes its slot. */
static void test_a_page_that_left_the_cache_is_not_mapped(void **state)
{
	static const struct swap_device small = { .name = "small", .nr = 2, .start = move_it };
	struct page *page;

	(void)state;
	sim_set_hart(0);
	assert_eq(swapoff(), 0);
	assert_eq(swapon(&small), 0);
	mm = test_mm();
	map_pages(mm, 0, 1, RW);
	store(mm, 0, 5);
	page = page_of(mm, 0);
	get_page(page);			/* so it stays in the cache */
	assert_eq(mm_madvise(mm, AT(0), PAGE_SIZE, MADV_PAGEOUT), 0);
	sim_at_race_point("lock_page", replace_it);
	assert_eq(load(mm, 0), 6);
	assert_true(sim_race_point_passed());
	put_page(page);
	test_mm_exit(mm);
	assert_eq(swapoff(), 0);
	assert_eq(sim_swapon(), 0);
}

/* ---- ASIDs ---- */

/*
 * More address spaces than ASIDs take turns on one hart: whoever gets another's ASID must not see that one's pages, though
 * the hart has run it before.
 */
static void test_an_asid_comes_without_translations(void **state)
{
	enum { SPACES = 3 << SIM_ASID_BITS };
	struct mm_struct *mms[SPACES];

	(void)state;
	for (unsigned int i = 0; i < SPACES; i++) {
		mms[i] = test_mm();
		map_pages(mms[i], 0, 1, RW);
		store(mms[i], 0, i);
	}
	for (unsigned int step = 1; step < 8; step += 2)
		for (unsigned int i = 0; i < SPACES; i++)
			assert_eq(load(mms[i * step % SPACES], 0), i * step % SPACES);
	for (unsigned int i = 0; i < SPACES; i++)
		test_mm_exit(mms[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		mm_unit_test(test_unmapping_what_is_out_but_not_flushed),
		mm_unit_test(test_protecting_what_is_out_but_not_flushed),
		mm_unit_test(test_locking_what_reclaim_has_just_looked_at),
		mm_unit_test(test_a_slot_is_read_once),
		cmocka_unit_test(test_swapoff_waits_for_faults),	/* and ends in the middle of it */
		mm_unit_test(test_a_page_that_left_the_cache_is_not_mapped),
		mm_unit_test(test_an_asid_comes_without_translations),
	};

	sim_boot();
	return RUN_APART("windows", tests);
}
