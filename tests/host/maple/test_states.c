/* SPDX-License-Identifier: MIT */
/*
 * The cursor as a state machine: start, active, pause, none, overflow, underflow, root; what moves it
 * from one to the other, and that each of them knows where to go on. Also reader cursors that stay
 * active in RCU mode while the tree changes under them.
 */
#include "tests/host/maple/maple_test.h"

#define SAMPLE "10-20:1 30-40:2 50-60:3"

static void test_set_brings_back_to_start(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	fill(mt, SAMPLE);
	assert_status(&mas, ma_start);
	assert_non_null(mas_find(&mas, MAX));
	assert_status(&mas, ma_active);
	assert_true(mas_is_active(&mas));
	mas_set(&mas, 35);
	assert_status(&mas, ma_start);
	assert_true(mas.index == 35 && mas.last == 35);
	assert_non_null(mas_walk(&mas));
	mas_set_range(&mas, 12, 14);
	assert_status(&mas, ma_start);
	assert_true(mas.index == 12 && mas.last == 14);
	assert_non_null(mas_walk(&mas));
	mas_reset(&mas);
	assert_status(&mas, ma_start);
	assert_true(mas.index == 10 && mas.last == 20);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
}

static void test_next_at_the_limit_overflows_and_stays(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 35, 35);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(2), 30, 40);
	assert_at(&mas, mas_next(&mas, 40), NULL, 30, 40);
	assert_status(&mas, ma_overflow);
	assert_at(&mas, mas_next(&mas, 35), NULL, 30, 40);
	assert_status(&mas, ma_overflow);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 50, 60);
	assert_status(&mas, ma_active);
}

static void test_prev_at_the_limit_underflows_and_stays(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 35, 35);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(2), 30, 40);
	assert_at(&mas, mas_prev(&mas, 30), NULL, 30, 40);
	assert_status(&mas, ma_underflow);
	assert_at(&mas, mas_prev(&mas, 35), NULL, 30, 40);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 20);
	assert_status(&mas, ma_active);
}

static void test_limits_are_checked_from_start_too(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 35, 35);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_next(&mas, 35), NULL, 35, 35);
	assert_status(&mas, ma_overflow);
	mas_set(&mas, 35);
	assert_at(&mas, mas_prev(&mas, 35), NULL, 35, 35);
	assert_status(&mas, ma_underflow);
	mas_set_range(&mas, 31, 33);
	assert_at(&mas, mas_next(&mas, 32), NULL, 31, 33);
	mas_set_range(&mas, 31, 33);
	assert_at(&mas, mas_prev(&mas, 31), NULL, 31, 33);
}

static void test_prev_after_overflow_gives_the_entry_at_index_first(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 55, 55);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(3), 50, 60);
	assert_null(mas_next(&mas, 60));
	assert_status(&mas, ma_overflow);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(3), 50, 60);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(2), 30, 40);
	/* Overflowed into empty space: the entry before that space. */
	mas_set(&mas, 55);
	assert_at(&mas, mas_next(&mas, MAX), NULL, 61, MAX);
	assert_status(&mas, ma_overflow);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(3), 50, 60);
}

static void test_next_after_underflow_gives_the_entry_at_index_first(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
	assert_null(mas_prev(&mas, 10));
	assert_status(&mas, ma_underflow);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(1), 10, 20);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(2), 30, 40);
	mas_set(&mas, 15);
	assert_at(&mas, mas_prev(&mas, 0), NULL, 0, 9);
	assert_status(&mas, ma_underflow);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(1), 10, 20);
}

static void test_find_after_underflow_gives_the_entry_at_index(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
	assert_null(mas_prev(&mas, 10));
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(2), 30, 40);
	mas_set(&mas, 15);
	assert_at(&mas, mas_prev(&mas, 0), NULL, 0, 9);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
}

static void test_overflow_in_a_gap_goes_on_behind_it(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 15);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_next(&mas, 25), NULL, 21, 29);
	assert_status(&mas, ma_overflow);
	assert_at(&mas, mas_next(&mas, 28), NULL, 21, 29);
	assert_at(&mas, mas_next(&mas, 30), ENTRY(2), 30, 40);
	assert_at(&mas, mas_prev(&mas, 25), NULL, 21, 29);
	assert_status(&mas, ma_underflow);
	assert_at(&mas, mas_prev(&mas, 20), ENTRY(1), 10, 20);
}

static void test_pause_goes_on_behind_what_was_returned(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
	mas_pause(&mas);
	assert_status(&mas, ma_pause);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(2), 30, 40);
	mas_pause(&mas);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 50, 60);
	mas_pause(&mas);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(2), 30, 40);
	mas_pause(&mas);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(1), 10, 20);
	mas_pause(&mas);
	assert_null(mas_find_rev(&mas, 0));
}

