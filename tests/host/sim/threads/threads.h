/* SPDX-License-Identifier: MIT */
/*
 * Two harts as two threads, under ThreadSanitizer. All of kernel/mm, the locks (kernel/core/spinlock.c, rwsem.c,
 * wait.c) too, are the real sources; here a lock that is taken makes its caller wait.
 *
 *	sim_threads.c	options, start, end
 *	storm.c		what each hart does, and what it knows of its processes' memory
 *	machine.c	kernel/arch/machine.h, user accesses; the TLB model is that of the single-thread machine
 *	rcu.c		RCU's callbacks
 *	hart.c		current, sleeping, panic, printk, RAM
 *	wake.c		waking; it serves the tests of locks as well
 *	sanitizer.c	what READ_ONCE() and WRITE_ONCE() mean to the sanitizer, and how many races it has found
 *	plant.c		locks and other steps left out on purpose
 *
 * What orders the two threads, for the sanitizer, is what orders two harts: the kernel's own atomic accesses,
 * the walker's loads of page-table entries, and remote flushes (machine.c).
 */
#ifndef TESTS_HOST_SIM_THREADS_H
#define TESTS_HOST_SIM_THREADS_H

#include "tests/host/sim/sim.h"

#define NR_HARTS	2u

/* ---- hart.c ---- */

void hart_start(unsigned int hart);
void ram_map(unsigned long size);
/* rcu_sleep() - this hart sleeps, or does so no more: callbacks do not wait for it. */
void rcu_sleep(bool begins);
/* Spinlocks that this hart holds. */
unsigned int hart_spinlocks(void);

/* ---- machine.c ---- */

void machine_boot(unsigned long frames);
void hart_run(struct mm_struct *mm);
/* A call of kernel/mm that touches no user memory: flushes of this hart are deferred meanwhile. @mm is loaded. */
#define in_kernel(mm, call)	({ kernel_enter(mm); __auto_type _ret = (call); kernel_leave(); _ret; })
void kernel_enter(struct mm_struct *mm);
void kernel_leave(void);

/* ---- sanitizer.c ---- */

unsigned int races_reported(void);

/* ---- storm.c ---- */

struct storm_config {
	unsigned long seed;
	double seconds;
	bool no_common;			/* each process is driven by one hart */
};
extern struct storm_config storm_config;
/* storm_without() - leave out an operation. False: there is none of that name. */
bool storm_without(const char *name);
/* storm_run() - both harts until the time is up; then everything is given back and counted. */
void storm_run(void);

/* ---- plant.c ---- */

enum plant {
	PLANT_NONE,
	PLANT_COUNTER,		/* the storm counts in a plain variable */
	PLANT_FAULT_LOCK,	/* faults do without page_table_lock */
	PLANT_ZONE_LOCK,	/* the frame allocator does without its lock */
	PLANT_I_MMAP,		/* VMAs join and leave objects without i_mmap_lock */
	PLANT_FLUSH,		/* reclaim and migration do not flush */
	PLANT_MM_LIST,		/* the list of address spaces goes unlocked */
	PLANT_VMA_WAIT,		/* who changes a VMA does not wait for the faults that have it */
	PLANT_GRACE,		/* what RCU frees is freed at once */
	PLANT_RCU_MODE,		/* the common process's tree is changed in place */
	PLANT_SECOND_LOOK,	/* faults do not look at the entry again, after they have locked its table */
	PLANT_RELEASE,		/* a tree publishes without a release */
	PLANT_TABLES,		/* page tables are freed at once, before any flush */
	NR_PLANTS,
};
extern enum plant planted;
extern const char *const plant_names[NR_PLANTS];
/* The harness says what the plants need to know. */
extern _Thread_local bool plant_in_fault;
void plant_know_mm(unsigned int slot, struct mm_struct *mm);
void plant_know_object(unsigned int slot, struct memobj *obj);

#endif
