/* SPDX-License-Identifier: MIT */
/*
 * The cursor's looking part: walk, find, next, prev and their range and reverse variants. What the
 * cursor does at limits and in odd states is in test_states.c.
 *
 *	key	0 ... 9 | 10 ... 20 | 21 ... 29 | 30 .. 40 | 41 .. 49 | 50 | 51 ... max
 *	entry	  .     |     1     |     .     |     2    |    3     | 4  |     .
 */
#include "tests/host/maple/maple_test.h"

#define SAMPLE "10-20:1 30-40:2 41-49:3 50:4"

static void test_walk_sets_the_range_around_index(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
	mas_set(&mas, 20);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
	mas_set(&mas, 50);
	assert_at(&mas, mas_walk(&mas), ENTRY(4), 50, 50);
	mas_set(&mas, 9);
	assert_at(&mas, mas_walk(&mas), NULL, 0, 9);
	mas_set(&mas, 25);
	assert_at(&mas, mas_walk(&mas), NULL, 21, 29);
	mas_set(&mas, MAX);
	assert_at(&mas, mas_walk(&mas), NULL, 51, MAX);
	mas_set_range(&mas, 12, 45);	/* only index matters */
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
}

static void test_walk_in_an_empty_tree_gives_the_whole_key_space(void **state)
{
	MA_STATE(mas, *state, 77, 77);

	assert_at(&mas, mas_walk(&mas), NULL, 0, MAX);
	mas_set(&mas, 0);
	assert_at(&mas, mas_walk(&mas), NULL, 0, MAX);
	mas_set(&mas, MAX);
	assert_at(&mas, mas_walk(&mas), NULL, 0, MAX);
}

static void test_walk_is_a_new_search_whatever_the_state(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
	mas.index = mas.last = 45;		/* while active */
	assert_at(&mas, mas_walk(&mas), ENTRY(3), 41, 49);
	mas_pause(&mas);
	assert_at(&mas, mas_walk(&mas), ENTRY(3), 41, 49);
	assert_null(mas_next(&mas, 49));	/* overflow */
	assert_at(&mas, mas_walk(&mas), ENTRY(3), 41, 49);
	assert_null(mas_prev(&mas, 41));	/* underflow */
	assert_at(&mas, mas_walk(&mas), ENTRY(3), 41, 49);
	mas_reset(&mas);
	assert_at(&mas, mas_walk(&mas), ENTRY(3), 41, 49);
	mas.status = ma_none;
	assert_at(&mas, mas_walk(&mas), ENTRY(3), 41, 49);
}

static void test_walk_sees_writes_made_in_between(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
	mas_pause(&mas);
	fill(mt, "5-12:7");
	assert_at(&mas, mas_walk(&mas), ENTRY(7), 5, 12);
}

static void test_find_starts_with_the_entry_at_index(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(2), 30, 40);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(3), 41, 49);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(4), 50, 50);
	assert_at(&mas, mas_find(&mas, MAX), NULL, 51, MAX);
	assert_null(mas_find(&mas, MAX));
	mas_set(&mas, 21);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(2), 30, 40);
	mas_set(&mas, 0);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
}

static void test_find_from_start_with_max_at_index(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_find(&mas, 15), ENTRY(1), 10, 20);
	mas_set(&mas, 50);
	assert_at(&mas, mas_find(&mas, 50), ENTRY(4), 50, 50);
	mas_set(&mas, 25);
	assert_null(mas_find(&mas, 25));
}

static void test_find_never_passes_max(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_find(&mas, 9), NULL, 0, 9);
	mas_set(&mas, 0);
	assert_at(&mas, mas_find(&mas, 10), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find(&mas, 29), NULL, 21, 29);
	mas_set(&mas, 12);
	assert_at(&mas, mas_find(&mas, 35), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find(&mas, 35), ENTRY(2), 30, 40);
	assert_at(&mas, mas_find(&mas, 40), NULL, 30, 40);	/* last >= max: nothing changes */
	assert_at(&mas, mas_find(&mas, 41), ENTRY(3), 41, 49);
}

