/* SPDX-License-Identifier: MIT */
/*
 * Limits and build choices in one place. The Makefile defines RELEASE (checks
 * compiled out) or DEBUG_VM (validate after every change), or neither.
 */
#ifndef KERNEL_CORE_CONFIG_H
#define KERNEL_CORE_CONFIG_H

#if !defined(RELEASE) || defined(LATENCY)
#define MEASURE_LATENCY			/* sched/latency.h */
#define FRAME_POINTERS			/* the compiler keeps them */
#endif

#if defined(DEBUG_VM) && defined(__riscv)
#define PAGE_OWNER			/* mm/frame/owner.h; the simulator of tests/host defines it, too */
#endif

#define NR_CPUS		8		/* harts; a cpumask is one unsigned long */
#define HZ		100		/* timer ticks a second */
#define SLICE_TICKS	1		/* a task runs so long before others on its hart get their turn */
#define KSTACK_SIZE	16384		/* bytes of a task's kernel stack, guard pages beside it */
#define TASK_NAME_LEN	16
#define FILES_MAX	64		/* open descriptors of a process */
#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(a)	ALIGN_UP((unsigned long)(a), PAGE_SIZE)
#define TASK_SIZE	0x4000000000UL	/* user addresses are [0, TASK_SIZE): half of Sv39 */

#endif
