/* SPDX-License-Identifier: MIT */
/*
 * When memory runs out: every operation that may allocate is tried on trees of several shapes, with its
 * first allocation failing, then its second, and so on; once only, or from there on for good. Either
 * it still succeeds (it found another way), or it reports -ENOMEM and the tree is as it was; and when
 * the tree is destroyed, nothing is left. (Over the small RCU of rcu_c11.h, whose rcu_barrier() is quick.)
 */
#include "tests/host/maple/maple_test.h"
#include "tests/host/maple/wrap_malloc.h"

/* Trees to start from. */
static void shape_empty(struct maple_tree *mt)
{
	(void)mt;
}

static void shape_single(struct maple_tree *mt)
{
	fill(mt, "0:1");
}

static void shape_small(struct maple_tree *mt)
{
	fill(mt, "10-20:1 30-40:2 50-60:3");
}

/* @nr ranges of 4 keys, every third followed by a free key. */
static void grow(struct maple_tree *mt, unsigned long nr)
{
	for (unsigned long i = 0, at = 0; i < nr; i++, at += i % 3 ? 4 : 5)
		assert_int_equal(mtree_store_range(mt, at, at + 3, ENTRY(i), GFP_KERNEL), 0);
}

static void shape_full_leaf(struct maple_tree *mt)
{
	for (unsigned long i = 0; i < 15; i++)
		assert_int_equal(mtree_store_range(mt, i * 10, i * 10 + 9, ENTRY(i), GFP_KERNEL), 0);
}

static void shape_full_root(struct maple_tree *mt)
{
	grow(mt, 190);
}

static void shape_three_levels(struct maple_tree *mt)
{
	grow(mt, 700);
}

/* As sparse as erasing leaves it, so that the next erase merges nodes. */
static void shape_thinned(struct maple_tree *mt)
{
	grow(mt, 500);
	for (unsigned long key = 3; key < 2100; key += 7)
		mtree_erase(mt, key);
}

static void (*const shapes[])(struct maple_tree *) = {
	shape_empty, shape_single, shape_small, shape_full_leaf, shape_full_root, shape_three_levels,
	shape_thinned,
};

/* The operations; each works somewhere around @key and returns 0 or an error. */
static int op_store(struct maple_tree *mt, unsigned long key)
{
	return mtree_store(mt, key, ENTRY(9001), GFP_KERNEL);
}

static int op_store_span(struct maple_tree *mt, unsigned long key)
{
	return mtree_store_range(mt, key + 1, key + 101, ENTRY(9002), GFP_KERNEL);
}

static int op_store_null(struct maple_tree *mt, unsigned long key)
{
	return mtree_store_range(mt, key + 1, key + 2, NULL, GFP_KERNEL);
}

static int op_store_null_span(struct maple_tree *mt, unsigned long key)
{
	return mtree_store_range(mt, key + 2, key + 350, NULL, GFP_NOWAIT);
}

static int op_store_all(struct maple_tree *mt, unsigned long key)
{
	return mtree_store_range(mt, key, MAX, ENTRY(9003), GFP_ATOMIC);
}

static int op_insert(struct maple_tree *mt, unsigned long key)
{
	return mtree_insert(mt, key + 5000, ENTRY(9004), GFP_KERNEL);
}

static int op_insert_range(struct maple_tree *mt, unsigned long key)
{
	return mtree_insert_range(mt, key + 6000, key + 6010, ENTRY(9005), GFP_KERNEL);
}

static int op_alloc_range(struct maple_tree *mt, unsigned long key)
{
	unsigned long start;

	return mtree_alloc_range(mt, &start, ENTRY(9006), 1, key, MAX, GFP_KERNEL);
}

static int op_alloc_rrange(struct maple_tree *mt, unsigned long key)
{
	unsigned long start;

	return mtree_alloc_rrange(mt, &start, ENTRY(9007), 1, 0, key + 100000, GFP_KERNEL);
}

static int op_alloc_cyclic(struct maple_tree *mt, unsigned long key)
{
	unsigned long start, next = key;

	return mtree_alloc_cyclic(mt, &start, ENTRY(9008), 0, MAX, &next, GFP_KERNEL);
}

static int op_store_gfp(struct maple_tree *mt, unsigned long key)
{
	MA_STATE(mas, mt, key + 1, key + 1);
	int err;

	mas_walk(&mas);
	mas.index = key + 1;
	mas.last = key + 2;
	mas_lock(&mas);
	err = mas_store_gfp(&mas, ENTRY(9009), GFP_KERNEL);
	mas_unlock(&mas);
	if (err)
		assert_true(mas.index == key + 1 && mas.last == key + 2);
	return err;
}

