/* SPDX-License-Identifier: MIT */
/*
 * The simple API (mtree_* and mt_*), claim by claim: storing, inserting, erasing, looking up.
 * Called by the test runner; every test runs on all four kinds of tree.
 */
#include "tests/host/maple/maple_test.h"

static void test_load_in_empty_tree_is_null(void **state)
{
	assert_null(mtree_load(*state, 0));
	assert_null(mtree_load(*state, 12345));
	assert_null(mtree_load(*state, MAX));
}

static void test_store_sets_one_key(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mtree_store(mt, 7, ENTRY(1), GFP_KERNEL), 0);
	assert_tree(mt, "7:1");
	assert_null(mtree_load(mt, 6));
	assert_null(mtree_load(mt, 8));
}

static void test_store_range_is_inclusive_at_both_ends(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mtree_store_range(mt, 10, 20, ENTRY(1), GFP_KERNEL), 0);
	assert_ptr_equal(mtree_load(mt, 10), ENTRY(1));
	assert_ptr_equal(mtree_load(mt, 15), ENTRY(1));
	assert_ptr_equal(mtree_load(mt, 20), ENTRY(1));
	assert_null(mtree_load(mt, 9));
	assert_null(mtree_load(mt, 21));
	assert_tree(mt, "10-20:1");
}

static void test_key_0_and_key_max_are_usable(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mtree_store(mt, 0, ENTRY(1), GFP_KERNEL), 0);
	assert_tree(mt, "0:1");
	assert_null(mtree_load(mt, 1));
	assert_int_equal(mtree_store(mt, MAX, ENTRY(2), GFP_KERNEL), 0);
	assert_tree(mt, "0:1 max:2");
	assert_ptr_equal(mtree_erase(mt, 0), ENTRY(1));
	assert_tree(mt, "max:2");
	assert_ptr_equal(mtree_erase(mt, MAX), ENTRY(2));
	assert_tree(mt, "");
}

static void test_one_range_may_cover_every_key(void **state)
{
	struct maple_tree *mt = *state;

	fill(mt, "0-max:1");
	assert_tree(mt, "0-max:1");
	fill(mt, "5:2");
	assert_tree(mt, "0-4:1 5:2 6-max:1");
	fill(mt, "0-max:3");
	assert_tree(mt, "0-max:3");
	assert_ptr_equal(mtree_erase(mt, 1234), ENTRY(3));
	assert_tree(mt, "");
}

static void test_store_of_null_clears(void **state)
{
	struct maple_tree *mt = *state;

	fill(mt, "10-20:1");
	assert_int_equal(mtree_store_range(mt, 10, 20, NULL, GFP_KERNEL), 0);
	assert_tree(mt, "");
	fill(mt, "0-max:1");
	assert_int_equal(mtree_store_range(mt, 0, MAX, NULL, GFP_KERNEL), 0);
	assert_tree(mt, "");
}

/*		10 ........ 20 ........ 30
 * before	A A A A A A A
 * store B		    B B B B B B
 */
static void test_store_keeps_the_lower_part_of_what_it_overlaps(void **state)
{
	fill(*state, "10-20:1 15-30:2");
	assert_tree(*state, "10-14:1 15-30:2");
}

static void test_store_keeps_the_upper_part_of_what_it_overlaps(void **state)
{
	fill(*state, "15-30:2 10-20:1");
	assert_tree(*state, "10-20:1 21-30:2");
}

static void test_store_into_the_middle_leaves_two_parts(void **state)
{
	fill(*state, "10-30:1 15-20:2");
	assert_tree(*state, "10-14:1 15-20:2 21-30:1");
}

static void test_null_into_the_middle_leaves_two_parts(void **state)
{
	fill(*state, "10-30:1");
	assert_int_equal(mtree_store_range(*state, 15, 20, NULL, GFP_KERNEL), 0);
	assert_tree(*state, "10-14:1 21-30:1");
}

static void test_store_replaces_everything_it_covers(void **state)
{
	fill(*state, "1:1 3:2 5-9:3 12:4 15-20:5 4-17:9");
	assert_tree(*state, "1:1 3:2 4-17:9 18-20:5");
}

