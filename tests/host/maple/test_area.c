/* SPDX-License-Identifier: MIT */
/*
 * Looking for free stretches and taking them: mas_empty_area, its reverse, mtree_alloc_range, _rrange
 * and the cyclic ones. What needs gap tracking builds its own tree.
 */
#include "tests/host/maple/maple_test.h"

#define SAMPLE "10-20:1 30-40:2 50-60:3"	/* free: 0-9, 21-29, 41-49, 61-max */

static struct maple_tree *gap_tree(void **state)
{
	return tree_flags() & MT_FLAGS_ALLOC_RANGE ? *state : NULL;
}

static void expect_area(struct maple_tree *mt, unsigned long min, unsigned long max,
			unsigned long size, int want, unsigned long first)
{
	MA_STATE(mas, mt, 0, 0);
	int err = mas_empty_area(&mas, min, max, size);

	if (err != want || (!want && (mas.index != first || mas.last != first + size - 1)))
		fail_msg("lowest %lu in [%lu,%lu]: got %d [%lu,%lu], want %d %lu", size, min, max,
			 err, mas.index, mas.last, want, first);
}

static void expect_area_rev(struct maple_tree *mt, unsigned long min, unsigned long max,
			    unsigned long size, int want, unsigned long last)
{
	MA_STATE(mas, mt, 0, 0);
	int err = mas_empty_area_rev(&mas, min, max, size);

	if (err != want || (!want && (mas.last != last || mas.index != last - size + 1)))
		fail_msg("highest %lu in [%lu,%lu]: got %d [%lu,%lu], want %d %lu", size, min, max,
			 err, mas.index, mas.last, want, last);
}

static void test_empty_area_is_the_lowest_that_fits(void **state)
{
	struct maple_tree *mt = gap_tree(state);

	if (!mt)
		return;
	fill(mt, SAMPLE);
	expect_area(mt, 0, MAX, 1, 0, 0);
	expect_area(mt, 0, MAX, 10, 0, 0);
	expect_area(mt, 0, MAX, 11, 0, 61);
	expect_area(mt, 1, MAX, 10, 0, 61);
	expect_area(mt, 1, MAX, 9, 0, 1);
	expect_area(mt, 5, MAX, 9, 0, 21);
	expect_area(mt, 22, MAX, 9, 0, 41);
	expect_area(mt, 15, 45, 3, 0, 21);
	expect_area(mt, 35, 45, 5, 0, 41);
	expect_area(mt, 35, 45, 6, -EBUSY, 0);
	expect_area(mt, 10, 20, 1, -EBUSY, 0);
	expect_area(mt, 10, 60, 10, -EBUSY, 0);
	expect_area(mt, 70, MAX, 100, 0, 70);
	expect_area(mt, MAX, MAX, 1, 0, MAX);
	expect_area(mt, 0, MAX, MAX - 60, 0, 61);
	expect_area(mt, 0, MAX, MAX - 59, -EBUSY, 0);
}

static void test_empty_area_rev_is_the_highest_that_fits(void **state)
{
	struct maple_tree *mt = gap_tree(state);

	if (!mt)
		return;
	fill(mt, SAMPLE);
	expect_area_rev(mt, 0, MAX, 1, 0, MAX);
	expect_area_rev(mt, 0, 65, 5, 0, 65);
	expect_area_rev(mt, 0, 65, 6, 0, 49);
	expect_area_rev(mt, 0, 60, 9, 0, 49);
	expect_area_rev(mt, 0, 48, 9, 0, 29);
	expect_area_rev(mt, 0, 28, 9, 0, 9);
	expect_area_rev(mt, 0, 28, 10, 0, 9);
	expect_area_rev(mt, 1, 28, 10, -EBUSY, 0);
	expect_area_rev(mt, 45, 60, 5, 0, 49);
	expect_area_rev(mt, 46, 60, 5, -EBUSY, 0);
	expect_area_rev(mt, 10, 20, 1, -EBUSY, 0);
	expect_area_rev(mt, 0, 0, 1, 0, 0);
	expect_area_rev(mt, 0, 9, 10, 0, 9);
	expect_area_rev(mt, 0, MAX, MAX - 60, 0, MAX);
}

