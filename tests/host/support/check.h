/* SPDX-License-Identifier: MIT */
/*
 * What every host test includes first: cmocka with what it needs, and one
 * spelling for comparisons. assert_eq() prints both values when they differ.
 */
#ifndef TESTS_HOST_SUPPORT_CHECK_H
#define TESTS_HOST_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define assert_eq(got, want) \
	assert_int_equal((unsigned long)(got), (unsigned long)(want))

/* A seeded generator, so that a failing run can be repeated: the seed is printed by the test. */
static inline unsigned long test_random(unsigned long *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