static void test_equal_entries_in_adjacent_ranges_stay_apart(void **state)
{
	fill(*state, "10-14:1 15-19:1 20-29:1");
	assert_tree(*state, "10-14:1 15-19:1 20-29:1");
	/* The same entry over the middle of one of them splits it, too. */
	fill(*state, "22-24:1");
	assert_tree(*state, "10-14:1 15-19:1 20-21:1 22-24:1 25-29:1");
}

static void test_neighbouring_empty_stretches_are_one(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 12, 12);

	fill(mt, "0-9:1 10-14:2 15-19:3 20-29:4");
	assert_int_equal(mtree_store_range(mt, 10, 14, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 15, 19, NULL, GFP_KERNEL), 0);
	assert_at(&mas, mas_walk(&mas), NULL, 10, 19);
	assert_int_equal(mtree_store_range(mt, 12, 25, NULL, GFP_KERNEL), 0);
	mas_set(&mas, 11);
	assert_at(&mas, mas_walk(&mas), NULL, 10, 25);
	assert_tree(mt, "0-9:1 26-29:4");
}

static void test_insert_fails_only_where_something_is_stored(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mtree_insert(mt, 5, ENTRY(1), GFP_KERNEL), 0);
	assert_int_equal(mtree_insert(mt, 5, ENTRY(2), GFP_KERNEL), -EEXIST);
	assert_int_equal(mtree_insert(mt, 6, ENTRY(3), GFP_KERNEL), 0);
	assert_int_equal(mtree_insert(mt, 4, ENTRY(4), GFP_KERNEL), 0);
	assert_tree(mt, "4:4 5:1 6:3");
}

static void test_insert_at_0_and_max_sees_what_is_there(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mtree_insert(mt, 0, ENTRY(1), GFP_KERNEL), 0);
	assert_int_equal(mtree_insert(mt, 0, ENTRY(2), GFP_KERNEL), -EEXIST);
	assert_int_equal(mtree_insert(mt, MAX, ENTRY(3), GFP_KERNEL), 0);
	assert_int_equal(mtree_insert(mt, MAX, ENTRY(4), GFP_KERNEL), -EEXIST);
	assert_int_equal(mtree_insert_range(mt, 1, MAX, ENTRY(4), GFP_KERNEL), -EEXIST);
	assert_int_equal(mtree_insert_range(mt, 0, 5, ENTRY(4), GFP_KERNEL), -EEXIST);
	assert_int_equal(mtree_insert_range(mt, 1, MAX - 1, ENTRY(5), GFP_KERNEL), 0);
	assert_tree(mt, "0:1 1-max-1:5 max:3");
}

static void test_insert_range_fails_if_any_part_is_occupied(void **state)
{
	struct maple_tree *mt = *state;

	fill(mt, "10-20:1 40-50:2");
	static const unsigned long taken[][2] = {
		{ 10, 20 }, { 5, 10 }, { 20, 25 }, { 12, 13 }, { 0, 100 }, { 30, 40 }, { 15, 45 },
		{ 0, MAX }, { 50, MAX }, { 0, 10 }, { 21, 40 }, { 21, MAX },
	};
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		assert_int_equal(mtree_insert_range(mt, taken[i][0], taken[i][1], ENTRY(3),
						    GFP_KERNEL), -EEXIST);
		assert_tree(mt, "10-20:1 40-50:2");
	}
	assert_int_equal(mtree_insert_range(mt, 21, 39, ENTRY(3), GFP_KERNEL), 0);
	assert_int_equal(mtree_insert_range(mt, 0, 9, ENTRY(4), GFP_KERNEL), 0);
	assert_int_equal(mtree_insert_range(mt, 51, MAX, ENTRY(5), GFP_KERNEL), 0);
	assert_tree(mt, "0-9:4 10-20:1 21-39:3 40-50:2 51-max:5");
}

static void test_insert_of_an_equal_entry_still_fails(void **state)
{
	fill(*state, "10-20:1");
	assert_int_equal(mtree_insert_range(*state, 10, 20, ENTRY(1), GFP_KERNEL), -EEXIST);
	assert_tree(*state, "10-20:1");
}

static void test_erase_removes_the_whole_range_around_index(void **state)
{
	struct maple_tree *mt = *state;

	fill(mt, "0-9:1 10-20:2 21-30:3");
	assert_ptr_equal(mtree_erase(mt, 15), ENTRY(2));
	assert_tree(mt, "0-9:1 21-30:3");
	assert_null(mtree_erase(mt, 15));
	assert_null(mtree_erase(mt, 31));
	assert_ptr_equal(mtree_erase(mt, 30), ENTRY(3));
	assert_ptr_equal(mtree_erase(mt, 0), ENTRY(1));
	assert_tree(mt, "");
}

