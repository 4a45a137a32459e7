/* SPDX-License-Identifier: MIT */
/*
 * The cursor's writing part: store, store_gfp, preallocate, bulk load, erase; and that the cursor knows
 * where it is afterwards. Failing allocations are in test_nomem.c.
 */
#include "tests/host/maple/maple_test.h"

#define SAMPLE "10-20:1 30-40:2 50-60:3"

static void test_store_returns_the_old_entry_at_the_first_key(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 5, 15);

	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_null(mas_store(&mas, ENTRY(7)));
	mas_set_range(&mas, 12, 35);
	assert_ptr_equal(mas_store(&mas, ENTRY(8)), ENTRY(7));
	mas_set_range(&mas, 12, 35);
	assert_ptr_equal(mas_store(&mas, NULL), ENTRY(8));
	mas_set_range(&mas, 12, 12);
	assert_null(mas_store(&mas, NULL));
	mas_set_range(&mas, 0, MAX);
	assert_null(mas_store(&mas, ENTRY(9)));
	mas_unlock(&mas);
	assert_tree(mt, "0-max:9");
}

static void test_store_returns_the_old_entry_of_tiny_trees(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	assert_null(mas_store(&mas, ENTRY(1)));
	mas_set(&mas, 0);
	assert_ptr_equal(mas_store(&mas, ENTRY(2)), ENTRY(1));
	mas_set_range(&mas, 1, 5);
	assert_null(mas_store(&mas, ENTRY(3)));
	mas_set_range(&mas, 0, 3);
	assert_ptr_equal(mas_store(&mas, ENTRY(4)), ENTRY(2));
	mas_set_range(&mas, 0, MAX);
	assert_ptr_equal(mas_store(&mas, NULL), ENTRY(4));
	assert_tree(mt, "");
}

static void test_store_leaves_the_cursor_on_what_it_stored(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 32, 35);

	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_ptr_equal(mas_store(&mas, ENTRY(7)), ENTRY(2));
	assert_true(mas.index == 32 && mas.last == 35);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(2), 36, 40);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(7), 32, 35);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(2), 30, 31);
	mas_set_range(&mas, 15, 55);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(8), GFP_KERNEL), 0);
	assert_true(mas.index == 15 && mas.last == 55);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 14);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(8), 15, 55);
	assert_at(&mas, mas_find(&mas, MAX), ENTRY(3), 56, 60);
	mas_unlock(&mas);
	assert_tree(mt, "10-14:1 15-55:8 56-60:3");
}

static void test_null_store_leaves_the_cursor_in_the_empty_range(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 30, 40);

	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_int_equal(mas_store_gfp(&mas, NULL, GFP_KERNEL), 0);
	assert_in_range(mas.index, 21, 30);
	assert_in_range(mas.last, 40, 49);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 50, 60);
	mas_set_range(&mas, 15, 17);
	assert_int_equal(mas_store_gfp(&mas, NULL, GFP_KERNEL), 0);
	assert_true(mas.index == 15 && mas.last == 17);
	assert_at(&mas, mas_prev(&mas, 0), ENTRY(1), 10, 14);
	mas_unlock(&mas);
	assert_tree(mt, "10-14:1 18-20:1 50-60:3");
}