/* mas_store until there is memory: stops when mas_nomem() says that there is none. */
static int op_store_retry(struct maple_tree *mt, unsigned long key)
{
	MA_STATE(mas, mt, key + 1, key + 2);
	int err = 0;

	mas_lock(&mas);
	do {
		mas_store(&mas, ENTRY(9010));
	} while (mas_nomem(&mas, GFP_KERNEL));
	if (mas_is_err(&mas))
		err = -ENOMEM;
	assert_int_equal(mas_is_err(&mas), mas.status == ma_error);
	mas_destroy(&mas);
	mas_unlock(&mas);
	return err;
}

static int op_preallocate(struct maple_tree *mt, unsigned long key)
{
	MA_STATE(mas, mt, key + 1, key + 2);
	long live = live_blocks();
	int err;

	mas_lock(&mas);
	err = mas_preallocate(&mas, ENTRY(9011), GFP_KERNEL);
	if (err) {
		assert_status(&mas, ma_start);
		assert_true(mas.index == key + 1 && mas.last == key + 2);
		assert_int_equal(live_blocks(), live);	/* nothing kept */
	} else {
		fail_allocation(1, true);	/* the promise: it needs no more */
		mas_store_prealloc(&mas, ENTRY(9011));
	}
	mas_unlock(&mas);
	return err;
}

static const struct {
	const char *name;
	int (*run)(struct maple_tree *mt, unsigned long key);
	bool needs_gaps;
} ops[] = {
	{ "mtree_store", op_store, false },
	{ "mtree_store_range", op_store_span, false },
	{ "mtree_store_range NULL", op_store_null, false },
	{ "mtree_store_range NULL, long", op_store_null_span, false },
	{ "mtree_store_range to the end", op_store_all, false },
	{ "mtree_insert", op_insert, false },
	{ "mtree_insert_range", op_insert_range, false },
	{ "mtree_alloc_range", op_alloc_range, true },
	{ "mtree_alloc_rrange", op_alloc_rrange, true },
	{ "mtree_alloc_cyclic", op_alloc_cyclic, true },
	{ "mas_store_gfp", op_store_gfp, false },
	{ "mas_store and mas_nomem", op_store_retry, false },
	{ "mas_preallocate", op_preallocate, false },
};

/* The tree destroyed and everything deferred done, there is as much as at first. */
static void expect_no_leak(struct maple_tree *mt, long live)
{
	mtree_destroy(mt);
	rcu_barrier();
	assert_int_equal(live_blocks(), live);
}

/*
 * One operation with its nth allocation failing.
 * Returns: whether it got that far; if not, all its allocations have been tried.
 */
static bool try_op(struct maple_tree *mt, size_t op, size_t shape, unsigned long key,
		   unsigned long nth, bool for_good)
{
	char *before, *after;
	bool reached;
	long live;
	int err;

	shapes[shape](mt);
	rcu_barrier();
	before = tree_text(mt);
	live = live_blocks();
	fail_allocation(nth, for_good);
	err = ops[op].run(mt, key);
	reached = fail_nothing();
	if (ops[op].run == op_preallocate && !err)
		reached = false;
	rcu_barrier();
	if (err && live_blocks() != live)
		fail_msg("%s, shape %zu, key %lu, allocation %lu failed: %ld blocks more than before",
			 ops[op].name, shape, key, nth, live_blocks() - live);
	mt_validate(mt);
	after = tree_text(mt);
	if (err && (err != -ENOMEM || !reached))
		fail_msg("%s, shape %zu, key %lu, allocation %lu: %d", ops[op].name, shape, key, nth, err);
	if (err && strcmp(before, after) != 0)
		fail_msg("%s, shape %zu, key %lu, allocation %lu failed, but the tree changed",
			 ops[op].name, shape, key, nth);
	if (!err && reached && for_good)
		fail_msg("%s, shape %zu, key %lu: no error though no memory was there", ops[op].name,
			 shape, key);
	free(before);
	free(after);
	return reached;
}

static void test_every_failing_allocation_leaves_the_tree_alone(void **state)
{
	struct maple_tree *mt = *state;
	static const unsigned long keys[] = { 0, 11, 402, 1500 };
	unsigned long failures = 0;

	for (size_t i = 0; i < ARRAY_LEN(ops) * ARRAY_LEN(shapes) * ARRAY_LEN(keys) * 2; i++) {
		size_t op = i / 2 % ARRAY_LEN(ops), shape = i / 2 / ARRAY_LEN(ops) % ARRAY_LEN(shapes);
		unsigned long key = keys[i / 2 / ARRAY_LEN(ops) / ARRAY_LEN(shapes)];
		long live = live_blocks();
		unsigned long nth = 1;

		if (ops[op].needs_gaps && !(tree_flags() & MT_FLAGS_ALLOC_RANGE))
			continue;
		while (try_op(mt, op, shape, key, nth, i % 2)) {
			expect_no_leak(mt, live);
			failures++;
			assert_true(++nth < 200);
		}
		expect_no_leak(mt, live);
	}
	assert_true(failures > 200);
}