static void test_empty_area_of_an_empty_tree(void **state)
{
	struct maple_tree *mt = gap_tree(state);

	if (!mt)
		return;
	expect_area(mt, 0, MAX, 1, 0, 0);
	expect_area(mt, 17, 18, 2, 0, 17);
	expect_area(mt, 0, MAX, MAX, 0, 0);
	expect_area(mt, 5, MAX, MAX - 4, 0, 5);
	expect_area_rev(mt, 0, MAX, 1, 0, MAX);
	expect_area_rev(mt, 17, 18, 2, 0, 18);
	expect_area_rev(mt, 0, MAX, MAX, 0, MAX);
	expect_area_rev(mt, 0, 0, 1, 0, 0);
}

static void test_empty_area_beside_a_single_entry(void **state)
{
	struct maple_tree *mt = gap_tree(state);

	if (!mt)
		return;
	assert_int_equal(mtree_store(mt, 0, ENTRY(1), GFP_KERNEL), 0);
	expect_area(mt, 0, MAX, 1, 0, 1);
	expect_area(mt, 0, MAX, MAX, 0, 1);
	expect_area(mt, 0, 0, 1, -EBUSY, 0);
	expect_area(mt, 0, 5, 6, -EBUSY, 0);
	expect_area_rev(mt, 0, 9, 2, 0, 9);
	expect_area_rev(mt, 0, 9, 9, 0, 9);
	expect_area_rev(mt, 0, 9, 10, -EBUSY, 0);
	expect_area_rev(mt, 0, 0, 1, -EBUSY, 0);
}

static void test_empty_area_of_a_full_tree_is_ebusy(void **state)
{
	struct maple_tree *mt = gap_tree(state);

	if (!mt)
		return;
	fill(mt, "0-99:1 100-max:2");
	expect_area(mt, 0, MAX, 1, -EBUSY, 0);
	expect_area_rev(mt, 0, MAX, 1, -EBUSY, 0);
}

static void test_empty_area_refuses_bad_windows(void **state)
{
	struct maple_tree *mt = gap_tree(state);

	if (!mt)
		return;
	for (int filled = 0; filled < 3; filled++) {
		expect_area(mt, 10, 9, 1, -EINVAL, 0);
		expect_area(mt, 0, 9, 0, -EINVAL, 0);
		expect_area(mt, 0, 9, 11, -EINVAL, 0);
		expect_area(mt, 5, 5, 2, -EINVAL, 0);
		expect_area(mt, 1, MAX, MAX, filled ? -EBUSY : 0, 1);
		expect_area(mt, 2, MAX, MAX, -EINVAL, 0);
		expect_area(mt, MAX, 0, 1, -EINVAL, 0);
		expect_area_rev(mt, 10, 9, 1, -EINVAL, 0);
		expect_area_rev(mt, 0, 9, 0, -EINVAL, 0);
		expect_area_rev(mt, 0, 9, 11, -EINVAL, 0);
		expect_area_rev(mt, 2, MAX, MAX, -EINVAL, 0);
		fill(mt, filled ? SAMPLE : "7:1");
	}
}

static void test_empty_area_is_ready_for_a_store(void **state)
{
	struct maple_tree *mt = gap_tree(state);
	MA_STATE(mas, mt, 0, 0);

	if (!mt)
		return;
	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_int_equal(mas_empty_area(&mas, 15, MAX, 4), 0);
	assert_null(mas_store(&mas, ENTRY(7)));
	mas_reset(&mas);
	assert_int_equal(mas_empty_area_rev(&mas, 0, 55, 4), 0);
	assert_null(mas_store(&mas, ENTRY(8)));
	mas_reset(&mas);
	assert_int_equal(mas_empty_area_rev(&mas, 0, 55, 20), -EBUSY);
	mas_unlock(&mas);
	assert_tree(mt, "10-20:1 21-24:7 30-40:2 46-49:8 50-60:3");
}

