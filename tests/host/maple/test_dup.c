/* SPDX-License-Identifier: MIT */
/*
 * Duplicating a tree: an exact and independent copy, or an error and an empty one.
 */
#include "tests/host/maple/maple_test.h"

static void assert_same(struct maple_tree *a, struct maple_tree *b)
{
	char *text = tree_text(a);

	assert_tree(b, text);
	free(text);
}

static void test_copy_is_exact_at_every_size(void **state)
{
	struct maple_tree *mt = *state, copy;

	for (unsigned long nr = 0; nr < 600; nr += nr < 40 ? 1 : 61) {
		mt_init_flags(&copy, tree_flags());
		mtree_destroy(mt);
		for (unsigned long i = 0; i < nr; i++)
			assert_int_equal(mtree_store_range(mt, i * 7, i * 7 + i % 7, ENTRY(i),
							   GFP_KERNEL), 0);
		assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), 0);
		assert_same(mt, &copy);
		mtree_destroy(&copy);
	}
}

static void test_copy_of_single_entries(void **state)
{
	struct maple_tree *mt = *state, copy;
	static const char *const texts[] = { "0:1", "5:1", "max:1", "0-max:1", "0-9:1", "9-max:1" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		mt_init_flags(&copy, tree_flags());
		mtree_destroy(mt);
		fill(mt, texts[i]);
		assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), 0);
		assert_tree(&copy, texts[i]);
		mtree_destroy(&copy);
		assert_tree(mt, texts[i]);
	}
}

static void test_copy_and_original_are_independent(void **state)
{
	struct maple_tree *mt = *state, copy;
	char *before;

	mt_init_flags(&copy, tree_flags());
	for (unsigned long i = 0; i < 400; i++)
		assert_int_equal(mtree_store(mt, i * 3, ENTRY(i), GFP_KERNEL), 0);
	before = tree_text(mt);
	assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), 0);
	for (unsigned long i = 0; i < 400; i += 2)
		assert_ptr_equal(mtree_erase(&copy, i * 3), ENTRY(i));
	assert_int_equal(mtree_store_range(&copy, 100, 900, ENTRY(7), GFP_KERNEL), 0);
	mt_validate(&copy);
	assert_tree(mt, before);
	mtree_destroy(mt);
	assert_int_equal(mtree_store(&copy, 5000, ENTRY(8), GFP_KERNEL), 0);
	assert_ptr_equal(mtree_load(&copy, 500), ENTRY(7));
	mt_validate(&copy);
	mtree_destroy(&copy);
	free(before);
}

static void test_dup_works_under_the_locks(void **state)
{
	struct maple_tree *mt = *state, copy;

	mt_init_flags(&copy, tree_flags());
	fill(mt, "1-5:1 10-20:2 40-max:3");
	mtree_lock(mt);
	mtree_lock_nested(&copy, 1);
	assert_int_equal(__mt_dup(mt, &copy, GFP_KERNEL), 0);
	mtree_unlock(&copy);
	mtree_unlock(mt);
	assert_same(mt, &copy);
	mtree_destroy(&copy);
}

static void test_fork_pattern_rewrites_the_copy_in_place(void **state)
{
	struct maple_tree *mt = *state, copy;
	MA_STATE(mas, &copy, 0, 0);
	void *entry;

	mt_init_flags(&copy, tree_flags());
	for (unsigned long i = 0; i < 300; i++)
		assert_int_equal(mtree_store_range(mt, i * 8, i * 8 + 5, ENTRY(i), GFP_KERNEL), 0);
	mtree_lock(&copy);
	assert_int_equal(__mt_dup(mt, &copy, GFP_KERNEL), 0);
	mas_for_each(&mas, entry, MAX) {
		if (ENTRY_NR(entry) % 5 == 0)
			assert_int_equal(mas_store_gfp(&mas, NULL, GFP_KERNEL), 0);
		else
			assert_ptr_equal(mas_store(&mas, ENTRY(ENTRY_NR(entry) + 1000)), entry);
	}
	mtree_unlock(&copy);
	mt_validate(&copy);
	for (unsigned long i = 0; i < 300; i++) {
		assert_ptr_equal(mtree_load(&copy, i * 8 + 5), i % 5 ? ENTRY(i + 1000) : NULL);
		assert_ptr_equal(mtree_load(mt, i * 8 + 5), ENTRY(i));
	}
	mtree_destroy(&copy);
}

static void test_other_flags_or_contents_are_einval(void **state)
{
	struct maple_tree *mt = *state, copy;

	fill(mt, "1-5:1 10-20:2");
	mt_init_flags(&copy, tree_flags() ^ MT_FLAGS_ALLOC_RANGE);
	assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), -EINVAL);
	assert_tree(&copy, "");
	mt_init_flags(&copy, tree_flags());
	fill(&copy, "0:1");
	assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), -EINVAL);
	assert_tree(&copy, "0:1");
	fill(&copy, "40-50:2");
	assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), -EINVAL);
	assert_tree(&copy, "0:1 40-50:2");
	mtree_destroy(&copy);
	assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), 0);
	assert_tree(&copy, "1-5:1 10-20:2");
	mtree_destroy(&copy);
	assert_tree(mt, "1-5:1 10-20:2");
}

static void test_copy_keeps_what_gap_search_finds(void **state)
{
	struct maple_tree *mt = *state, copy;

	if (!(tree_flags() & MT_FLAGS_ALLOC_RANGE))
		return;
	mt_init_flags(&copy, tree_flags());
	for (unsigned long i = 0; i < 200; i++)
		assert_int_equal(mtree_store_range(mt, i * 20, i * 20 + i % 19, ENTRY(i), GFP_KERNEL), 0);
	assert_int_equal(mtree_dup(mt, &copy, GFP_KERNEL), 0);
	for (unsigned long size = 1; size < 25; size++) {
		MA_STATE(a, mt, 0, 0);
		MA_STATE(b, &copy, 0, 0);

		assert_int_equal(mas_empty_area(&a, 1900, 3999, size), mas_empty_area(&b, 1900, 3999, size));
		assert_true(a.index == b.index && a.last == b.last);
	}
	mtree_destroy(&copy);
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_copy_is_exact_at_every_size),
		TREE_TEST(test_copy_of_single_entries),
		TREE_TEST(test_copy_and_original_are_independent),
		TREE_TEST(test_dup_works_under_the_locks),
		TREE_TEST(test_fork_pattern_rewrites_the_copy_in_place),
		TREE_TEST(test_other_flags_or_contents_are_einval),
		TREE_TEST(test_copy_keeps_what_gap_search_finds),
	};

	return RUN_TREE_TESTS("maple duplication", tests);
}
