/* SPDX-License-Identifier: MIT */
/*
 * Failure injection: make the N-th allocation from now fail, for this task only, so
 * that a test can walk N through every allocation of an operation and see each
 * failure path taken. Called by alloc_pages() and the slab once per allocation.
 */
#include "kernel/mm/frame/gfp.h"
#include "kernel/sched/task.h"

bool should_fail_alloc(gfp_t gfp)
{
	if (likely(current->fail_nth == 0) || (gfp & __GFP_NOFAIL_INJECT))
		return false;
	return --current->fail_nth == 0;
}

void fail_alloc_set(unsigned long nth)
{
	current->fail_nth = nth;
}

unsigned long fail_alloc_remaining(void)
{
	return current->fail_nth;
}