static void test_erase_in_an_empty_tree_is_null(void **state)
{
	assert_null(mtree_erase(*state, 0));
	assert_null(mtree_erase(*state, 17));
	assert_null(mtree_erase(*state, MAX));
	assert_tree(*state, "");
}

static void test_erase_takes_one_of_equal_neighbours(void **state)
{
	fill(*state, "10-14:1 15-19:1");
	assert_ptr_equal(mtree_erase(*state, 15), ENTRY(1));
	assert_tree(*state, "10-14:1");
}

static void test_empty_is_true_only_with_nothing_stored(void **state)
{
	struct maple_tree *mt = *state;

	assert_true(mtree_empty(mt));
	assert_int_equal(mtree_store(mt, 0, ENTRY(1), GFP_KERNEL), 0);
	assert_false(mtree_empty(mt));
	assert_int_equal(mtree_store(mt, 0, NULL, GFP_KERNEL), 0);
	assert_true(mtree_empty(mt));
	for (unsigned long i = 0; i < 200; i++)
		assert_int_equal(mtree_store(mt, i * 3, ENTRY(i), GFP_KERNEL), 0);
	for (unsigned long i = 0; i < 200; i++) {
		assert_false(mtree_empty(mt));
		assert_ptr_equal(mtree_erase(mt, i * 3), ENTRY(i));
	}
	assert_true(mtree_empty(mt));
}

static void test_find_gives_entry_and_moves_behind_it(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long index = 0;

	fill(mt, "10-20:1 30:2 50-60:3");
	assert_ptr_equal(mt_find(mt, &index, MAX), ENTRY(1));
	assert_int_equal(index, 21);
	assert_ptr_equal(mt_find(mt, &index, MAX), ENTRY(2));
	assert_int_equal(index, 31);
	index = 55;	/* inside a range: that range, and its end + 1 */
	assert_ptr_equal(mt_find(mt, &index, MAX), ENTRY(3));
	assert_int_equal(index, 61);
	assert_null(mt_find(mt, &index, MAX));
	assert_int_equal(index, 61);
}

static void test_find_respects_max(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long index = 0;

	fill(mt, "10-20:1");
	assert_null(mt_find(mt, &index, 9));
	assert_int_equal(index, 0);
	/* Only the start must be <= max; the range may reach beyond. */
	assert_ptr_equal(mt_find(mt, &index, 10), ENTRY(1));
	assert_int_equal(index, 21);
	index = 15;
	assert_ptr_equal(mt_find(mt, &index, 15), ENTRY(1));
	index = 16;
	assert_null(mt_find(mt, &index, 15));
	assert_int_equal(index, 16);
}

static void test_find_wraps_index_behind_ulong_max(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long index = 5;

	assert_null(mt_find(mt, &index, MAX));
	assert_int_equal(index, 5);
	fill(mt, "0:1 max-1-max:2");
	assert_ptr_equal(mt_find(mt, &index, MAX), ENTRY(2));
	assert_int_equal(index, 0);
	assert_null(mt_find_after(mt, &index, MAX));
	assert_int_equal(index, 0);
	assert_ptr_equal(mt_find(mt, &index, MAX), ENTRY(1));
	assert_int_equal(index, 1);
	assert_ptr_equal(mt_find_after(mt, &index, MAX), ENTRY(2));
	assert_int_equal(index, 0);
}

static void test_mt_for_each_visits_in_order_up_to_max(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long index = 0, seen = 0;
	void *entry;

	mt_for_each(mt, entry, index, MAX)
		fail_msg("an empty tree has no entries");
	fill(mt, "0:1 10-20:2 30-40:3 50:4 max:5");
	index = 0;
	mt_for_each(mt, entry, index, MAX)
		assert_int_equal(ENTRY_NR(entry), ++seen);
	assert_int_equal(seen, 5);
	seen = 1;
	index = 12;	/* from inside a range, to one that starts at max */
	mt_for_each(mt, entry, index, 30)
		assert_int_equal(ENTRY_NR(entry), ++seen);
	assert_int_equal(seen, 3);
}

