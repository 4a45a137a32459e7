/* SPDX-License-Identifier: MIT */
/*
 * A tree under random test together with its model: shared by the operations on whole trees
 * (random_ops.c) and those of a moving cursor (random_cursor.c).
 */
#ifndef TESTS_HOST_MAPLE_RANDOM_H
#define TESTS_HOST_MAPLE_RANDOM_H

#include "tests/host/maple/model.h"

struct world {
	struct model model;
	struct maple_tree trees[2];	/* one in use; the other for duplicates */
	struct maple_tree *mt;
	unsigned int flags;
	unsigned long rng;
	unsigned long steps;
	const char *op;			/* what is going on, for the failure message */
	char trace[4096];		/* the cursor's walk so far, likewise */
	unsigned long span_max;		/* longest range stored, in cells */
	unsigned int fill;		/* of 8 stores how many store an entry, not NULL */
};

/* Prints where we are (the caller has set w->op) and stops the program. */
__attribute__((noreturn, format(printf, 2, 3)))
void world_fail(const struct world *w, const char *fmt, ...);

#define expect(w, cond, ...) do { if (!(cond)) world_fail(w, __VA_ARGS__); } while (0)

static inline unsigned long pick(struct world *w, unsigned long below)
{
	return rnd(&w->rng) % below;
}

/* A random range of cells, and an entry (sometimes NULL, seldom the zero entry). */
void pick_range(struct world *w, unsigned int *a, unsigned int *b);
void *pick_entry(struct world *w);

/* One random operation on the tree as a whole; a walk with a cursor of some moves and stores. */
void random_op(struct world *w);
void random_cursor_session(struct world *w);

/* The tree is what the model says, and sound. */
void world_check(struct world *w);

#endif /* TESTS_HOST_MAPLE_RANDOM_H */