static void test_store_after_walk_may_take_any_range(void **state)
{
	struct maple_tree *mt = *state;
	static const struct {
		unsigned long first, last;
		const char *want;
	} cases[] = {
		{ 30, 40, "10-20:1 30-40:9 50-60:3" },
		{ 33, 37, "10-20:1 30-32:2 33-37:9 38-40:2 50-60:3" },
		{ 30, 33, "10-20:1 30-33:9 34-40:2 50-60:3" },
		{ 33, 40, "10-20:1 30-32:2 33-40:9 50-60:3" },
		{ 25, 35, "10-20:1 25-35:9 36-40:2 50-60:3" },
		{ 35, 45, "10-20:1 30-34:2 35-45:9 50-60:3" },
		{ 35, 55, "10-20:1 30-34:2 35-55:9 56-60:3" },
		{ 15, 35, "10-14:1 15-35:9 36-40:2 50-60:3" },
		{ 5, 70, "5-70:9" },
		{ 0, MAX, "0-max:9" },
		{ 100, 200, "10-20:1 30-40:2 50-60:3 100-200:9" },
		{ 3, 4, "3-4:9 10-20:1 30-40:2 50-60:3" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		MA_STATE(mas, mt, 35, 35);

		mtree_destroy(mt);
		fill(mt, SAMPLE);
		assert_at(&mas, mas_walk(&mas), ENTRY(2), 30, 40);
		mas.index = cases[i].first;
		mas.last = cases[i].last;
		assert_int_equal(mas_store_gfp(&mas, ENTRY(9), GFP_KERNEL), 0);
		assert_true(mas.index == cases[i].first && mas.last == cases[i].last);
		assert_tree(mt, cases[i].want);
	}
}

static void test_set_range_within_keeps_the_position(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 35, 35);

	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_at(&mas, mas_walk(&mas), ENTRY(2), 30, 40);
	__mas_set_range(&mas, 32, 34);
	assert_true(mas.index == 32 && mas.last == 34);
	assert_ptr_equal(mas_store(&mas, ENTRY(7)), ENTRY(2));
	mas_unlock(&mas);
	assert_tree(mt, "10-20:1 30-31:2 32-34:7 35-40:2 50-60:3");
}

static void test_store_while_iterating_goes_on_behind(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);
	unsigned long seen = 0, nr = 300;
	void *entry;

	for (unsigned long i = 0; i < nr; i++)
		assert_int_equal(mtree_store_range(mt, 10 * i, 10 * i + 6, ENTRY(i), GFP_KERNEL), 0);
	mas_lock(&mas);
	mas_for_each(&mas, entry, MAX) {
		unsigned long first = mas.index;

		assert_ptr_equal(entry, ENTRY(seen));
		if (seen % 3 == 0) {			/* replace it */
			assert_ptr_equal(mas_store(&mas, ENTRY(seen + nr)), entry);
		} else if (seen % 3 == 1) {		/* split off its upper part */
			mas.index = first + 4;
			assert_int_equal(mas_store_gfp(&mas, ENTRY(seen + nr), GFP_KERNEL), 0);
		} else {				/* remove it */
			assert_int_equal(mas_store_gfp(&mas, NULL, GFP_KERNEL), 0);
		}
		seen++;
	}
	mas_unlock(&mas);
	assert_int_equal(seen, nr);
	mt_validate(mt);
	for (unsigned long i = 0; i < nr; i++) {
		assert_ptr_equal(mtree_load(mt, 10 * i),
				 i % 3 == 0 ? ENTRY(i + nr) : i % 3 == 1 ? ENTRY(i) : NULL);
		assert_ptr_equal(mtree_load(mt, 10 * i + 6), i % 3 == 2 ? NULL : ENTRY(i + nr));
		assert_null(mtree_load(mt, 10 * i + 7));
	}
}

static void test_store_over_the_neighbours_while_iterating(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);
	const unsigned long nr = 200;
	unsigned long seen = 0;
	void *entry;

	for (unsigned long i = 0; i < nr; i++)
		assert_int_equal(mtree_store_range(mt, 10 * i, 10 * i + 9, ENTRY(i), GFP_KERNEL), 0);
	mas_lock(&mas);
	mas_for_each(&mas, entry, MAX) {	/* swallow two of three followers, as merging does */
		assert_ptr_equal(entry, ENTRY(seen));
		mas.last = mas.index + 29;
		assert_int_equal(mas_store_gfp(&mas, ENTRY(seen), GFP_KERNEL), 0);
		seen += 3;
	}
	mas_unlock(&mas);
	mt_validate(mt);
	for (unsigned long i = 0; i < seen; i++)
		assert_ptr_equal(mtree_load(mt, 10 * i), ENTRY(i / 3 * 3));
}

static void test_erase_removes_the_range_and_goes_on(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 35, 35);
	void *entry;

	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_ptr_equal(mas_erase(&mas), ENTRY(2));
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(3), 50, 60);
	mas_set(&mas, 35);
	assert_null(mas_erase(&mas));
	mas_set(&mas, 100);
	assert_null(mas_erase(&mas));
	mas_set(&mas, 0);
	mas_for_each(&mas, entry, MAX)
		assert_ptr_equal(mas_erase(&mas), entry);
	mas_unlock(&mas);
	assert_tree(mt, "");
}

