/* SPDX-License-Identifier: MIT */
/*
 * What each tree under the benchmark offers to the driver: the same operations on the same keys.
 */
#ifndef TESTS_BENCH_MAPLE_BENCH_H
#define TESTS_BENCH_MAPLE_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#define PAGE 4096UL

/* One kind of tree. There is one tree of each kind at a time; "entry" is only ever passed through. */
struct tree_ops {
	const char *name;
	void (*init)(void);
	void (*destroy)(void);
	void *(*load)(unsigned long key);
	void (*store)(unsigned long first, unsigned long last, void *entry);	/* NULL clears */
	void (*erase)(unsigned long key);
	unsigned long (*iterate)(void);			/* how many entries it saw */
	unsigned long (*gap_from_top)(unsigned long max, unsigned long size);	/* last key, 0: none */
	void (*dup)(void);				/* make a copy; */
	void (*drop_dup)(void);				/* and throw it away */
	void (*quiesce)(void);				/* deferred frees are done */
};

extern const struct tree_ops maple_rcu, maple_plain, rb_tree;

#endif /* TESTS_BENCH_MAPLE_BENCH_H */