static void test_pause_does_not_mind_what_happens_meanwhile(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	fill(mt, SAMPLE);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
	mas_pause(&mas);
	assert_ptr_equal(mtree_erase(mt, 10), ENTRY(1));
	fill(mt, "22:7");
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(7), 22, 22);
	mas_pause(&mas);
	mtree_destroy(mt);
	fill(mt, SAMPLE);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(2), 30, 40);
	mas_pause(&mas);
	assert_int_equal(mtree_store_range(mt, 25, 52, NULL, GFP_KERNEL), 0);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(3), 53, 60);
	mas_pause(&mas);
	assert_int_equal(mtree_store_range(mt, 15, 55, NULL, GFP_KERNEL), 0);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 14);
	mas_pause(&mas);
	fill(mt, "12-14:4 15-17:5");
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(5), 15, 17);
	mas_pause(&mas);
	mtree_destroy(mt);
	assert_null(mas_find(&mas, MAX));
}

/* Failed once: it was passed over. */
static void test_next_after_pause_finds_what_was_stored_across_the_end(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 105, 105);

	fill(mt, "0-10:1 100-110:2 200-210:3");
	assert_ptr_equal(mas_walk(&mas), ENTRY(2));
	mas_pause(&mas);
	assert_int_equal(mtree_store_range(mt, 108, 120, ENTRY(4), GFP_KERNEL), 0);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(4), 108, 120);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 200, 210);
}

static void test_pause_at_the_limit_stops(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 55, 55);

	fill(mt, SAMPLE " 100-max:4");
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(3), 50, 60);
	mas_pause(&mas);
	assert_null(mas_find(&mas, 60));
	mas_pause(&mas);
	assert_at(&mas, mas_find(&mas, 100), ENTRY(4), 100, MAX);
	mas_pause(&mas);
	assert_null(mas_find(&mas, MAX));	/* must not wrap round to key 0 */
	mas_pause(&mas);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(3), 50, 60);
	fill(mt, "0-5:9");
	mas_set(&mas, 0);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(9), 0, 5);
	mas_pause(&mas);
	assert_null(mas_find_rev(&mas, 0));
	mas_pause(&mas);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
}

static void test_none_set_by_the_user_searches_again(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 35, 35);

	fill(mt, SAMPLE);
	assert_non_null(mas_walk(&mas));
	mas.index = mas.last = 15;
	mas.status = ma_none;
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
	mas.index = mas.last = 35;
	mas.status = ma_none;
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 50, 60);
	mas.index = mas.last = 35;
	mas.status = ma_none;
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 20);
	mas.index = mas.last = 35;
	mas.status = ma_none;
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(2), 30, 40);
}

static void test_single_entry_at_0_is_the_root_state(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	assert_int_equal(mtree_store(mt, 0, ENTRY(1), GFP_KERNEL), 0);
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 0, 0);
	assert_status(&mas, ma_root);
	assert_at(&mas, mas_next(&mas, MAX), NULL, 1, MAX);
	assert_status(&mas, ma_none);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 0, 0);
	assert_status(&mas, ma_root);
	assert_at(&mas, mas_find(&mas, MAX), NULL, 1, MAX);
	assert_status(&mas, ma_none);
	assert_at(&mas, mas_find_rev(&mas, 0), ENTRY(1), 0, 0);
	mas_set(&mas, 0);
	assert_at(&mas, mas_next_range(&mas, MAX), NULL, 1, MAX);
	assert_at(&mas, mas_prev_range(&mas, 0), ENTRY(1), 0, 0);
	/* Paused on it: it is not returned twice. */
	mas_set(&mas, 0);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 0, 0);
	mas_pause(&mas);
	assert_null(mas_find(&mas, MAX));
}

static void test_empty_tree_is_the_none_state(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 5, 5);

	assert_null(mas_walk(&mas));
	assert_status(&mas, ma_none);
	mas_set(&mas, 5);
	assert_null(mas_find(&mas, MAX));
	assert_false(mas_is_active(&mas));
	mas_set(&mas, 5);
	fill(mt, "10-20:1");
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
	assert_status(&mas, ma_active);
}

static void test_index_written_while_active_is_where_walk_goes(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 35, 35);

	fill(mt, SAMPLE);
	assert_non_null(mas_walk(&mas));
	mas.index = 12;
	assert_at(&mas, mas_walk(&mas), ENTRY(1), 10, 20);
	mas.index = 1000;
	mas.last = 1000;
	assert_at(&mas, mas_walk(&mas), NULL, 61, MAX);
}

