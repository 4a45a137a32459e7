/* SPDX-License-Identifier: MIT */
/*
 * The maple tree's port for the RCU stress: as port_c11.h, but every atomic load and store of the tree
 * may be preceded by a delay. The moments that matter (one word of a change written, the next one not
 * yet) last nanoseconds; so they last long enough for another thread to look.
 */
#ifndef TESTS_HOST_MAPLE_PORT_STRESS_H
#define TESTS_HOST_MAPLE_PORT_STRESS_H

#include <sched.h>

#include "tests/host/maple/port_c11.h"

#ifndef STRESS_LOADS
#define STRESS_LOADS	1024	/* one load in so many is delayed */
#endif

/* One time in @one_in: spin a little, seldom let another thread have the processor. */
static inline void stress_delay(unsigned int one_in)
{
	static _Thread_local unsigned long rng;

	if (!rng)
		rng = (unsigned long)&rng;
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	if (rng % one_in)
		return;
	if (rng >> 32 & 63) {
		for (unsigned int n = rng >> 40 & 2047; n; n--)
			__asm__ volatile("" ::: "memory");
	} else {
		sched_yield();
	}
}

/* The tree's sources say __atomic_load_n() and __atomic_store_n() after this header was included. */
#define __atomic_store_n(p, v, order)	(stress_delay(16), __atomic_store_n(p, v, order))
#define __atomic_load_n(p, order)	(stress_delay(STRESS_LOADS), __atomic_load_n(p, order))

#endif /* TESTS_HOST_MAPLE_PORT_STRESS_H */