/* Several levels; one hole of each size; the search must find just that one. */
static void test_empty_area_finds_the_only_hole_of_its_size(void **state)
{
	struct maple_tree *mt = gap_tree(state);
	const unsigned long n = 300;
	unsigned long at = 0, holes[300];

	if (!mt)
		return;
	for (unsigned long i = 0; i < n; i++) {
		unsigned long hole = i * 7 % n + 1;	/* a permutation of 1..n */

		assert_int_equal(mtree_store_range(mt, at, at + 4, ENTRY(i), GFP_KERNEL), 0);
		holes[hole - 1] = at + 5;
		at += 5 + hole;
	}
	assert_int_equal(mtree_store_range(mt, at, MAX, ENTRY(n), GFP_KERNEL), 0);
	mt_validate(mt);
	for (unsigned long size = n; size > 0; size--) {
		expect_area(mt, 0, MAX, size, 0, holes[size - 1]);
		expect_area_rev(mt, 0, MAX, size, 0, holes[size - 1] + size - 1);
		expect_area(mt, holes[size - 1], holes[size - 1] + size - 1, size, 0, holes[size - 1]);
		assert_int_equal(mtree_store_range(mt, holes[size - 1], holes[size - 1] + size - 1,
						   ENTRY(7), GFP_KERNEL), 0);
		expect_area(mt, 0, MAX, size, -EBUSY, 0);
		expect_area_rev(mt, 0, MAX, size, -EBUSY, 0);
	}
}

static void test_alloc_range_takes_the_lowest_place(void **state)
{
	struct maple_tree *mt = gap_tree(state);
	unsigned long start = 1234;

	if (!mt)
		return;
	fill(mt, SAMPLE);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(4), 5, 0, 100, GFP_KERNEL), 0);
	assert_int_equal(start, 0);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(5), 9, 0, 100, GFP_KERNEL), 0);
	assert_int_equal(start, 21);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(6), 10, 0, 68, GFP_KERNEL), -EBUSY);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(7), 8, 0, 68, GFP_KERNEL), 0);
	assert_int_equal(start, 41);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(8), 8, 0, 68, GFP_KERNEL), 0);
	assert_int_equal(start, 61);
	assert_tree(mt, "0-4:4 10-20:1 21-29:5 30-40:2 41-48:7 50-60:3 61-68:8");
}

static void test_alloc_rrange_takes_the_highest_place(void **state)
{
	struct maple_tree *mt = gap_tree(state);
	unsigned long start = 1234;

	if (!mt)
		return;
	fill(mt, SAMPLE);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(4), 5, 0, 70, GFP_KERNEL), 0);
	assert_int_equal(start, 66);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(5), 9, 0, 70, GFP_KERNEL), 0);
	assert_int_equal(start, 41);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(6), 10, 1, 70, GFP_KERNEL), -EBUSY);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(6), 10, 0, 70, GFP_KERNEL), 0);
	assert_int_equal(start, 0);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(7), 1, 0, MAX, GFP_KERNEL), 0);
	assert_true(start == MAX);
	assert_tree(mt, "0-9:6 10-20:1 30-40:2 41-49:5 50-60:3 66-70:4 max:7");
}

static void test_alloc_refuses_bad_arguments(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long start = 1234, next = 5;
	int plain = tree_flags() & MT_FLAGS_ALLOC_RANGE ? 0 : -EINVAL;

	fill(mt, "10-20:1");
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(4), 1, 9, 8, GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(4), 0, 0, 9, GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(4), 11, 0, 9, GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(4), 1, 9, 8, GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(4), 0, 0, 9, GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(4), 11, 0, 9, GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(4), 9, 8, &next, GFP_KERNEL), -EINVAL);
	assert_tree(mt, "10-20:1");
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(4), 10, 0, 9, GFP_KERNEL), plain);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(5), 10, 21, 30, GFP_KERNEL), plain);
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(6), 31, 31, &next, GFP_KERNEL), plain);
	assert_tree(mt, plain ? "10-20:1" : "0-9:4 10-20:1 21-30:5 31:6");
}

static void test_alloc_in_windows_at_the_ends_of_the_key_space(void **state)
{
	struct maple_tree *mt = gap_tree(state);
	unsigned long start = 1234;

	if (!mt)
		return;
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(1), 2, MAX - 1, MAX, GFP_KERNEL), 0);
	assert_true(start == MAX - 1);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(2), 2, 0, 1, GFP_KERNEL), 0);
	assert_int_equal(start, 0);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(3), 1, MAX - 1, MAX, GFP_KERNEL), -EBUSY);
	assert_int_equal(mtree_alloc_rrange(mt, &start, ENTRY(3), 1, 0, 1, GFP_KERNEL), -EBUSY);
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(3), MAX - 3, 0, MAX, GFP_KERNEL), 0);
	assert_int_equal(start, 2);
	assert_tree(mt, "0-1:2 2-max-2:3 max-1-max:1");
	assert_int_equal(mtree_alloc_range(mt, &start, ENTRY(3), 1, 0, MAX, GFP_KERNEL), -EBUSY);
}