static void test_find_goes_on_with_a_greater_max(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	fill(mt, SAMPLE);
	assert_null(mas_find(&mas, 5));
	assert_at(&mas, mas_find(&mas, 20), ENTRY(1), 10, 20);
	assert_null(mas_find(&mas, 25));
	assert_at(&mas, mas_find(&mas, 30), ENTRY(2), 30, 40);
	assert_null(mas_find(&mas, 30));
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(3), 41, 49);
}

static void test_find_rev_mirrors_find(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 45, 45);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(3), 41, 49);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(2), 30, 40);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find_rev(&mas, 0), NULL, 0, 9);
	assert_null(mas_find_rev(&mas, 0));
	mas_set(&mas, 29);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(1), 10, 20);
	mas_set(&mas, MAX);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(4), 50, 50);
	mas_set(&mas, 35);
	assert_at(&mas, mas_find_rev(&mas, 35), ENTRY(2), 30, 40);
}

static void test_find_rev_never_passes_min(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 29, 29);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_find_rev(&mas, 21), NULL, 21, 29);
	mas_set(&mas, 29);
	assert_at(&mas, mas_find_rev(&mas, 20), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find_rev(&mas, 10), NULL, 10, 20);
	mas_set(&mas, 45);
	assert_at(&mas, mas_find_rev(&mas, 41), ENTRY(3), 41, 49);
	assert_at(&mas, mas_find_rev(&mas, 41), NULL, 41, 49);
	assert_at(&mas, mas_find_rev(&mas, 40), ENTRY(2), 30, 40);
}

static void test_for_each_and_its_reverse_visit_all_in_order(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long seen = 0;
	void *entry;
	MA_STATE(mas, mt, 0, 0);

	mas_for_each(&mas, entry, MAX)
		fail_msg("an empty tree has no entries");
	fill(mt, "0:1 10-20:2 30-40:3 41:4 max:5");
	mas_set(&mas, 0);
	mas_for_each(&mas, entry, MAX)
		assert_ptr_equal(entry, ENTRY(++seen));
	assert_int_equal(seen, 5);
	mas_set(&mas, MAX);
	mas_for_each_rev(&mas, entry, 0)
		assert_ptr_equal(entry, ENTRY(seen--));
	assert_int_equal(seen, 0);
	mas_set(&mas, 20);
	mas_for_each(&mas, entry, 40)
		seen = seen * 10 + ENTRY_NR(entry);
	assert_int_equal(seen, 23);
	mas_set(&mas, 35);
	seen = 0;
	mas_for_each_rev(&mas, entry, 10)
		seen = seen * 10 + ENTRY_NR(entry);
	assert_int_equal(seen, 32);
}

static void test_next_steps_from_the_range_at_index(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(2), 30, 40);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 41, 49);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(4), 50, 50);
	assert_at(&mas, mas_next(&mas, MAX), NULL, 51, MAX);
	assert_status(&mas, ma_overflow);
	mas_set(&mas, 5);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(1), 10, 20);
	mas_set(&mas, 25);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(2), 30, 40);
}

static void test_prev_steps_from_the_range_at_index(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 45, 45);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(2), 30, 40);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 20);
	assert_at(&mas, mas_prev(&mas, 0), NULL, 0, 9);
	assert_status(&mas, ma_underflow);
	mas_set(&mas, 100);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(4), 50, 50);
	mas_set(&mas, MAX);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(4), 50, 50);
	mas_set(&mas, 25);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 20);
}

static void test_next_and_prev_turn_round(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(2), 30, 40);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 20);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(2), 30, 40);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 41, 49);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(2), 30, 40);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(3), 41, 49);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(2), 30, 40);
}

static void test_next_from_index_to_max(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_next(&mas, 30), ENTRY(2), 30, 40);	/* starts at max */
	mas_set(&mas, 15);
	assert_at(&mas, mas_next(&mas, 29), NULL, 21, 29);
	assert_status(&mas, ma_overflow);
	mas_set(&mas, 45);
	assert_at(&mas, mas_prev(&mas, 40), ENTRY(2), 30, 40);	/* ends at min */
	mas_set(&mas, 35);
	assert_at(&mas, mas_prev(&mas, 21), NULL, 21, 29);
	assert_status(&mas, ma_underflow);
}

