/* SPDX-License-Identifier: MIT */
/* The random steps (calls.c, calls_more.c) and what they draw from. */
#ifndef TESTS_DIFF_CALLS_H
#define TESTS_DIFF_CALLS_H

#include "tests/diff/arena.h"

/*
 * rnd(n) - 0 .. n - 1, from the step's own seed, so that a step does the same whatever ran before it.
 * At most one call in an expression without sequence points: two compilers may order them differently.
 */
unsigned long rnd(unsigned long n);
void rnd_seed(uint64_t seed);
static inline bool one_in(unsigned long n)
{
	return rnd(n) == 0;
}

/* pick() - a few pages of one window. */
struct range pick(void);
void say_range(struct range r);
/* random_prot() - PROT_* that x86-64 and riscv64 mean alike: PROT_EXEC never comes alone. */
unsigned long random_prot(void);

/* calls.c */
void step_mmap(void);
void step_mmap_bad(void);
void step_munmap(void);
void step_mprotect(void);
void step_mremap(void);
void step_mremap_bad(void);
void step_touch(void);
void step_brk(void);
void brk_init(void);

/* calls_more.c */
void step_madvise_pages(void);
void step_madvise_mark(void);
void step_madvise_bad(void);
void step_free(void);
void step_pageout(void);
void step_mlock(void);
void step_mlockall(void);
void step_mincore(void);
void step_msync(void);
void step_big(void);
void step_stack(void);

/* main.c */
extern bool in_child;
void step_fork(void);
void step_checksum(void);

#endif