/*
 * A reader that stays active between two calls while the writer works: what it gets next is a range of
 * the tree as it is now, behind the last one, with nothing in between left out.
 */
static void test_active_reader_sees_the_tree_as_it_is_now(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	if (!(tree_flags() & MT_FLAGS_USE_RCU))
		return;
	fill(mt, SAMPLE);
	rcu_read_lock();
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(1), 10, 20);
	fill(mt, "25-27:7");
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(7), 25, 27);
	assert_int_equal(mtree_store_range(mt, 28, 45, NULL, GFP_KERNEL), 0);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 50, 60);
	assert_int_equal(mtree_store_range(mt, 22, 40, NULL, GFP_KERNEL), 0);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 20);
	fill(mt, "21-max:8");
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(8), 21, MAX);
	rcu_read_unlock();
}

/* What is stored over the cursor's range counts as where it is; after a pause, as what lies behind. */
static void test_what_is_stored_over_the_cursor_during_a_walk(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 35, 35);

	fill(mt, SAMPLE);
	if (tree_flags() & MT_FLAGS_USE_RCU) {
		rcu_read_lock();
		assert_at(&mas, mas_find(&mas, MAX), ENTRY(2), 30, 40);
		fill(mt, "38-45:7");
		assert_at(&mas, mas_find(&mas, MAX), ENTRY(3), 50, 60);
		fill(mt, "48-52:8");
		assert_at(&mas, mas_prev(&mas, 0), ENTRY(7), 38, 45);
		fill(mt, "25-47:9");
		assert_at(&mas, mas_next(&mas, MAX), ENTRY(8), 48, 52);
		rcu_read_unlock();
	}
	for (int i = 0; i < 2; i++) {
		mtree_destroy(mt);
		fill(mt, SAMPLE);
		mas_set(&mas, 35);
		assert_at(&mas, mas_find(&mas, MAX), ENTRY(2), 30, 40);
		mas_pause(&mas);
		fill(mt, "38-45:7");
		assert_at(&mas, i ? mas_next(&mas, MAX) : mas_find(&mas, MAX), ENTRY(7), 38, 45);
	}
	/* Over index too: to next it is the range to start from. */
	mas_pause(&mas);
	fill(mt, "33-47:8");
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 50, 60);
}

static void test_active_reader_survives_the_loss_of_the_whole_tree(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	if (!(tree_flags() & MT_FLAGS_USE_RCU))
		return;
	for (unsigned long i = 0; i < 400; i++)
		assert_int_equal(mtree_store(mt, 10 * i, ENTRY(i), GFP_KERNEL), 0);
	rcu_read_lock();
	for (unsigned long i = 0; i < 200; i++)
		assert_at(&mas, mas_find(&mas, MAX), ENTRY(i), 10 * i, 10 * i);
	assert_int_equal(mtree_store_range(mt, 0, MAX, NULL, GFP_KERNEL), 0);
	assert_null(mas_find(&mas, MAX));
	rcu_read_unlock();
	assert_tree(mt, "");
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_set_brings_back_to_start),
		TREE_TEST(test_next_at_the_limit_overflows_and_stays),
		TREE_TEST(test_prev_at_the_limit_underflows_and_stays),
		TREE_TEST(test_limits_are_checked_from_start_too),
		TREE_TEST(test_prev_after_overflow_gives_the_entry_at_index_first),
		TREE_TEST(test_next_after_underflow_gives_the_entry_at_index_first),
		TREE_TEST(test_find_after_underflow_gives_the_entry_at_index),
		TREE_TEST(test_overflow_in_a_gap_goes_on_behind_it),
		TREE_TEST(test_pause_goes_on_behind_what_was_returned),
		TREE_TEST(test_pause_does_not_mind_what_happens_meanwhile),
		TREE_TEST(test_next_after_pause_finds_what_was_stored_across_the_end),
		TREE_TEST(test_pause_at_the_limit_stops),
		TREE_TEST(test_none_set_by_the_user_searches_again),
		TREE_TEST(test_single_entry_at_0_is_the_root_state),
		TREE_TEST(test_empty_tree_is_the_none_state),
		TREE_TEST(test_index_written_while_active_is_where_walk_goes),
		TREE_TEST(test_active_reader_sees_the_tree_as_it_is_now),
		TREE_TEST(test_what_is_stored_over_the_cursor_during_a_walk),
		TREE_TEST(test_active_reader_survives_the_loss_of_the_whole_tree),
	};

	return RUN_TREE_TESTS("maple cursor states", tests);
}
