/* SPDX-License-Identifier: MIT */
/* The lock around the TLB model. Compiled without instrumentation, like the model: the sanitizer knows nothing of it. */
#include <sched.h>

void tlb_lock(void);
void tlb_unlock(void);

static int locked;

void tlb_lock(void)
{
	while (__atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

void tlb_unlock(void)
{
	__atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
}
