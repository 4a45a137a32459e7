/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of every kind of call fails once. From a state that random steps have made, a copy
 * of this process performs the call with its n-th allocation failing, n = 1, 2, ... until the call needs
 * fewer; the model then says whether anything has changed that should not have, and at the end of each
 * copy everything must be given back.
 *
 *	state --+-- copy: 1st allocation fails, compare, all exit, count
 *		+-- copy: 2nd ...
 *		+-- copy: none left to fail: on to the next call
 */
#include "tests/host/support/check.h"

#include "tests/host/sim/child.h"
#include "tests/host/sim/driver.h"

#define NOT_REACHED	3	/* the call needs fewer allocations */

struct attempt {
	op_fn *op;
	unsigned long nth;
};

static const struct {
	const char *name;
	op_fn *op;
	unsigned int tries;		/* with other arguments, in each state */
} calls[] = {
	{ "mmap", op_mmap, 4 }, { "mmap of objects", op_mmap_object, 2 }, { "munmap", op_munmap, 4 },
	{ "mprotect", op_mprotect, 4 }, { "brk", op_brk, 6 }, { "fork", op_fork, 1 }, { "mremap", op_mremap, 5 },
	{ "madvise", op_madvise, 4 }, { "mlock", op_mlock, 4 }, { "mlockall", op_mlockall, 3 },
	{ "faults", op_touch, 5 }, { "writes from outside", op_write_from_outside, 4 },
};

static unsigned long points[ARRAY_SIZE(calls)];

static int attempt(void *arg)
{
	const struct attempt *a = arg;

	driver.fail_at = a->nth;
	driver.fail_at_reached = false;
	a->op();
	sim_check_no_locks();
	for (unsigned int i = 0; i < NR_SPACES; i++)
		if (driver.spaces[i].mm)
			driver_compare(&driver.spaces[i]);
	driver_finish();
	return driver.fail_at_reached ? 0 : NOT_REACHED;
}

/* One call from the state we are in. Returns how many of its allocations there are. */
static unsigned long fail_each_allocation(unsigned int call, unsigned long seed)
{
	struct attempt a = { .op = calls[call].op };
	char text[4096];
	int result;

	for (a.nth = 1;; a.nth++) {
		result = in_child(attempt, &a, text, sizeof(text));
		if (result == NOT_REACHED)
			return a.nth - 1;
		if (result != 0) {
			printf("%s, state of seed %lu, allocation %lu fails: %s\n", calls[call].name, seed, a.nth, text);
			exit(1);
		}
	}
}

static void try_state(unsigned long seed, unsigned int steps)
{
	driver_start(seed, NULL, 0);
	for (unsigned int i = 0; i < steps || !driver.here; i++)
		driver_step();
	for (unsigned int call = 0; call < ARRAY_SIZE(calls); call++)
		for (unsigned int i = 0; i < calls[call].tries; i++) {
			points[call] += fail_each_allocation(call, seed);
			pick(1 + seed);		/* other arguments next time */
		}
	driver_finish();
}

int main(int argc, char **argv)
{
	unsigned long seeds = argc > 1 ? strtoul(argv[1], NULL, 0) : 8;
	int missing = 0;

	driver.inject = false;
	sim_boot();
	for (unsigned long seed = 1; seed <= seeds; seed++)
		try_state(seed, 100 * seed);
	for (unsigned int call = 0; call < ARRAY_SIZE(calls); call++) {
		printf("%-20s %lu allocations made to fail\n", calls[call].name, points[call]);
		missing += !points[call];
	}
	if (missing)
		printf("%d calls never allocated: the states are too simple\n", missing);
	printf("%d passed, %d failed\n", (int)ARRAY_SIZE(calls) - missing, missing);
	return missing != 0;
}
