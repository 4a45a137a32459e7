/* SPDX-License-Identifier: MIT */
/*
 * Every sequence of operations up to a length, in a build whose nodes have only a few slots, so that
 * short sequences already split, merge and span nodes. After each the tree is validated and compared
 * with the model. What is tried:
 *
 *	sequences	all sequences of stores and clears of any range of a few cells, on an empty tree
 *	pairs		all pairs of such stores on full trees of several levels
 *	orders		all orders of inserting some keys, each emptied in many orders
 *
 *	exhaustive [--length N]
 *
 * A sequence is checked after its last step only: its beginnings are sequences of their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/maple/model.h"

#define LENGTH_MAX	8

struct op {
	unsigned int a, b;
	bool null;
};

static struct maple_tree tree;
static struct model model;
static struct op ops[1000];
static unsigned int nr_ops;
static unsigned long checked;
static const char *part;
static unsigned int flags_now, base_now;
static unsigned int path[LENGTH_MAX], path_len;

static void failed(const char *what)
{
	printf("FAILED: %s, tree flags %#x, base %u: %s\n ", part, flags_now, base_now, what);
	for (unsigned int i = 0; i < path_len; i++)
		printf(" %s[%u,%u]", ops[path[i]].null ? "clear" : "store", ops[path[i]].a, ops[path[i]].b);
	printf("\n0 passed, 1 failed\n");
	fflush(stdout);
	abort();
}

/* All ranges of @cells cells, stored or cleared. */
static void list_ops(unsigned int cells)
{
	nr_ops = 0;
	for (unsigned int a = 0; a < cells; a++)
		for (unsigned int b = a; b < cells; b++)
			for (int null = 0; null < 2; null++)
				ops[nr_ops++] = (struct op){ a, b, null };
}

static void apply(const struct op *op, unsigned long nr)
{
	void *entry = op->null ? NULL : (void *)(nr << 1 | 1);

	if (mtree_store_range(&tree, cell_first(&model, op->a), cell_last(&model, op->b), entry, GFP_KERNEL))
		failed("mtree_store_range returned an error");
	model_store(&model, op->a, op->b, entry);
}

/* Loads are compared cell by cell, the ranges by one iteration. */
static void check(void)
{
	const char *wrong;

	checked++;
	mt_validate(&tree);
	wrong = model_compare(&model, &tree);
	if (wrong)
		failed(wrong);
	for (unsigned int c = 0; c < model.nr; c++)
		if (mtree_load(&tree, cell_first(&model, c)) != model.entry[c])
			failed("mtree_load differs from the model");
}

/* A free stretch of each size among the keys that are cells, both searches. */
static void check_areas(void)
{
	unsigned long top = model.nr / 2, first;

	if (!(flags_now & MT_FLAGS_ALLOC_RANGE))
		return;
	for (unsigned long size = 1; size <= top + 1; size++)
		for (int highest = 0; highest < 2; highest++) {
			MA_STATE(mas, &tree, 0, 0);
			int err = highest ? mas_empty_area_rev(&mas, 0, top, size) :
					    mas_empty_area(&mas, 0, top, size);
			bool there = model_area(&model, 0, top, size, highest, &first);

			if ((err == 0) != there || (there && mas.index != first))
				failed("an empty area differs from the model");
		}
}

static void start_from(unsigned int base, unsigned int cells)
{
	mtree_destroy(&tree);
	model_clear(&model);
	base_now = base;
	if (!base)
		return;
	/* Every base-th cell is left free; ranges are one cell, in ascending or descending order. */
	for (unsigned int i = 0; i + 1 < cells; i++) {
		unsigned int c = base % 2 ? i : cells - 2 - i;

		if (c % (base + 1) != base)
			apply(&(struct op){ c, c, false }, 500 + c);
	}
}

/* All sequences of exactly @length operations from @base. */
static void sequences(unsigned int base, unsigned int cells, unsigned int length)
{
	memset(path, 0, sizeof(path));
	path_len = length;
	for (;;) {
		unsigned int i = length;

		start_from(base, cells);
		for (unsigned int k = 0; k < length; k++)
			apply(&ops[path[k]], k + 1);
		check();
		if (checked % 16 == 0)
			check_areas();
		while (i-- > 0 && ++path[i] == nr_ops)
			path[i] = 0;
		if (i == -1U)
			return;
	}
}

/* The next permutation in lexical order; false after the last. */
static bool next_order(unsigned int *order, unsigned int nr)
{
	unsigned int i = nr - 1, k = nr - 1;

	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (i == 0)
		return false;
	while (order[k] < order[i - 1])
		k--;
	unsigned int t = order[k];

	order[k] = order[i - 1];
	order[i - 1] = t;
	for (k = nr - 1; i < k; i++, k--) {
		t = order[i];
		order[i] = order[k];
		order[k] = t;
	}
	return true;
}

/* Insert @nr keys in every order; empty the tree again in every fortieth order. */
static void orders(unsigned int nr)
{
	unsigned int in[LENGTH_MAX + 1], out[LENGTH_MAX + 1], turn = 0;

	path_len = 0;
	for (unsigned int i = 0; i < nr; i++)
		in[i] = i;
	do {
		for (unsigned int i = 0; i < nr; i++)
			out[i] = i;
		do {
			if (turn++ % 40)
				continue;
			start_from(0, nr);
			for (unsigned int i = 0; i < nr; i++)
				apply(&(struct op){ 2 * in[i], 2 * in[i], false }, in[i] + 1);
			check();
			for (unsigned int i = 0; i < nr; i++) {
				if (!mtree_erase(&tree, cell_first(&model, 2 * out[i])))
					failed("mtree_erase found nothing");
				model_store(&model, 2 * out[i], 2 * out[i], NULL);
				check();
			}
		} while (next_order(out, nr));
	} while (next_order(in, nr));
}

static void run_kind(unsigned int flags, unsigned int length, unsigned int cells)
{
	flags_now = flags;
	mt_init_flags(&tree, flags);

	part = "sequences";
	model_init(&model, cells, LAYOUT_ENDS);
	list_ops(cells);
	for (unsigned int n = 1; n <= length; n++)
		sequences(0, cells, n);

	part = "pairs";
	model_init(&model, 14, LAYOUT_LOW);
	list_ops(14);
	for (unsigned int base = 1; base < 4; base++)
		sequences(base, 14, 2);

	part = "orders";
	model_init(&model, 2 * 6, LAYOUT_LOW);
	orders(6);
	mtree_destroy(&tree);
	rcu_barrier();
	printf("  tree flags %#x: %lu states so far\n", flags, checked);
}

int main(int argc, char **argv)
{
	unsigned int length = argc == 3 && !strcmp(argv[1], "--length") ? atoi(argv[2]) : 4;

	if (length < 1 || length > LENGTH_MAX)
		length = 4;
	setvbuf(stdout, NULL, _IOLBF, 0);
	rcu_register_thread();
	maple_tree_init();
	printf("maple tree with tiny nodes, all sequences up to length %u\n", length);
	run_kind(0, length, 5);
	run_kind(MT_FLAGS_ALLOC_RANGE, length, 5);
	run_kind(MT_FLAGS_USE_RCU, length - 1, 6);
	run_kind(MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU, length - 1, 6);
	rcu_unregister_thread();
	printf("%lu states\n4 passed, 0 failed\n", checked);
	return 0;
}
