/* SPDX-License-Identifier: MIT */
/* Included first in every file of the threads build: what is different from the real machine there. */
#ifndef TESTS_HOST_SIM_THREADS_HOSTED_H
#define TESTS_HOST_SIM_THREADS_HOSTED_H

/*
 * READ_ONCE() - as one atomic load that acquires: a fair model of the address dependency that begins at it. (A call before a
 * volatile load would not do: the load may see a newer value than the call has acquired.)
 */
#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_ACQUIRE)

/* cpu_relax() - who spins lets the other hart's thread have the processor. */
void cpu_relax(void);

#endif
