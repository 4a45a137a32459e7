/* SPDX-License-Identifier: MIT */
/*
 * Every block that the tree takes from malloc comes back: counted after mtree_destroy() and rcu_barrier(),
 * in the ordinary hosted build.
 */
#include "tests/host/maple/maple_test.h"
#include "tests/host/maple/wrap_malloc.h"

static void grow(struct maple_tree *mt, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		assert_int_equal(mtree_store_range(mt, i * 5, i * 5 + 3 + i % 2, ENTRY(i), GFP_KERNEL), 0);
}

static void test_destroyed_or_emptied_tree_owns_no_block(void **state)
{
	static const unsigned long sizes[] = { 0, 1, 3, 15, 16, 17, 150, 1501 };
	struct maple_tree *mt = *state;
	long live = live_blocks();

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		grow(mt, sizes[i]);
		mtree_destroy(mt);
		rcu_barrier();
		assert_int_equal(live_blocks(), live);
		grow(mt, sizes[i]);
		assert_int_equal(mtree_store_range(mt, 0, MAX, NULL, GFP_KERNEL), 0);
		rcu_barrier();
		assert_int_equal(live_blocks(), live);
		grow(mt, sizes[i]);
		for (unsigned long k = 0; k < sizes[i]; k++)
			assert_non_null(mtree_erase(mt, (k * 7 + 3) % sizes[i] * 5));
		assert_true(mtree_empty(mt));
		rcu_barrier();
		assert_int_equal(live_blocks(), live);
	}
}

static void test_copies_own_their_blocks(void **state)
{
	struct maple_tree *mt = *state, copy;
	long live = live_blocks(), one;

	grow(mt, 500);
	rcu_barrier();
	one = live_blocks() - live;
	mt_init_flags(&copy, tree_flags());
	assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), 0);
	assert_int_equal(live_blocks(), live + 2 * one);
	mtree_destroy(mt);
	rcu_barrier();
	assert_int_equal(live_blocks(), live + one);
	mtree_destroy(&copy);
	rcu_barrier();
	assert_int_equal(live_blocks(), live);
}

static void test_bulk_load_gives_back_what_is_left(void **state)
{
	struct maple_tree *mt = *state;
	long live = live_blocks();

	mt_clear_in_rcu(mt);
	for (unsigned long stored = 0; stored < 1200; stored += 300) {
		MA_STATE(mas, mt, 0, 0);
		long reserved;

		assert_int_equal(mas_expected_entries(&mas, 600), 0);
		reserved = live_blocks();
		assert_true(reserved > live);
		for (unsigned long i = 0; i < stored; i++) {
			mas_set(&mas, i * 2);
			mas_store(&mas, ENTRY(i));
		}
		mas_destroy(&mas);
		if (stored < 600)
			assert_true(live_blocks() < reserved);
		mtree_destroy(mt);
		rcu_barrier();
		assert_int_equal(live_blocks(), live);
	}
}

static void test_unused_reserve_is_given_back(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 5, 55);
	long live;

	grow(mt, 700);
	rcu_barrier();
	live = live_blocks();
	for (int i = 0; i < 4; i++)
		assert_int_equal(mas_preallocate(&mas, NULL, GFP_KERNEL), 0);
	mas_destroy(&mas);
	rcu_barrier();
	assert_int_equal(live_blocks(), live);
	/* The same entry over an exact range: nothing is needed, whatever was reserved. */
	mas_set(&mas, 0);
	assert_ptr_equal(mas_walk(&mas), ENTRY(0));
	assert_int_equal(mas_preallocate(&mas, ENTRY(5), GFP_KERNEL), 0);
	mas_store_prealloc(&mas, ENTRY(5));
	rcu_barrier();
	assert_int_equal(live_blocks(), live);
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_destroyed_or_emptied_tree_owns_no_block),
		TREE_TEST(test_copies_own_their_blocks),
		TREE_TEST(test_bulk_load_gives_back_what_is_left),
		TREE_TEST(test_unused_reserve_is_given_back),
	};

	return RUN_TREE_TESTS("maple blocks", tests);
}
