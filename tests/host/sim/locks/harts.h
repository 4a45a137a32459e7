/* SPDX-License-Identifier: MIT */
/*
 * Harts for the tests of locks: threads under ThreadSanitizer, which run kernel/core/spinlock.c, kernel/sched/rwsem.c and wait.c and
 * nothing else of the kernel.
 */
#ifndef TESTS_HOST_SIM_LOCKS_HARTS_H
#define TESTS_HOST_SIM_LOCKS_HARTS_H

#include "lib/types.h"

#define NR_HARTS	4u

/* How many times this hart lets the others go on after it has been woken, before it runs. */
extern _Thread_local unsigned int hart_wakes_in;

/* harts_run() - @body(hart, @arg) on each hart; returns when all have. */
void harts_run(void (*body)(unsigned int hart, void *arg), void *arg);
/* hart_kill() - a fatal signal for what @hart runs: it ends a sleep in TASK_KILLABLE. hart_alive() - the current one has none. */
void hart_kill(unsigned int hart);
void hart_alive(void);
/* hart_sleeps() - is @hart in schedule(), woken or not? */
bool hart_sleeps(unsigned int hart);

#endif