static void test_range_steps_stop_at_empty_ranges(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_next_range(&mas, MAX), NULL, 21, 29);
	assert_at(&mas, mas_next_range(&mas, MAX), ENTRY(2), 30, 40);
	assert_at(&mas, mas_next_range(&mas, MAX), ENTRY(3), 41, 49);
	assert_at(&mas, mas_next_range(&mas, MAX), ENTRY(4), 50, 50);
	assert_at(&mas, mas_next_range(&mas, MAX), NULL, 51, MAX);
	assert_at(&mas, mas_next_range(&mas, MAX), NULL, 51, MAX);
	assert_status(&mas, ma_overflow);
	mas_set(&mas, 35);
	assert_at(&mas, mas_prev_range(&mas, 0), NULL, 21, 29);
	assert_at(&mas, mas_prev_range(&mas, 0), ENTRY(1), 10, 20);
	assert_at(&mas, mas_prev_range(&mas, 0), NULL, 0, 9);
	assert_at(&mas, mas_prev_range(&mas, 0), NULL, 0, 9);
	assert_status(&mas, ma_underflow);
}

static void test_find_range_variants_stop_at_empty_ranges(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_find_range(&mas, MAX), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find_range(&mas, MAX), NULL, 21, 29);
	assert_at(&mas, mas_find_range(&mas, MAX), ENTRY(2), 30, 40);
	assert_at(&mas, mas_find_range(&mas, MAX), ENTRY(3), 41, 49);
	mas_set(&mas, 45);
	assert_at(&mas, mas_find_range_rev(&mas, 0), ENTRY(3), 41, 49);
	assert_at(&mas, mas_find_range_rev(&mas, 0), ENTRY(2), 30, 40);
	assert_at(&mas, mas_find_range_rev(&mas, 0), NULL, 21, 29);
	assert_at(&mas, mas_find_range_rev(&mas, 0), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find_range_rev(&mas, 0), NULL, 0, 9);
}

/* Every step over a few hundred ranges crosses nodes in both directions. */
static void test_steps_cross_nodes(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);
	const unsigned long n = 500;

	for (unsigned long i = 0; i < n; i++)
		assert_int_equal(mtree_store_range(mt, 10 * i, 10 * i + 6, ENTRY(i), GFP_KERNEL), 0);
	for (unsigned long i = 0; i < n; i++)
		assert_at(&mas, mas_find(&mas, MAX), ENTRY(i), 10 * i, 10 * i + 6);
	for (unsigned long i = n - 1; i-- > 0; )
		assert_at(&mas, mas_prev(&mas, 0), ENTRY(i), 10 * i, 10 * i + 6);
	for (unsigned long i = 0; i + 1 < n; i++) {
		assert_at(&mas, mas_next_range(&mas, MAX), NULL, 10 * i + 7, 10 * i + 9);
		assert_at(&mas, mas_next_range(&mas, MAX), ENTRY(i + 1), 10 * i + 10, 10 * i + 16);
	}
	for (unsigned long i = n - 1; i-- > 0; ) {
		assert_at(&mas, mas_prev_range(&mas, 0), NULL, 10 * i + 7, 10 * i + 9);
		assert_at(&mas, mas_prev_range(&mas, 0), ENTRY(i), 10 * i, 10 * i + 6);
	}
	for (unsigned long i = 0; i + 1 < n; i++) {	/* the limit falls on every slot */
		mas_set(&mas, 0);
		assert_at(&mas, mas_find(&mas, 10 * i), ENTRY(0), 0, 6);
		mas_set(&mas, 10 * i);
		assert_at(&mas, mas_next(&mas, 10 * i + 9), NULL, 10 * i + 7, 10 * i + 9);
		assert_status(&mas, ma_overflow);
		assert_at(&mas, mas_next(&mas, 10 * i + 10), ENTRY(i + 1), 10 * i + 10, 10 * i + 16);
		assert_at(&mas, mas_prev(&mas, 10 * i + 7), NULL, 10 * i + 7, 10 * i + 9);
		assert_status(&mas, ma_underflow);
		assert_at(&mas, mas_prev(&mas, 10 * i + 6), ENTRY(i), 10 * i, 10 * i + 6);
	}
}

