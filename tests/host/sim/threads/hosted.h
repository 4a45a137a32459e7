/* SPDX-License-Identifier: MIT */
/* Included first in every file of the threads build: what kernel/riscv.h has on the real machine only. */
#ifndef TESTS_HOST_SIM_THREADS_HOSTED_H
#define TESTS_HOST_SIM_THREADS_HOSTED_H

/* cpu_relax() - who spins lets the other hart's thread have the processor. */
void cpu_relax(void);

#endif
