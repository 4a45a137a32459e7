/* SPDX-License-Identifier: MIT */
/*
 * How long does the kernel keep a hart from other tasks? A stretch begins when a trap leaves user mode, when schedule()
 * arrives in a task, or behind a preemption point; it ends at the next return to user mode, schedule() or preemption point
 * (cond_resched(), yield()). In between no interrupt is taken and no other task runs:
 *
 *	user | system call ....... cond_resched() ....... cond_resched() .... | user
 *	     |<---- stretch ---->|<----- stretch ----->|<---- stretch ------>|
 *
 * Each hart keeps its longest one. With -icount shift=0 a nanosecond is an instruction and the figures repeat. Debug
 * builds measure; RELEASE ones do when built with LATENCY=1. Boot arguments: latency=report prints the longest
 * stretches at power-off, latency=panic:5ms panics at the end of one that took longer.
 */
#ifndef KERNEL_SCHED_LATENCY_H
#define KERNEL_SCHED_LATENCY_H

#include "kernel/core/config.h"
#include "lib/types.h"

#define LATENCY_CALLERS	12

/* The longest stretch of a hart. Written by the hart itself; others may read it while it changes. */
struct latency {
	u64 ns;
	int pid;
	char name[TASK_NAME_LEN];
	long call;				/* number of the system call; -1: another trap */
	unsigned long callers[LATENCY_CALLERS];	/* where it ended: return addresses, innermost first; 0 ends them */
};

#ifdef MEASURE_LATENCY
void latency_begin(void);
void latency_end(void);
/* latency_ask() - @word of the boot arguments: "latency=report" or "latency=panic:5ms" (also us, s). False: it is neither. */
bool latency_ask(const char *word);
/* latency_report() - at power-off: print what each hart has measured, if that was asked for. */
void latency_report(void);
/* latency_get() - the longest stretch of @cpu since the last call with @reset. */
struct latency latency_get(unsigned int cpu, bool reset);
#else
static inline void latency_begin(void) { }
static inline void latency_end(void) { }
static inline bool latency_ask(const char *word) { (void)word; return false; }
static inline void latency_report(void) { }
#endif

#endif
