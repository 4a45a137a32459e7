/* SPDX-License-Identifier: MIT */
/* How much memory the kernel uses, so that a test can see whether everything came back (census.c). */
#ifndef USER_LIBSYS_CENSUS_H
#define USER_LIBSYS_CENSUS_H

#include <stdbool.h>
#include "uapi/query.h"

struct census {
	struct q_mem mem;
	struct q_slab slabs[64];
	long nr_slabs;
};

/* census_take() - what is in use now. Waits, for seconds at most, until that does not change. */
void census_take(struct census *c);
/*
 * census_same() - is as much in use as @before? Waits for it, for seconds at most; what differs then is printed, @who first.
 * In a storm, pages of the processes that are left go out and come back at any time: then no more is good enough.
 */
bool census_same(const char *who, const struct census *before);
/*
 * others_run() - is there a process beside the caller, its ancestors, its descendants, the kernel's threads, the servers, and orphans of the
 * caller's name, which init has taken over? Then a difference in memory may be theirs. One that ended and is not waited for counts.
 */
bool others_run(void);

#endif
