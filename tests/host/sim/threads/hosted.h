/* SPDX-License-Identifier: MIT */
/* Included first in every file of the threads build: what is different from the real machine there. */
#ifndef TESTS_HOST_SIM_THREADS_HOSTED_H
#define TESTS_HOST_SIM_THREADS_HOSTED_H

/*
 * READ_ONCE() - as one atomic load that acquires: a fair model of the address dependency that begins at it. (A call before a
 * volatile load would not do: the load may see a newer value than the call has acquired.)
 */
#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_ACQUIRE)

/* ma_publish() - the tree's store that publishes, without its release when a test wants that (plant.c). */
#define ma_publish(p, v)									\
	do {											\
		if (__builtin_expect(plant_no_release, 0))					\
			__atomic_store_n((p), (v), __ATOMIC_RELAXED);				\
		else										\
			__atomic_store_n((p), (v), __ATOMIC_RELEASE);				\
	} while (0)
extern _Bool plant_no_release;

/* cpu_relax() - who spins lets the other hart's thread have the processor. */
void cpu_relax(void);

#endif
