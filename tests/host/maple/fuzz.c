/* SPDX-License-Identifier: MIT */
/*
 * Coverage-guided fuzzing: the input's bytes are a list of operations on a tree and on the model, and
 * the two must stay equal. The first byte chooses the kind of tree and the layout of the keys, then
 * each operation takes three bytes:
 *
 *	op (low 4 bits) and entry (high 4) | first cell | length in cells
 *
 * Built with libFuzzer for fuzzing, and with fuzz_replay.c for running the committed corpus.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/host/maple/model.h"

#define CELLS	128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static struct model model;
static struct maple_tree tree;
static unsigned int flags;

#define expect(cond) do { \
	if (!(cond)) { \
		fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond); \
		abort(); \
	} \
} while (0)

static void check_tree(void)
{
	const char *wrong = model_compare(&model, &tree);

	mt_validate(&tree);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
}

static void *visible(void *entry)
{
	return entry == MODEL_ZERO ? NULL : entry;
}

static void fuzz_store(unsigned int op, unsigned int a, unsigned int b, void *entry)
{
	unsigned long first = cell_first(&model, a), last = cell_last(&model, b);
	MA_STATE(mas, &tree, first, last);
	void *old = model.entry[a];

	switch (op) {
	case 0:
		expect(mtree_store_range(&tree, first, last, entry, GFP_KERNEL) == 0);
		break;
	case 1:
		expect(mas_store(&mas, entry) == old);
		break;
	case 2:
		expect(mas_preallocate(&mas, entry, GFP_KERNEL) == 0);
		mas_store_prealloc(&mas, entry);
		break;
	default:	/* from a position on the range at first */
		mas_set(&mas, first);
		expect(mas_walk(&mas) == old);
		mas.index = first;
		mas.last = last;
		expect(mas_store_gfp(&mas, entry, GFP_KERNEL) == 0);
	}
	model_store(&model, a, b, entry);
}

static void fuzz_insert(unsigned int a, unsigned int b, void *entry)
{
	int err = mtree_insert_range(&tree, cell_first(&model, a), cell_last(&model, b), entry, GFP_KERNEL);

	expect(err == (model_is_empty(&model, a, b) ? 0 : -EEXIST));
	if (!err)
		model_store(&model, a, b, entry);
}

static void fuzz_erase(unsigned int a)
{
	struct span s = model_span(&model, a);

	expect(mtree_erase(&tree, cell_last(&model, a)) == s.entry);
	model_store(&model, model_cell(&model, s.first), model_cell(&model, s.last), NULL);
}

static void fuzz_look(unsigned int a, unsigned int b)
{
	MA_STATE(mas, &tree, cell_first(&model, a), cell_first(&model, a));
	struct span s = model_span(&model, a);

	expect(mtree_load(&tree, cell_last(&model, b)) == visible(model.entry[b]));
	expect(mas_walk(&mas) == s.entry && mas.index == s.first && mas.last == s.last);
	if (s.last == ULONG_MAX)
		return;
	s = model_at(&model, s.last + 1);
	expect(mas_next_range(&mas, ULONG_MAX) == s.entry || mas.status == ma_none);
	expect(mas.index == s.first && mas.last == s.last);
}

static void fuzz_back(unsigned int a)
{
	MA_STATE(mas, &tree, cell_last(&model, a), cell_last(&model, a));
	struct span s = model_span(&model, a);

	while (!s.entry && s.first)
		s = model_at(&model, s.first - 1);
	expect(mas_find_rev(&mas, 0) == s.entry);
	expect(!s.entry || (mas.index == s.first && mas.last == s.last));
}

static void fuzz_area(bool highest, unsigned int a, unsigned int b)
{
	unsigned long min = cell_first(&model, a), first = 0;
	unsigned long size = cell_last(&model, b) - cell_first(&model, a) + 1;
	MA_STATE(mas, &tree, 0, 0);
	bool there;
	int err;

	if (!size || !(flags & MT_FLAGS_ALLOC_RANGE))
		return;
	err = highest ? mas_empty_area_rev(&mas, min, ULONG_MAX, size) :
			mas_empty_area(&mas, min, ULONG_MAX, size);
	there = model_area(&model, min, ULONG_MAX, size, highest, &first);
	expect(err == (there ? 0 : -EBUSY));
	expect(!there || (mas.index == first && mas.last == first + size - 1));
}

static void fuzz_dup(void)
{
	struct maple_tree copy;

	mt_init_flags(&copy, flags);
	expect(mtree_dup(&tree, &copy, GFP_KERNEL) == 0);
	expect(model_compare(&model, &copy) == NULL);
	mt_validate(&copy);
	mtree_destroy(&copy);
}

static void one_op(const uint8_t *byte)
{
	unsigned int op = byte[0] & 15, a = byte[1] % CELLS, b = a + byte[2] % CELLS;
	void *entry = byte[0] >> 4 ? (void *)((unsigned long)byte[0] * 256 + byte[1] + 4096) : NULL;

	b = b < CELLS ? b : CELLS - 1;
	switch (op) {
	case 0: case 1: case 2: case 3: fuzz_store(op, a, b, entry); break;
	case 4: fuzz_store(0, a, a, entry); break;
	case 5: fuzz_store(3, a, a, entry); break;
	case 6: fuzz_insert(a, b, (void *)17UL); break;
	case 7: case 8: fuzz_erase(a); break;
	case 9: fuzz_look(a, b); break;
	case 10: fuzz_back(a); break;
	case 11: fuzz_area(false, a, b); break;
	case 12: fuzz_area(true, a, b); break;
	case 13: fuzz_store(0, a, a, MODEL_ZERO); break;
	case 14: fuzz_dup(); break;
	default: check_tree();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int kinds[] = {
		0, MT_FLAGS_ALLOC_RANGE, MT_FLAGS_USE_RCU, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU,
	};

	if (!size)
		return 0;
	model_init(&model, CELLS, data[0] / 4 % NR_LAYOUTS);
	flags = kinds[data[0] % 4];
	mt_init_flags(&tree, flags);
	for (size_t i = 1; i + 3 <= size; i += 3)
		one_op(data + i);
	check_tree();
	mtree_destroy(&tree);
	rcu_barrier();
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	rcu_register_thread();
	maple_tree_init();
	return 0;
}
