/* SPDX-License-Identifier: MIT */
/*
 * Which bit patterns may be stored, and what the zero entry is; then bad arguments of every kind:
 * the documented error comes back and the tree is as it was.
 */
#include "tests/host/maple/maple_test.h"

static void test_any_low_bits_are_an_entry_at_key_0(void **state)
{
	struct maple_tree *mt = *state;
	char *block = aligned_alloc(256, 256);

	/* An aligned pointer plus any byte: among them everything a node pointer could look like. */
	for (unsigned long low = 0; low < 256; low++) {
		void *entry = block + low;
		unsigned long index = 0;
		MA_STATE(mas, mt, 0, 0);

		assert_int_equal(mtree_store(mt, 0, entry, GFP_KERNEL), 0);
		mt_validate(mt);
		assert_ptr_equal(mtree_load(mt, 0), entry);
		assert_null(mtree_load(mt, 1));
		assert_ptr_equal(mt_find(mt, &index, MAX), entry);
		assert_at(&mas, mas_walk(&mas), entry, 0, 0);
		assert_null(mas_next(&mas, MAX));
		assert_int_equal(mtree_insert(mt, 0, ENTRY(1), GFP_KERNEL), -EEXIST);
		assert_int_equal(mtree_store(mt, 5, block + (low ^ 2), GFP_KERNEL), 0);
		assert_ptr_equal(mtree_load(mt, 0), entry);
		assert_ptr_equal(mtree_erase(mt, 5), block + (low ^ 2));
		assert_ptr_equal(mtree_erase(mt, 0), entry);
		assert_true(mtree_empty(mt));
	}
	free(block);
}

static void test_any_low_bits_are_an_entry_in_a_leaf(void **state)
{
	struct maple_tree *mt = *state;
	char *block = aligned_alloc(256, 256);
	unsigned long index = 0, seen = 0;
	void *entry;

	for (unsigned long low = 0; low < 256; low++)
		assert_int_equal(mtree_store_range(mt, low * 3, low * 3 + low % 3, block + low,
						   GFP_KERNEL), 0);
	mt_validate(mt);
	mt_for_each(mt, entry, index, MAX)
		assert_ptr_equal(entry, block + seen++);
	assert_int_equal(seen, 256);
	for (unsigned long low = 0; low < 256; low++)
		assert_ptr_equal(mtree_erase(mt, low * 3), block + low);
	free(block);
}

static void test_small_values_that_are_not_reserved(void **state)
{
	struct maple_tree *mt = *state;

	for (unsigned long v = 1; v < 4200; v++) {
		if (v < 4096 && (v & 3) == 2)
			continue;
		assert_int_equal(mtree_store(mt, 0, (void *)v, GFP_KERNEL), 0);
		assert_ptr_equal(mtree_load(mt, 0), (void *)v);
		assert_int_equal(mtree_store(mt, v, (void *)v, GFP_KERNEL), 0);
	}
	mt_validate(mt);
	for (unsigned long v = 1; v < 4200; v++)
		if (v >= 4096 || (v & 3) != 2)
			assert_ptr_equal(mtree_load(mt, v), (void *)v);
}

static void test_values_of_all_ones_and_the_sign_bit(void **state)
{
	struct maple_tree *mt = *state;
	void *odd[] = { (void *)MAX, (void *)(MAX - 1), (void *)(1UL << 63), (void *)-EINVAL,
			(void *)(unsigned long)-4095, (void *)((-12UL << 2) | 2) };

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		MA_STATE(mas, mt, 0, 0);

		assert_int_equal(mtree_store(mt, 0, odd[i], GFP_KERNEL), 0);
		assert_ptr_equal(mtree_load(mt, 0), odd[i]);
		assert_at(&mas, mas_walk(&mas), odd[i], 0, 0);
		mt_validate(mt);
		assert_int_equal(mtree_store(mt, i + 1, odd[i], GFP_KERNEL), 0);
		assert_ptr_equal(mtree_load(mt, i + 1), odd[i]);
		mt_validate(mt);
		assert_ptr_equal(mtree_erase(mt, i + 1), odd[i]);
	}
}