static void test_mt_next_and_mt_prev_step_from_a_key(void **state)
{
	struct maple_tree *mt = *state;

	assert_null(mt_next(mt, 0, MAX));
	assert_null(mt_prev(mt, MAX, 0));
	fill(mt, "10-20:1 30-40:2 max:3");
	assert_ptr_equal(mt_next(mt, 0, MAX), ENTRY(1));
	assert_ptr_equal(mt_next(mt, 10, MAX), ENTRY(2));
	assert_ptr_equal(mt_next(mt, 20, MAX), ENTRY(2));
	assert_ptr_equal(mt_next(mt, 25, MAX), ENTRY(2));
	assert_null(mt_next(mt, 20, 29));
	assert_ptr_equal(mt_next(mt, 20, 30), ENTRY(2));
	assert_ptr_equal(mt_next(mt, 40, MAX), ENTRY(3));
	assert_null(mt_next(mt, MAX, MAX));
	assert_ptr_equal(mt_prev(mt, MAX, 0), ENTRY(2));
	assert_ptr_equal(mt_prev(mt, 35, 0), ENTRY(1));
	assert_null(mt_prev(mt, 35, 21));
	assert_ptr_equal(mt_prev(mt, 35, 20), ENTRY(1));
	assert_null(mt_prev(mt, 10, 0));
	assert_null(mt_prev(mt, 0, 0));
}

/* A thousand ranges: every kind of write on several levels, checked against what must be there. */
static void test_many_ranges_go_in_and_out(void **state)
{
	struct maple_tree *mt = *state;
	const unsigned long n = 1000;

	for (unsigned long i = 0; i < n; i++) {
		unsigned long k = i * 7919 % n * 10;

		assert_int_equal(mtree_insert_range(mt, k, k + 5, ENTRY(k), GFP_KERNEL), 0);
	}
	mt_validate(mt);
	for (unsigned long k = 0; k < n * 10; k++)
		assert_ptr_equal(mtree_load(mt, k), k % 10 <= 5 ? ENTRY(k / 10 * 10) : NULL);
	for (unsigned long i = 0; i < n; i++) {
		unsigned long k = i * 6007 % n * 10;

		assert_ptr_equal(mtree_erase(mt, k + 3), ENTRY(k));
		if (i % 16 == 0)
			mt_validate(mt);
	}
	assert_tree(mt, "");
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_load_in_empty_tree_is_null),
		TREE_TEST(test_store_sets_one_key),
		TREE_TEST(test_store_range_is_inclusive_at_both_ends),
		TREE_TEST(test_key_0_and_key_max_are_usable),
		TREE_TEST(test_one_range_may_cover_every_key),
		TREE_TEST(test_store_of_null_clears),
		TREE_TEST(test_store_keeps_the_lower_part_of_what_it_overlaps),
		TREE_TEST(test_store_keeps_the_upper_part_of_what_it_overlaps),
		TREE_TEST(test_store_into_the_middle_leaves_two_parts),
		TREE_TEST(test_null_into_the_middle_leaves_two_parts),
		TREE_TEST(test_store_replaces_everything_it_covers),
		TREE_TEST(test_equal_entries_in_adjacent_ranges_stay_apart),
		TREE_TEST(test_neighbouring_empty_stretches_are_one),
		TREE_TEST(test_insert_fails_only_where_something_is_stored),
		TREE_TEST(test_insert_at_0_and_max_sees_what_is_there),
		TREE_TEST(test_insert_range_fails_if_any_part_is_occupied),
		TREE_TEST(test_insert_of_an_equal_entry_still_fails),
		TREE_TEST(test_erase_removes_the_whole_range_around_index),
		TREE_TEST(test_erase_in_an_empty_tree_is_null),
		TREE_TEST(test_erase_takes_one_of_equal_neighbours),
		TREE_TEST(test_empty_is_true_only_with_nothing_stored),
		TREE_TEST(test_find_gives_entry_and_moves_behind_it),
		TREE_TEST(test_find_respects_max),
		TREE_TEST(test_find_wraps_index_behind_ulong_max),
		TREE_TEST(test_mt_for_each_visits_in_order_up_to_max),
		TREE_TEST(test_mt_next_and_mt_prev_step_from_a_key),
		TREE_TEST(test_many_ranges_go_in_and_out),
	};

	return RUN_TREE_TESTS("maple simple API", tests);
}