static void test_erase_every_entry_while_iterating(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);
	unsigned long seen = 0;
	void *entry;

	for (unsigned long i = 0; i < 300; i++)
		assert_int_equal(mtree_store(mt, i + i / 4, ENTRY(i), GFP_KERNEL), 0);
	mas_lock(&mas);
	mas_for_each(&mas, entry, MAX) {
		assert_ptr_equal(entry, ENTRY(seen++));
		assert_ptr_equal(mas_erase(&mas), entry);
	}
	mas_unlock(&mas);
	assert_int_equal(seen, 300);
	assert_tree(mt, "");
}

static void test_erase_at_key_0_and_at_max(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	mas_lock(&mas);
	assert_null(mas_erase(&mas));
	assert_int_equal(mas_store_gfp(&mas, ENTRY(1), GFP_KERNEL), 0);
	mas_set(&mas, 0);
	assert_ptr_equal(mas_erase(&mas), ENTRY(1));
	mas_set_range(&mas, MAX - 2, MAX);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(2), GFP_KERNEL), 0);
	mas_set(&mas, MAX);
	assert_ptr_equal(mas_erase(&mas), ENTRY(2));
	mas_unlock(&mas);
	assert_tree(mt, "");
}

static void test_preallocated_store_does_what_a_store_does(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 35);

	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_int_equal(mas_preallocate(&mas, ENTRY(7), GFP_KERNEL), 0);
	assert_true(mas.index == 15 && mas.last == 35);
	mas_store_prealloc(&mas, ENTRY(7));
	assert_true(mas.index == 15 && mas.last == 35);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(2), 36, 40);
	mas_unlock(&mas);
	assert_tree(mt, "10-14:1 15-35:7 36-40:2 50-60:3");
}

static void test_preallocate_changes_nothing_by_itself(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 35);

	fill(mt, SAMPLE);
	mas_lock(&mas);
	assert_int_equal(mas_preallocate(&mas, ENTRY(7), GFP_KERNEL), 0);
	mas_destroy(&mas);
	mas_unlock(&mas);
	assert_tree(mt, SAMPLE);
	mas_destroy(&mas);	/* harmless again */
	mas_set_range(&mas, 70, 80);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(8), GFP_KERNEL), 0);
	assert_tree(mt, SAMPLE " 70-80:8");
}

static void test_preallocate_may_be_repeated(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 35);

	fill(mt, SAMPLE);
	mas_lock(&mas);
	for (int i = 0; i < 5; i++)
		assert_int_equal(mas_preallocate(&mas, ENTRY(7), GFP_KERNEL), 0);
	mas_store_prealloc(&mas, ENTRY(7));
	/* The cursor is good for the next round: walk to where to store, narrow, reserve, store. */
	mas_set(&mas, 55);
	assert_at(&mas, mas_walk(&mas), ENTRY(3), 50, 60);
	__mas_set_range(&mas, 52, 54);
	assert_int_equal(mas_preallocate(&mas, NULL, GFP_KERNEL), 0);
	mas_store_prealloc(&mas, NULL);
	mas_unlock(&mas);
	assert_tree(mt, "10-14:1 15-35:7 36-40:2 50-51:3 55-60:3");
}

/* Its reserve is enough for a store, though another one has changed the tree, and perhaps made it higher. */
static void test_preallocate_any_before_another_store(void **state)
{
	struct maple_tree *mt = *state;

	mtree_lock(mt);
	for (unsigned long i = 0; i < 600; i++) {
		MA_STATE(other, mt, 10 * i, 10 * i + 4);
		MA_STATE(mas, mt, i * 7919 % (10 * i + 1), 10 * i + 2);
		unsigned int reserved;

		assert_int_equal(mas_preallocate_any(&mas, GFP_KERNEL), 0);
		reserved = mas.nr_alloc;
		assert_int_equal(mas_store_gfp(&other, ENTRY(1), GFP_KERNEL), 0);
		assert_int_equal(mas_preallocate(&mas, i % 2 ? ENTRY(2) : NULL, GFP_KERNEL), 0);
		assert_int_equal(mas.nr_alloc, reserved);
		if (i % 16 == 0)
			mas_store_prealloc(&mas, NULL);
		mas_destroy(&mas);
		assert_int_equal(mas.nr_alloc, 0);
	}
	mtree_unlock(mt);
}

