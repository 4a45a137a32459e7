/* SPDX-License-Identifier: MIT */
/* Which hart panics; panic_state.h. */
#include "kernel/arch/riscv.h"
#include "kernel/core/panic_state.h"
#include "kernel/core/percpu.h"

static unsigned int panic_cpu;		/* 1 + the cpu that panics, 0: none; atomic */

bool panic_claim(void)
{
	unsigned int self = this_cpu_id() + 1, nobody = 0;

	return __atomic_compare_exchange_n(&panic_cpu, &nobody, self, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

bool panic_in_progress(void)
{
	return READ_ONCE(panic_cpu) != 0;
}

/* This hart does nothing more. */
static void __noreturn panic_halt(void)
{
	for (;;)
		wait_for_interrupt();
}

void panic_stop(void)
{
	if (READ_ONCE(panic_cpu) != this_cpu_id() + 1)
		panic_halt();
}
