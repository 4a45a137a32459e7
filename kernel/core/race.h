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

/*
 * second_look() - is what was read before a lock was taken still @same? Only the simulated machine can have it answered
 * without a look, to prove that this is noticed.
 */
#if __STDC_HOSTED__ && defined(RACE_POINTS)
extern bool second_look_left_out;	/* tests/host/sim */
#define second_look(same)	((same) || second_look_left_out)
#else
#define second_look(same)	(same)
#endif

#if defined(RELEASE) || (__STDC_HOSTED__ && !defined(RACE_POINTS))
#define race_seed		0UL
#define race_point(name)	((void)sizeof(name))
#define race_point_sleep(name)	((void)sizeof(name))
static inline void race_start(unsigned long seed) { (void)seed; }
#define shuffling()	false
static inline void shuffle_start(unsigned long seed) { (void)seed; }
static inline u32 shuffle(u32 n) { (void)n; return 0; }
static inline void shuffle_note(int pid) { (void)pid; }
static inline void shuffle_report(void) { }
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

/*
 * The boot argument sched=shuffle:SEED: tasks take turns in an order that the seed decides, ticks come early by as much as it
 * says, and preemption points are taken when it says so. With -icount the whole run repeats, other ones for each seed.
 */
extern unsigned long shuffle_seed;	/* 0: off */
#define shuffling()	unlikely(READ_ONCE(shuffle_seed))

static inline void shuffle_start(unsigned long seed) { shuffle_seed = seed; }
/* shuffle() - this hart's next number below @n. */
u32 shuffle(u32 n);
/* shuffle_note() - task @pid runs now. shuffle_report() - at power-off: how many switches, and a number that stands for their order. */
void shuffle_note(int pid);
void shuffle_report(void);
#endif

#endif
