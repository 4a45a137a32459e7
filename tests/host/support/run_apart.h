/* SPDX-License-Identifier: MIT */
/*
 * How every program of cmocka tests runs them: each in a process of its own, so that what a failing test leaves
 * behind (an address space, a lock, damaged memory) is not the next one's failure, and a crash is one failure.
 */
#ifndef TESTS_HOST_SUPPORT_RUN_APART_H
#define TESTS_HOST_SUPPORT_RUN_APART_H

#include "tests/host/support/check.h"

/*
 * run_apart() - run @tests[0..n), called @group together, each in a copy of the process as it is now.
 * @begin, @end: called in the copy before and after its test, may be NULL. A leak is what @begin did not allocate.
 * Prints cmocka's lines; the sums at the end are what tools/test-all reads.
 * Returns: the exit status for main().
 */
int run_apart(const char *group, const struct CMUnitTest *tests, size_t n, void (*begin)(void),
	      void (*end)(void));
#define RUN_APART(group, tests)	run_apart((group), (tests), sizeof(tests) / sizeof((tests)[0]), NULL, NULL)

#endif