static void test_cyclic_goes_up_and_wraps(void **state)
{
	struct maple_tree *mt = gap_tree(state);
	unsigned long start, next = 0;

	if (!mt)
		return;
	for (unsigned long i = 3; i <= 6; i++) {
		assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(i), 3, 6, &next, GFP_KERNEL), 0);
		assert_int_equal(start, i);
		assert_int_equal(next, i + 1);
	}
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(9), 3, 6, &next, GFP_KERNEL), -EBUSY);
	assert_ptr_equal(mtree_erase(mt, 4), ENTRY(4));
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(7), 3, 6, &next, GFP_KERNEL), 1);
	assert_int_equal(start, 4);
	assert_int_equal(next, 5);
	assert_ptr_equal(mtree_erase(mt, 3), ENTRY(3));
	assert_ptr_equal(mtree_erase(mt, 6), ENTRY(6));
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(8), 3, 6, &next, GFP_KERNEL), 0);
	assert_int_equal(start, 6);
	assert_tree(mt, "4:7 5:5 6:8");
}

static void test_cyclic_wraps_behind_ulong_max(void **state)
{
	struct maple_tree *mt = gap_tree(state);
	unsigned long start, next = MAX;

	if (!mt)
		return;
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(1), 1, MAX, &next, GFP_KERNEL), 0);
	assert_true(start == MAX);
	assert_int_equal(next, 0);
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(2), 1, MAX, &next, GFP_KERNEL), 1);
	assert_int_equal(start, 1);
	assert_int_equal(next, 2);
	assert_int_equal(mtree_alloc_cyclic(mt, &start, ENTRY(3), 1, MAX, &next, GFP_KERNEL), 0);
	assert_int_equal(start, 2);
	assert_tree(mt, "1:2 2:3 max:1");
}

static void test_cursor_cyclic_leaves_the_key_in_the_cursor(void **state)
{
	struct maple_tree *mt = gap_tree(state);
	unsigned long start, next = 12;
	MA_STATE(mas, mt, 0, 0);

	if (!mt)
		return;
	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_int_equal(mas_alloc_cyclic(&mas, &start, ENTRY(4), 5, 22, &next, GFP_KERNEL), 0);
	assert_int_equal(start, 21);
	assert_true(mas.index == 21 && mas.last == 21);
	mas_set(&mas, 0);
	assert_int_equal(mas_alloc_cyclic(&mas, &start, ENTRY(5), 5, 22, &next, GFP_KERNEL), 0);
	mas_set(&mas, 0);
	assert_int_equal(mas_alloc_cyclic(&mas, &start, ENTRY(6), 5, 22, &next, GFP_KERNEL), 1);
	assert_true(mas.index == 5 && mas.last == 5 && start == 5 && next == 6);
	mas_set(&mas, 0);
	next = 0;
	assert_int_equal(mas_alloc_cyclic(&mas, &start, ENTRY(7), 10, 15, &next, GFP_KERNEL), -EBUSY);
	mas_unlock(&mas);
	assert_int_equal(next, 0);
	assert_tree(mt, "5:6 10-20:1 21:4 22:5 30-40:2 50-60:3");
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_empty_area_is_the_lowest_that_fits),
		TREE_TEST(test_empty_area_rev_is_the_highest_that_fits),
		TREE_TEST(test_empty_area_of_an_empty_tree),
		TREE_TEST(test_empty_area_beside_a_single_entry),
		TREE_TEST(test_empty_area_of_a_full_tree_is_ebusy),
		TREE_TEST(test_empty_area_refuses_bad_windows),
		TREE_TEST(test_empty_area_is_ready_for_a_store),
		TREE_TEST(test_empty_area_finds_the_only_hole_of_its_size),
		TREE_TEST(test_alloc_range_takes_the_lowest_place),
		TREE_TEST(test_alloc_rrange_takes_the_highest_place),
		TREE_TEST(test_alloc_refuses_bad_arguments),
		TREE_TEST(test_alloc_in_windows_at_the_ends_of_the_key_space),
		TREE_TEST(test_cyclic_goes_up_and_wraps),
		TREE_TEST(test_cyclic_wraps_behind_ulong_max),
		TREE_TEST(test_cursor_cyclic_leaves_the_key_in_the_cursor),
	};

	return RUN_TREE_TESTS("maple free areas", tests);
}