static void test_reserved_values_are_refused_and_nothing_changes(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long start = 4711, next = 0;

	fill(mt, "0:1 10-20:2");
	for (unsigned long v = 2; v <= 1026; v += 4) {
		void *bad = (void *)v;

		assert_int_equal(mtree_store(mt, 5, bad, GFP_KERNEL), -EINVAL);
		assert_int_equal(mtree_store_range(mt, 5, 15, bad, GFP_KERNEL), -EINVAL);
		assert_int_equal(mtree_insert(mt, 5, bad, GFP_KERNEL), -EINVAL);
		assert_int_equal(mtree_insert_range(mt, 30, 40, bad, GFP_KERNEL), -EINVAL);
		assert_int_equal(mtree_alloc_range(mt, &start, bad, 1, 0, 9, GFP_KERNEL), -EINVAL);
		assert_int_equal(mtree_alloc_rrange(mt, &start, bad, 1, 0, 9, GFP_KERNEL), -EINVAL);
		assert_int_equal(mtree_alloc_cyclic(mt, &start, bad, 0, 9, &next, GFP_KERNEL), -EINVAL);
	}
	assert_int_equal(start, 4711);
	assert_int_equal(next, 0);
	assert_tree(mt, "0:1 10-20:2");
}

static void test_zero_entry_occupies_but_is_not_loaded(void **state)
{
	struct maple_tree *mt = *state;
	unsigned long index = 0, seen = 0;
	void *entry;

	assert_int_equal(mtree_store_range(mt, 10, 20, ZERO_ENTRY, GFP_KERNEL), 0);
	assert_false(mtree_empty(mt));
	assert_null(mtree_load(mt, 10));
	assert_null(mt_find(mt, &index, MAX));
	assert_int_equal(mtree_insert(mt, 15, ENTRY(1), GFP_KERNEL), -EEXIST);
	assert_int_equal(mtree_insert_range(mt, 5, 10, ENTRY(1), GFP_KERNEL), -EEXIST);
	fill(mt, "5:1 21-25:2");
	index = 0;
	mt_for_each(mt, entry, index, MAX)
		assert_int_equal(ENTRY_NR(entry), ++seen);
	assert_int_equal(seen, 2);
	index = 10;	/* from inside the zero entry to what follows it */
	assert_ptr_equal(mt_find(mt, &index, MAX), ENTRY(2));
	assert_int_equal(index, 26);
	mt_validate(mt);
}

static void test_zero_entry_is_seen_by_the_cursor(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 12, 12);

	assert_int_equal(mtree_store_range(mt, 10, 20, ZERO_ENTRY, GFP_KERNEL), 0);
	fill(mt, "5:1 30:2");
	assert_at(&mas, mas_walk(&mas), ZERO_ENTRY, 10, 20);
	mas_set(&mas, 5);
	assert_at(&mas, mas_next(&mas, MAX), ZERO_ENTRY, 10, 20);
	assert_at(&mas, mas_next(&mas, MAX), ENTRY(2), 30, 30);
	assert_at(&mas, mas_prev(&mas, 0), ZERO_ENTRY, 10, 20);
	mas_set(&mas, 6);
	assert_at(&mas, mas_find(&mas, MAX), ZERO_ENTRY, 10, 20);
	mas_set(&mas, 25);
	assert_at(&mas, mas_find_rev(&mas, 0), ZERO_ENTRY, 10, 20);
}

static void test_zero_entry_is_overwritten_and_erased(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mtree_store(mt, 0, ZERO_ENTRY, GFP_KERNEL), 0);
	assert_false(mtree_empty(mt));
	assert_null(mtree_load(mt, 0));
	mt_validate(mt);
	assert_ptr_equal(mtree_erase(mt, 0), ZERO_ENTRY);
	assert_true(mtree_empty(mt));
	assert_int_equal(mtree_store_range(mt, 10, 20, ZERO_ENTRY, GFP_KERNEL), 0);
	fill(mt, "10-15:1");
	assert_int_equal(mtree_store_range(mt, 16, 20, NULL, GFP_KERNEL), 0);
	assert_tree(mt, "10-15:1");
}

static void test_gap_search_skips_the_zero_entry(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 0, 0);

	if (!(tree_flags() & MT_FLAGS_ALLOC_RANGE))
		return;
	assert_int_equal(mtree_store_range(mt, 5, 20, ZERO_ENTRY, GFP_KERNEL), 0);
	assert_int_equal(mas_empty_area(&mas, 0, 100, 6), 0);
	assert_true(mas.index == 21 && mas.last == 26);
	mas_set(&mas, 0);
	assert_int_equal(mas_empty_area_rev(&mas, 0, 20, 3), 0);
	assert_true(mas.index == 2 && mas.last == 4);
}