static void test_preallocated_stores_at_every_place(void **state)
{
	struct maple_tree *mt = *state;
	const unsigned long n = 256;
	MA_STATE(mas, mt, 0, 0);

	for (unsigned long i = 0; i < n; i++) {
		unsigned long k = i * 97 % n * 4;

		mas_set_range(&mas, k, k + (i % 3 ? 3 : 9));
		assert_int_equal(mas_preallocate(&mas, ENTRY(i), GFP_KERNEL), 0);
		mas_store_prealloc(&mas, ENTRY(i));
		assert_ptr_equal(mtree_load(mt, k), ENTRY(i));
		mt_validate(mt);
	}
	for (unsigned long i = 0; i < n; i++) {
		unsigned long k = i * 61 % n * 4;

		mas_set_range(&mas, k, k + (i % 3 ? 3 : 30));
		assert_int_equal(mas_preallocate(&mas, NULL, GFP_KERNEL), 0);
		mas_store_prealloc(&mas, NULL);
		assert_null(mtree_load(mt, k));
		mt_validate(mt);
	}
}

static void bulk_load(struct maple_tree *mt, unsigned long announced, unsigned long stored)
{
	MA_STATE(mas, mt, 0, 0);

	mas_lock(&mas);
	assert_int_equal(mas_expected_entries(&mas, announced), 0);
	for (unsigned long i = 0; i < stored; i++) {
		mas_set_range(&mas, i * 10, i * 10 + (i % 2 ? 9 : 5));
		assert_null(mas_store(&mas, ENTRY(i)));
		assert_false(mas_is_err(&mas));
	}
	mas_destroy(&mas);
	mas_unlock(&mas);
	mt_validate(mt);
	for (unsigned long i = 0; i < stored; i++) {
		assert_ptr_equal(mtree_load(mt, i * 10), ENTRY(i));
		assert_ptr_equal(mtree_load(mt, i * 10 + 9), i % 2 ? ENTRY(i) : NULL);
	}
	assert_null(mtree_load(mt, stored * 10));
	assert_int_equal(mtree_empty(mt), stored == 0);
	mtree_destroy(mt);
}

static void test_bulk_load_takes_more_fewer_or_as_announced(void **state)
{
	struct maple_tree *mt = *state;
	static const unsigned long sizes[][2] = {
		{ 0, 0 }, { 1, 0 }, { 1, 1 }, { 10, 10 }, { 16, 17 }, { 1000, 1000 }, { 1000, 0 },
		{ 1000, 10 }, { 10, 1000 }, { 0, 50 }, { 5000, 4999 }, { 200, 321 },
	};

	mt_clear_in_rcu(mt);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		bulk_load(mt, sizes[i][0], sizes[i][1]);
}

static void test_bulk_loaded_tree_is_written_like_any_other(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	mt_clear_in_rcu(mt);
	mas_lock(&mas);
	assert_int_equal(mas_expected_entries(&mas, 400), 0);
	for (unsigned long i = 0; i < 400; i++) {
		mas_set(&mas, i * 2);
		mas_store(&mas, ENTRY(i));
	}
	mas_destroy(&mas);
	mas_set_range(&mas, 100, 500);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(999), GFP_KERNEL), 0);
	mas_unlock(&mas);
	mt_validate(mt);
	mt_set_in_rcu(mt);
	for (unsigned long i = 0; i < 400; i += 3)
		assert_int_equal(mtree_store(mt, i * 2, NULL, GFP_KERNEL), 0);
	mt_validate(mt);
	assert_ptr_equal(mtree_load(mt, 101), ENTRY(999));
	assert_ptr_equal(mtree_load(mt, 502), ENTRY(251));
	assert_null(mtree_load(mt, 6));
}

