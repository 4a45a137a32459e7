/* SPDX-License-Identifier: MIT */
/*
 * The model that the maple tree is compared with: a flat array of cells that together cover every key.
 *
 *	cell		0   1   2   3   4   5
 *	keys		0   1   2   3   4   5..max	(one of several layouts, see enum layout)
 *	entry		.   A   A   B   B   .
 *	head		x   x       x       x		a range begins here
 *
 * So simple that it is obviously right: a store writes cells in a loop. Called by the random, the
 * exhaustive and the fuzz program.
 */
#ifndef TESTS_HOST_MAPLE_MODEL_H
#define TESTS_HOST_MAPLE_MODEL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/maple/maple_tree.h"

#define MODEL_CELLS_MAX	4096
#define MODEL_ZERO	((void *)1030UL)	/* the zero entry: there, but not for mtree_load() */

/* How the cells lie in the key space; each covers all of it. */
enum layout {
	LAYOUT_LOW,	/* one key each from 0 on, the last cell is the rest */
	LAYOUT_HIGH,	/* the first cell is the rest, then one key each up to ULONG_MAX */
	LAYOUT_ENDS,	/* one key each at both ends, a huge cell between */
	LAYOUT_WIDE,	/* all equally huge */
	LAYOUT_MIXED,	/* widths of 1, some, and very many keys in turns */
	NR_LAYOUTS,
};

struct span {
	unsigned long first, last;
	void *entry;
};

struct model {
	unsigned int nr;
	unsigned long start[MODEL_CELLS_MAX + 1];	/* first key of each cell */
	void *entry[MODEL_CELLS_MAX];
	bool head[MODEL_CELLS_MAX];
};

void model_init(struct model *m, unsigned int nr, enum layout layout);
void model_clear(struct model *m);

static inline unsigned long cell_first(const struct model *m, unsigned int cell)
{
	return m->start[cell];
}

static inline unsigned long cell_last(const struct model *m, unsigned int cell)
{
	return cell + 1 == m->nr ? ULONG_MAX : m->start[cell + 1] - 1;
}

/* The cell that holds @key. */
unsigned int model_cell(const struct model *m, unsigned long key);

/* The range (or the whole empty stretch) around @cell. */
struct span model_span(const struct model *m, unsigned int cell);

static inline struct span model_at(const struct model *m, unsigned long key)
{
	return model_span(m, model_cell(m, key));
}

/* Cells [a, b] become one range with @entry, or empty with NULL. */
void model_store(struct model *m, unsigned int a, unsigned int b, void *entry);

/* Is nothing stored in cells [a, b]? */
bool model_is_empty(const struct model *m, unsigned int a, unsigned int b);

/* Lowest or highest free stretch of @size keys within [min, max]: true and its first key. */
bool model_area(const struct model *m, unsigned long min, unsigned long max, unsigned long size,
		bool highest, unsigned long *first);

/*
 * model_compare() - is the whole tree, seen range by range, what the model says?
 * Returns: NULL, or a message that says where they differ.
 */
const char *model_compare(const struct model *m, struct maple_tree *mt);

/* A small generator of random numbers, the same on every machine. */
static inline unsigned long rnd(unsigned long *state)
{
	unsigned long x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x * 0x9e3779b97f4a7c15UL >> 16;
}

static inline unsigned long rnd_seed(unsigned long seed)
{
	return seed * 0x9e3779b97f4a7c15UL + 0x1234567;
}

#endif /* TESTS_HOST_MAPLE_MODEL_H */
