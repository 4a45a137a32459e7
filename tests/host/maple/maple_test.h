/* SPDX-License-Identifier: MIT */
/*
 * What the maple tree's cmocka programs share: trees written as text, and a runner that gives every
 * test all four kinds of tree (gap-tracking or not, RCU mode or not).
 *
 *	fill(mt, "0:1 10-20:2 40-max:3");	three ranges
 *	assert_tree(mt, "0:1 10-20:2 40-max:3");	exactly these, seen by every way of looking
 *
 * A number after the colon names an entry: ENTRY(n), an odd value as users of the tree often store.
 * "max" is ULONG_MAX, "max-3" three below it.
 */
#ifndef TESTS_HOST_MAPLE_TEST_H
#define TESTS_HOST_MAPLE_TEST_H

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/maple/maple_tree.h"

#define ENTRY(n)	((void *)((unsigned long)(n) << 1 | 1))
#define ENTRY_NR(e)	((unsigned long)(e) >> 1)
#define ZERO_ENTRY	((void *)1030UL)
#define MAX		ULONG_MAX

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* A test that runs on each kind of tree, and one that builds its own. */
struct tree_test {
	const char *name;
	CMUnitTestFunction run;
	bool own_tree;
};
#define TREE_TEST(f)	{ #f, f, false }
#define OWN_TEST(f)	{ #f, f, true }

/*
 * run_tree_tests() - run @tests as one cmocka group called @group.
 * A tree test finds its empty tree in *state; afterwards the tree is validated and destroyed.
 * Returns: the exit status for main().
 */
int run_tree_tests(const char *group, const struct tree_test *tests, size_t nr);
#define RUN_TREE_TESTS(group, tests) run_tree_tests(group, tests, ARRAY_LEN(tests))

/* The flags with which the tree in *state was made. */
unsigned int tree_flags(void);

/* fill() - store the ranges named in @text one after the other. */
void fill(struct maple_tree *mt, const char *text);

/* The tree as text in the same notation; the caller frees it. */
char *tree_text(struct maple_tree *mt);

/* How assert_tree() and assert_at() report: with the line of the test that called them. */
void assert_tree_at(struct maple_tree *mt, const char *want, const char *file, int line);
void assert_at_line(const struct ma_state *mas, const void *got, const void *want,
		    unsigned long first, unsigned long last, const char *file, int line);

#define assert_tree(mt, want)	assert_tree_at(mt, want, __FILE__, __LINE__)

/* @got is @want, and the cursor stands on [first, last]. */
#define assert_at(mas, got, want, first, last) \
	assert_at_line(mas, got, want, first, last, __FILE__, __LINE__)

/* The cursor's status, with names in the message. */
#define assert_status(mas, want) assert_int_equal((mas)->status, want)

#endif /* TESTS_HOST_MAPLE_TEST_H */