/* Under RCU a replaced leaf stays for its readers. A writer whose cursor is still in it must not store there. */
static void test_store_by_a_cursor_whose_leaf_was_replaced(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 4, 4);

	if (!(tree_flags() & MT_FLAGS_USE_RCU))
		return;				/* there the leaf is freed at once, and the cursor is void */
	for (unsigned long i = 0; i < 160; i++)
		assert_int_equal(mtree_store_range(mt, i * 4, i * 4 + 3, ENTRY(i), GFP_KERNEL), 0);
	rcu_read_lock();
	assert_ptr_equal(mas_walk(&mas), ENTRY(1));
	assert_int_equal(mtree_store(mt, 9, ENTRY(500), GFP_KERNEL), 0);
	mas_lock(&mas);
	assert_ptr_equal(mas_store(&mas, ENTRY(501)), ENTRY(1));	/* just the range of the cursor */
	mas_unlock(&mas);
	assert_ptr_equal(mtree_load(mt, 5), ENTRY(501));

	mas_set(&mas, 16);
	assert_ptr_equal(mas_walk(&mas), ENTRY(4));
	assert_int_equal(mtree_store(mt, 22, ENTRY(502), GFP_KERNEL), 0);
	mas.index = mas.last = 17;
	mas_lock(&mas);
	assert_ptr_equal(mas_store(&mas, ENTRY(503)), ENTRY(4));	/* a part of it */
	mas_unlock(&mas);
	assert_ptr_equal(mtree_load(mt, 17), ENTRY(503));
	assert_ptr_equal(mtree_load(mt, 16), ENTRY(4));
	rcu_read_unlock();
	mt_validate(mt);
}

static void test_nomem_and_error_are_false_without_an_error(void **state)
{
	MA_STATE(mas, *state, 3, 4);

	mas_lock(&mas);
	assert_false(mas_nomem(&mas, GFP_KERNEL));
	mas_store(&mas, ENTRY(1));
	assert_false(mas_nomem(&mas, GFP_KERNEL));
	assert_false(mas_is_err(&mas));
	mas_unlock(&mas);
	assert_tree(*state, "3-4:1");
}

static void test_store_works_with_no_lock_held(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 3, 4);

	mas_store(&mas, ENTRY(1));
	mas_set_range(&mas, 5, 6);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(2), GFP_KERNEL), 0);
	mas_set_range(&mas, 7, 8);
	assert_int_equal(mas_preallocate(&mas, ENTRY(3), GFP_KERNEL), 0);
	mas_store_prealloc(&mas, ENTRY(3));
	assert_tree(mt, "3-4:1 5-6:2 7-8:3");
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_store_returns_the_old_entry_at_the_first_key),
		TREE_TEST(test_store_returns_the_old_entry_of_tiny_trees),
		TREE_TEST(test_store_leaves_the_cursor_on_what_it_stored),
		TREE_TEST(test_null_store_leaves_the_cursor_in_the_empty_range),
		TREE_TEST(test_store_after_walk_may_take_any_range),
		TREE_TEST(test_set_range_within_keeps_the_position),
		TREE_TEST(test_store_while_iterating_goes_on_behind),
		TREE_TEST(test_store_over_the_neighbours_while_iterating),
		TREE_TEST(test_erase_removes_the_range_and_goes_on),
		TREE_TEST(test_erase_every_entry_while_iterating),
		TREE_TEST(test_erase_at_key_0_and_at_max),
		TREE_TEST(test_preallocated_store_does_what_a_store_does),
		TREE_TEST(test_preallocate_changes_nothing_by_itself),
		TREE_TEST(test_preallocate_may_be_repeated),
		TREE_TEST(test_preallocate_any_before_another_store),
		TREE_TEST(test_preallocated_stores_at_every_place),
		TREE_TEST(test_bulk_load_takes_more_fewer_or_as_announced),
		TREE_TEST(test_bulk_loaded_tree_is_written_like_any_other),
		TREE_TEST(test_store_by_a_cursor_whose_leaf_was_replaced),
		TREE_TEST(test_nomem_and_error_are_false_without_an_error),
		TREE_TEST(test_store_works_with_no_lock_held),
	};

	return RUN_TREE_TESTS("maple cursor stores", tests);
}