static void test_erase_without_memory_erases_or_leaves_all(void **state)
{
	struct maple_tree *mt = *state;

	for (size_t shape = 1; shape < ARRAY_LEN(shapes); shape++)
		for (unsigned long key = 0; key < 1500; key += 150) {
			long live = live_blocks();
			bool reached = true;

			for (unsigned long nth = 1; reached; nth++) {
				char *before, *after;
				void *was, *got;

				shapes[shape](mt);
				before = tree_text(mt);
				was = mtree_load(mt, key);
				fail_allocation(nth, true);
				got = mtree_erase(mt, key);
				reached = fail_nothing();
				mt_validate(mt);
				after = tree_text(mt);
				if (got)
					assert_ptr_equal(got, was);
				assert_ptr_equal(mtree_load(mt, key), got ? NULL : was);
				assert_int_equal(strcmp(before, after) == 0, !got);
				assert_true(reached || got == was);
				free(before);
				free(after);
				expect_no_leak(mt, live);
			}
		}
}

static void test_store_in_error_says_so_and_recovers(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 3, 4);

	shape_full_root(mt);
	fail_allocation(1, true);
	mas_lock(&mas);
	mas_store(&mas, ENTRY(1));
	if (fail_nothing()) {
		assert_true(mas_is_err(&mas));
		assert_status(&mas, ma_error);
		assert_true(mas_nomem(&mas, GFP_KERNEL));
		mas_store(&mas, ENTRY(1));
	}
	assert_false(mas_is_err(&mas));
	assert_false(mas_nomem(&mas, GFP_KERNEL));
	mas_unlock(&mas);
	assert_ptr_equal(mtree_load(mt, 3), ENTRY(1));
}

static void test_walk_searches_again_even_after_an_error(void **state)
{
	struct maple_tree *mt = *state;
	MA_STATE(mas, mt, 30, 45);

	fill(mt, "10-20:1 30-40:2");
	fail_allocation(1, true);
	mas_store(&mas, ENTRY(7));
	if (fail_nothing())
		assert_at(&mas, mas_walk(&mas), ENTRY(2), 30, 40);
	mas_set_range(&mas, 30, 45);
	assert_int_equal(mas_store_gfp(&mas, ENTRY(7), GFP_KERNEL), 0);
	assert_tree(mt, "10-20:1 30-45:7");
}

static void test_dup_without_memory_leaves_an_empty_tree(void **state)
{
	struct maple_tree *mt = *state, copy;

	for (size_t shape = 0; shape < ARRAY_LEN(shapes); shape++) {
		long live;
		char *before;
		int err = -ENOMEM;

		mtree_destroy(mt);
		shapes[shape](mt);
		rcu_barrier();
		before = tree_text(mt);
		live = live_blocks();
		for (unsigned long nth = 1; err; nth++) {
			mt_init_flags(&copy, tree_flags());
			fail_allocation(nth, nth % 2);
			err = mtree_dup(mt, &copy, GFP_KERNEL);
			assert_int_equal(err, fail_nothing() ? -ENOMEM : 0);
			if (err) {
				assert_true(mtree_empty(&copy));
				fill(&copy, "1-2:3");
				assert_tree(&copy, "1-2:3");
			}
			mtree_destroy(&copy);
			rcu_barrier();
			assert_int_equal(live_blocks(), live);
			assert_tree(mt, before);
		}
		free(before);
	}
}

static void test_expected_entries_without_memory_keeps_nothing(void **state)
{
	struct maple_tree *mt = *state;
	bool reached = true;

	mt_clear_in_rcu(mt);
	for (unsigned long nth = 1; reached; nth += 1 + nth / 4) {
		MA_STATE(mas, mt, 0, 0);
		long live = live_blocks();
		int err;

		fail_allocation(nth, true);
		err = mas_expected_entries(&mas, 1000);
		reached = fail_nothing();
		assert_int_equal(err, reached ? -ENOMEM : 0);
		if (err)
			assert_int_equal(live_blocks(), live);
		mas_destroy(&mas);
		assert_int_equal(live_blocks(), live);
		assert_tree(mt, "");
		mas_set(&mas, 7);	/* it can be reused */
		assert_int_equal(mas_store_gfp(&mas, ENTRY(1), GFP_KERNEL), 0);
		assert_tree(mt, "7:1");
		mtree_destroy(mt);
		rcu_barrier();
		assert_int_equal(live_blocks(), live);
	}
}

int main(void)
{
	static const struct tree_test tests[] = {
		TREE_TEST(test_every_failing_allocation_leaves_the_tree_alone),
		TREE_TEST(test_erase_without_memory_erases_or_leaves_all),
		TREE_TEST(test_store_in_error_says_so_and_recovers),
		TREE_TEST(test_walk_searches_again_even_after_an_error),
		TREE_TEST(test_dup_without_memory_leaves_an_empty_tree),
		TREE_TEST(test_expected_entries_without_memory_keeps_nothing),
	};

	return RUN_TREE_TESTS("maple without memory", tests);
}