static void test_entry_at_0_alone_is_walked_and_left(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	assert_int_equal(mtree_store(mt, 0, ENTRY(1), GFP_KERNEL), 0);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 0, 0);
	mas_set(&mas, 5);
	assert_at(&mas, mas_walk(&mas), NULL, 1, MAX);
	mas_set(&mas, 0);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 0, 0);
	assert_at(&mas, mas_find(&mas, MAX), NULL, 1, MAX);
	mas_set(&mas, 0);
	assert_at(&mas, mas_next(&mas, MAX), NULL, 1, MAX);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 0, 0);
	assert_null(mas_prev(&mas, 0));
	mas_set(&mas, 17);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 0, 0);
	mas_set(&mas, 17);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(1), 0, 0);
	mas_set(&mas, MAX);
	assert_null(mas_find(&mas, MAX));
}

static void test_entry_at_0_alone_is_not_found_beyond_the_limit(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 6, 6);

	assert_int_equal(mtree_store(mt, 0, ENTRY(1), GFP_KERNEL), 0);
	assert_at(&mas, mas_prev(&mas, 1), NULL, 1, MAX);
	mas_set(&mas, 6);
	assert_at(&mas, mas_prev_range(&mas, 3), NULL, 1, MAX);
	mas_set(&mas, 6);
	assert_at(&mas, mas_find_rev(&mas, 1), NULL, 1, MAX);
	mas_set(&mas, 6);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(1), 0, 0);
}

static void test_empty_tree_has_nothing_to_step_to(void **state)
{
	MA_STATE(mas, *state, 5, 5);

	assert_null(mas_find(&mas, MAX));
	mas_set(&mas, 5);
	assert_null(mas_find_rev(&mas, 0));
	mas_set(&mas, 5);
	assert_null(mas_next(&mas, MAX));
	mas_set(&mas, 5);
	assert_null(mas_prev(&mas, 0));
	mas_set(&mas, 5);
	assert_null(mas_next_range(&mas, MAX));
	mas_set(&mas, 5);
	assert_null(mas_prev_range(&mas, 0));
	mas_set(&mas, 5);
	assert_null(mas_find_range(&mas, MAX));
	mas_set(&mas, 5);
	assert_null(mas_erase(&mas));
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_walk_sets_the_range_around_index),
		TREE_TEST(test_walk_in_an_empty_tree_gives_the_whole_key_space),
		TREE_TEST(test_walk_is_a_new_search_whatever_the_state),
		TREE_TEST(test_walk_sees_writes_made_in_between),
		TREE_TEST(test_find_starts_with_the_entry_at_index),
		TREE_TEST(test_find_from_start_with_max_at_index),
		TREE_TEST(test_find_never_passes_max),
		TREE_TEST(test_find_goes_on_with_a_greater_max),
		TREE_TEST(test_find_rev_mirrors_find),
		TREE_TEST(test_find_rev_never_passes_min),
		TREE_TEST(test_for_each_and_its_reverse_visit_all_in_order),
		TREE_TEST(test_next_steps_from_the_range_at_index),
		TREE_TEST(test_prev_steps_from_the_range_at_index),
		TREE_TEST(test_next_and_prev_turn_round),
		TREE_TEST(test_next_from_index_to_max),
		TREE_TEST(test_range_steps_stop_at_empty_ranges),
		TREE_TEST(test_find_range_variants_stop_at_empty_ranges),
		TREE_TEST(test_steps_cross_nodes),
		TREE_TEST(test_entry_at_0_alone_is_walked_and_left),
		TREE_TEST(test_entry_at_0_alone_is_not_found_beyond_the_limit),
		TREE_TEST(test_empty_tree_has_nothing_to_step_to),
	};

	return RUN_TREE_TESTS("maple cursor", tests);
}