static void test_first_above_last_is_einval(void **state)
{
	struct maple_tree *mt = *state;

	fill(mt, "10-20:1");
	assert_int_equal(mtree_store_range(mt, 15, 14, ENTRY(2), GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_store_range(mt, MAX, 0, ENTRY(2), GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_store_range(mt, 15, 14, NULL, GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_insert_range(mt, 30, 29, ENTRY(2), GFP_KERNEL), -EINVAL);
	assert_int_equal(mtree_insert_range(mt, 1, 0, ENTRY(2), GFP_KERNEL), -EINVAL);
	assert_tree(mt, "10-20:1");
}

static void test_cursor_with_index_above_last_stores_nothing(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 15, 14);

	fill(mt, "10-20:1");
	assert_int_equal(mas_store_gfp(&mas, ENTRY(2), GFP_KERNEL), -EINVAL);
	assert_true(mas_is_err(&mas));
	assert_false(mas_nomem(&mas, GFP_KERNEL));
	mas_set_range(&mas, 15, 14);
	assert_int_equal(mas_store_gfp(&mas, NULL, GFP_KERNEL), -EINVAL);
	mas_set_range(&mas, MAX, 0);
	assert_int_equal(mas_preallocate(&mas, ENTRY(2), GFP_KERNEL), -EINVAL);
	mas_set_range(&mas, 15, 14);
	assert_null(mas_store(&mas, ENTRY(2)));
	assert_true(mas_is_err(&mas));
	assert_tree(mt, "10-20:1");
	mas_set_range(&mas, 14, 15);	/* and the cursor is good again */
	assert_int_equal(mas_store_gfp(&mas, ENTRY(2), GFP_KERNEL), 0);
	assert_tree(mt, "10-13:1 14-15:2 16-20:1");
}

static void test_look_ups_beyond_their_limit_find_nothing(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 30, 30);
	unsigned long index = 30;

	fill(mt, "10-20:1 30-40:2");
	assert_null(mas_find(&mas, 29));
	mas_set(&mas, 15);
	assert_null(mas_find_rev(&mas, 16));
	mas_set(&mas, 15);
	assert_null(mas_next(&mas, 3));
	mas_set(&mas, 15);
	assert_null(mas_prev(&mas, 60));
	assert_null(mas_find(&mas, 10));	/* stopped below, and max is lower still */
	assert_null(mt_find(mt, &index, 29));
	assert_int_equal(index, 30);
	assert_null(mt_next(mt, 30, 10));
	assert_null(mt_prev(mt, 15, 40));
	assert_tree(mt, "10-20:1 30-40:2");
}

static void test_null_over_nothing_changes_nothing(void **state)
{
	struct maple_tree *mt = *state;

	assert_int_equal(mtree_store_range(mt, 0, MAX, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 5, 9, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store(mt, 0, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store(mt, MAX, NULL, GFP_KERNEL), 0);
	assert_tree(mt, "");
	fill(mt, "0:1");
	assert_int_equal(mtree_store_range(mt, 1, MAX, NULL, GFP_KERNEL), 0);
	assert_tree(mt, "0:1");
	fill(mt, "10-20:1");
	assert_int_equal(mtree_store_range(mt, 1, 9, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 3, 4, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 21, 21, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 21, MAX, NULL, GFP_KERNEL), 0);
	assert_int_equal(mtree_store_range(mt, 100, 200, NULL, GFP_KERNEL), 0);
	assert_tree(mt, "0:1 10-20:1");
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_any_low_bits_are_an_entry_at_key_0),
		TREE_TEST(test_any_low_bits_are_an_entry_in_a_leaf),
		TREE_TEST(test_small_values_that_are_not_reserved),
		TREE_TEST(test_values_of_all_ones_and_the_sign_bit),
		TREE_TEST(test_reserved_values_are_refused_and_nothing_changes),
		TREE_TEST(test_zero_entry_occupies_but_is_not_loaded),
		TREE_TEST(test_zero_entry_is_seen_by_the_cursor),
		TREE_TEST(test_zero_entry_is_overwritten_and_erased),
		TREE_TEST(test_gap_search_skips_the_zero_entry),
		TREE_TEST(test_first_above_last_is_einval),
		TREE_TEST(test_cursor_with_index_above_last_stores_nothing),
		TREE_TEST(test_look_ups_beyond_their_limit_find_nothing),
		TREE_TEST(test_null_over_nothing_changes_nothing),
	};

	return RUN_TREE_TESTS("maple entries and bad input", tests);
}
