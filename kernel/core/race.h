/* SPDX-License-Identifier: MIT */
/*
 * Race points: places where another hart's step in between would matter. With the boot argument delay=SEED a hart
 * that passes one waits there for a while, or not at all, as the seed says, so that windows of a few
 * instructions become windows of many microseconds, other ones for each seed:
 *
 *	hart 0	... unlock --- race point ............ next step	wide open
 *	hart 1	              lock, change, unlock			fits in
 *
 * The seed decides which points are delayed often and which seldom, and each visit anew by a number that depends on the
 * seed, the point, the hart and how often it has come to any: the same seed delays in the same way again. A point is its
 * name and where its function was called from, so that each use of a lock is one. RELEASE builds have none of it.
 */
#ifndef KERNEL_CORE_RACE_H
#define KERNEL_CORE_RACE_H

#include "lib/types.h"

#if defined(RELEASE) || (__STDC_HOSTED__ && !defined(RACE_POINTS))
#define race_point(name)	((void)sizeof(name))
#define race_point_sleep(name)	((void)sizeof(name))
static inline void race_start(unsigned long seed) { (void)seed; }
#else
extern unsigned long race_seed;		/* delay=SEED; 0: off */

void race_delay(const char *name, const void *caller, bool may_sleep);
static inline void race_start(unsigned long seed) { race_seed = seed; }

/* race_point() - perhaps spin. Any context. */
#define race_point(name) \
	do { if (unlikely(READ_ONCE(race_seed))) race_delay((name), __builtin_return_address(0), false); } while (0)
/* race_point_sleep() - perhaps spin, perhaps let others run. No spinlock held, may sleep. */
#define race_point_sleep(name) \
	do { if (unlikely(READ_ONCE(race_seed))) race_delay((name), __builtin_return_address(0), true); } while (0)
#endif

#endif
