/* SPDX-License-Identifier: MIT */
/*
 * lib/rbtree and lib/interval_tree: random insertions and removals, after each of which
 * the red-black rules, the order and the subtree values are re-derived, and searches
 * are compared with looking at every interval.
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "lib/interval_tree.h"

#define NODES	120

static struct interval_node nodes[NODES];
static bool present[NODES];

/* Returns the black height; checks links, colours, order and subtree_last on the way. */
static int check_subtree(const struct rb_node *rb, const struct rb_node *parent)
{
	if (!rb)
		return 1;
	assert_ptr_equal(rb->parent, parent);
	if (rb->red)
		assert_false((rb->left && rb->left->red) || (rb->right && rb->right->red));

	const struct interval_node *node = rb_entry(rb, struct interval_node, rb);
	unsigned long last = node->last;

	if (rb->left) {
		const struct interval_node *l = rb_entry(rb->left, struct interval_node, rb);

		assert_true(l->start <= node->start);
		last = max(last, l->subtree_last);
	}
	if (rb->right) {
		const struct interval_node *r = rb_entry(rb->right, struct interval_node, rb);

		assert_true(r->start >= node->start);
		last = max(last, r->subtree_last);
	}
	assert_eq(node->subtree_last, last);

	int left = check_subtree(rb->left, rb);

	assert_eq(check_subtree(rb->right, rb), left);
	return left + !rb->red;
}

/* Red-black rules, and a walk in both directions that meets every node present. */
static void check_tree(const struct rb_root *root)
{
	size_t want = 0, forward = 0, backward = 0;
	struct rb_node *rb, *end = NULL;
	unsigned long before = 0;

	assert_false(root->node && root->node->red);
	check_subtree(root->node, NULL);
	for (size_t i = 0; i < NODES; i++)
		want += present[i];
	for (rb = rb_first(root); rb; rb = rb_next(rb), forward++) {
		assert_true(rb_entry(rb, struct interval_node, rb)->start >= before);
		before = rb_entry(rb, struct interval_node, rb)->start;
		end = rb;
	}
	for (rb = end; rb; rb = rb_prev(rb))
		backward++;
	assert_eq(forward, want);
	assert_eq(backward, want);
	assert_eq(rb_empty(root), want == 0);
}

static void check_search(const struct rb_root *root, unsigned long start, unsigned long last)
{
	bool hit[NODES] = { false };
	struct interval_node *node;
	unsigned long before = 0;

	interval_tree_for_each(node, root, start, last) {
		size_t i = (size_t)(node - nodes);

		assert_true(present[i]);
		assert_false(hit[i]);
		assert_true(node->start >= before);
		before = node->start;
		hit[i] = true;
	}
	for (size_t i = 0; i < NODES; i++)
		assert_eq(hit[i], present[i] && nodes[i].start <= last && nodes[i].last >= start);
}

static void toggle(struct rb_root *root, size_t i, unsigned long start, unsigned long length)
{
	if (present[i]) {
		interval_tree_remove(&nodes[i], root);
	} else {
		nodes[i].start = start;
		nodes[i].last = start + length;
		interval_tree_insert(&nodes[i], root);
	}
	present[i] = !present[i];
}

static void test_random_changes_keep_rules_and_find_all_overlaps(void **state)
{
	(void)state;
	for (unsigned long seed = 1; seed <= 4; seed++) {
		unsigned long rnd = seed * 0x9e3779b97f4a7c15UL;
		struct rb_root root = RB_ROOT;

		memset(present, 0, sizeof(present));
		for (int step = 0; step < 1500; step++) {
			size_t i = test_random(&rnd) % NODES;
			unsigned long start = test_random(&rnd) % 300;
			unsigned long length = test_random(&rnd) % (step % 7 ? 10 : 200);

			toggle(&root, i, start, length);
			check_tree(&root);
			start = test_random(&rnd) % 320;
			check_search(&root, start, start + test_random(&rnd) % 40);
		}
	}
}

static void test_sorted_insertion_stays_balanced(void **state)
{
	struct rb_root root = RB_ROOT;
	int deepest = 0;

	(void)state;
	memset(present, 0, sizeof(present));
	for (size_t i = 0; i < NODES; i++)
		toggle(&root, i, i, 0);
	check_tree(&root);
	for (size_t i = 0; i < NODES; i++) {
		int depth = 0;

		for (struct rb_node *rb = &nodes[i].rb; rb; rb = rb->parent)
			depth++;
		deepest = max(deepest, depth);
	}
	assert_true(deepest <= 2 * 7);		/* 2 * log2(120 + 1) */
	for (size_t i = 0; i < NODES; i++) {
		toggle(&root, i, 0, 0);
		check_tree(&root);
	}
	assert_true(rb_empty(&root));
	assert_null(rb_first(&root));
}

static void test_equal_starts_come_in_order_of_insertion(void **state)
{
	struct rb_root root = RB_ROOT;
	struct interval_node *node;
	size_t i = 0;

	(void)state;
	memset(present, 0, sizeof(present));
	for (size_t n = 0; n < 20; n++)
		toggle(&root, n, 5, n);
	interval_tree_for_each(node, &root, 5, 5)
		assert_ptr_equal(node, &nodes[i++]);
	assert_eq(i, 20);
}

static void test_ends_of_the_number_range_overlap_correctly(void **state)
{
	struct rb_root root = RB_ROOT;

	(void)state;
	memset(present, 0, sizeof(present));
	toggle(&root, 0, 0, ~0UL);
	toggle(&root, 1, ~0UL, 0);
	toggle(&root, 2, 0, 0);
	check_search(&root, 0, 0);
	check_search(&root, ~0UL, ~0UL);
	check_search(&root, 1, ~0UL - 1);
	check_search(&root, 0, ~0UL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_changes_keep_rules_and_find_all_overlaps),
		cmocka_unit_test(test_sorted_insertion_stays_balanced),
		cmocka_unit_test(test_equal_starts_come_in_order_of_insertion),
		cmocka_unit_test(test_ends_of_the_number_range_overlap_correctly),
	};

	return RUN_APART("rbtree", tests);
}
