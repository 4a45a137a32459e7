/* SPDX-License-Identifier: MIT */
/*
 * Who runs here. tp holds the current task while in the kernel (see trap_entry.S), and the task
 * holds its hart. cpu ids are dense, 0..nr_cpus-1, in order of start; hart ids
 * are the machine's.
 */
#ifndef KERNEL_CORE_PERCPU_H
#define KERNEL_CORE_PERCPU_H

#include "kernel/core/config.h"
#include "lib/types.h"

struct task;

struct cpu {
	unsigned int id;
	unsigned long hartid;
	bool online;
};

extern struct cpu cpus[NR_CPUS];
extern unsigned int nr_cpus;		/* harts that are up */

/* cpus_online_mask() - bit n: cpu n is up. Ids are dense, so these are the low bits. */
static inline unsigned long cpus_online_mask(void) { return (1UL << READ_ONCE(nr_cpus)) - 1; }

/*
 * for_each_cpu(cpu, mask) { } - for the cpus of @mask, ascending. RV64GC has no instruction that counts zeros: __builtin_ctzl()
 * is a call that takes 45.
 */
#define for_each_cpu(cpu, mask)							\
	for (unsigned int cpu = 0; (mask) >> cpu; cpu++)			\
		if ((mask) >> cpu & 1)

#if __STDC_HOSTED__
extern _Thread_local struct task *current_task;	/* a thread plays one hart, or all in turn */
#define current (current_task)
#else
register struct task *current asm("tp");
#endif

/* this_cpu_id() - valid until the caller sleeps. kernel/sched/task.h has the task's cpu. */
#define this_cpu_id()	(*(const unsigned int *)current)

/*
 * this_cpu_of(array) - pointer to this hart's element of an array with one for each hart; valid as this_cpu_id() is. The asm keeps
 * the compiler from computing the address anew from the id at each use.
 */
#define this_cpu_of(array) ({ typeof(&(array)[0]) mine_ = &(array)[this_cpu_id()]; asm("" : "+r"(mine_)); mine_; })

#endif
