/* SPDX-License-Identifier: MIT */
/*
 * Random programs on the simulated machine: each step is one memory call or access of one process on
 * one hart, done by kernel/mm and by the model, and compared.
 *
 *	bytes or a seed --> pick() --> operation --> kernel/mm   --.
 *	                                        \\--> model.c  ------+--> the same?
 */
#ifndef TESTS_HOST_SIM_DRIVER_H
#define TESTS_HOST_SIM_DRIVER_H

#include "tests/host/sim/model.h"
#include "tests/host/sim/sim.h"

#define NR_SPACES	6u

/* Where choices come from: a seed, or a fuzzer's bytes (then 0 for ever). */
struct script {
	u64 state;
	const u8 *bytes, *end;
};

struct driver {
	struct script script;
	struct space spaces[NR_SPACES];
	struct space *here;		/* who runs, on current's hart */
	unsigned long steps;
	unsigned int check_every;	/* steps between full comparisons */
	bool inject;			/* let allocations fail now and then */
	bool trace;			/* print each operation */
	bool scarce;			/* memory may really run out: any call may fail for that reason */

	/* The operation under way. */
	bool failing;			/* an allocation was to fail */
	bool fired;			/* it did, in the last call */
	unsigned long fail_at;		/* not 0: this allocation of the next call is to fail */
	bool fail_at_reached;
	unsigned long failed, done;	/* for the summary */
};

/* The one driver of the process. */
extern struct driver driver;

void driver_start(u64 seed, const u8 *bytes, size_t size);
void driver_step(void);
/* driver_finish() - everybody exits; nothing may be left. */
void driver_finish(void);
/* driver_run_bytes() - a whole run, as @data says: the fuzzer's input, or a file of the corpus. */
void driver_run_bytes(const u8 *data, size_t size);

/* A number in [0, n). */
unsigned long pick(unsigned long n);
/* True once in @n. */
static inline bool one_in(unsigned long n) { return pick(n) == 0; }
void say(const char *fmt, ...) __printf(1, 2);

/* Perhaps the next call shall see an allocation fail. */
void begin_call(void);
/* The same for a call that touches no user memory and so may defer flushes, which it does every other time. */
void begin_memory_call(void);
/* True: the allocation failed and @result says so: nothing may have changed. Ends what begin_call() began. */
bool call_failed(bool result_is_enomem);
/* The results must be equal. */
void expect_result(const char *call, unsigned long got, unsigned long want);

/* A mapped page of driver.here, as an index; MODEL_PAGES when there is none. */
unsigned int pick_mapped(void);
/* Any page that can be mapped; half of the time one that is. */
unsigned long pick_page(void);
/* A range of 1 to @max pages that starts at pick_page(). */
void pick_range(unsigned long *start, unsigned long *len, unsigned long max);
u32 pick_prot(void);

/* driver_compare() - @s and the promises of all against the model; panics at a difference. */
void driver_compare(struct space *s);

/* The operations (ops_*.c). */
typedef void op_fn(void);
op_fn op_mmap, op_mmap_object, op_mmap_bad, op_munmap, op_mprotect, op_brk;
op_fn op_mremap, op_madvise, op_mlock, op_mlockall;
op_fn op_touch, op_touch_range, op_write_from_outside, op_read_from_outside, op_query, op_mincore;
op_fn op_fork, op_reclaim, op_compact, op_migrate, op_swapoff, op_msync;

/* Take over a stack's growth below @va that the kernel made before memory ran out. */
void adopt_growth(struct space *s, unsigned long va);

/* A fresh space with a stack and a heap; NULL when all slots are taken. */
struct space *space_new(void);
struct space *space_fork(struct space *parent);
void space_exit(struct space *s);

#endif
