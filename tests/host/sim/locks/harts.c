/* SPDX-License-Identifier: MIT */
/* A hart is a thread that sleeps on its task's state word; harts.h. */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/race.h"
#include "kernel/core/time.h"
#include "kernel/sched/sched.h"
#include "lib/format.h"
#include "tests/host/sim/locks/harts.h"

_Thread_local unsigned int hart_wakes_in;
static struct task tasks[NR_HARTS];
static bool in_schedule[NR_HARTS];
_Thread_local struct task *current_task = &tasks[0];
struct cpu cpus[NR_CPUS];
unsigned int nr_cpus = NR_HARTS;

static struct run {
	void (*body)(unsigned int hart, void *arg);
	void *arg;
	pthread_barrier_t start;
} run;

static void *hart(void *number)
{
	unsigned int n = (unsigned int)(unsigned long)number;

	current_task = &tasks[n];
	current->cpu = n;
	pthread_barrier_wait(&run.start);	/* none is through before the last one begins */
	run.body(n, run.arg);
	return NULL;
}

void harts_run(void (*body)(unsigned int hart, void *arg), void *arg)
{
	pthread_t threads[NR_HARTS];

	run.body = body;
	run.arg = arg;
	BUG_ON(pthread_barrier_init(&run.start, NULL, NR_HARTS));
	for (unsigned long n = 0; n < NR_HARTS; n++)
		BUG_ON(pthread_create(&threads[n], NULL, hart, (void *)n));
	for (unsigned int n = 0; n < NR_HARTS; n++)
		BUG_ON(pthread_join(threads[n], NULL));
	pthread_barrier_destroy(&run.start);
}

void hart_kill(unsigned int n)
{
	__atomic_fetch_or(&tasks[n].work, WORK_SIGNAL | WORK_FATAL, __ATOMIC_SEQ_CST);
	wake_up_state(&tasks[n], TASK_KILLABLE);
}

void hart_alive(void)
{
	__atomic_store_n(&current->work, 0, __ATOMIC_SEQ_CST);
}

bool hart_sleeps(unsigned int n)
{
	return __atomic_load_n(&in_schedule[n], __ATOMIC_RELAXED);
}

/* ---- what the locks ask of the scheduler ---- */

void cpu_relax(void)
{
	sched_yield();
}

void schedule(void)
{
	u32 *state = &current->state, now;

	BUG_ON(spin_locks_held());
	__atomic_store_n(&in_schedule[this_cpu_id()], true, __ATOMIC_RELAXED);
	while ((now = __atomic_load_n(state, __ATOMIC_ACQUIRE)) != TASK_RUNNING && !signal_wakes(now))
		syscall(SYS_futex, state, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
	for (unsigned int i = 0; i < hart_wakes_in; i++)
		sched_yield();
	__atomic_store_n(&in_schedule[this_cpu_id()], false, __ATOMIC_RELAXED);
}

/* Time goes on when it is looked at. */
u64 ktime_get_ns(void)
{
	static u64 now;

	return __atomic_add_fetch(&now, 1000, __ATOMIC_RELAXED);
}

unsigned long race_seed = 1;

void race_delay(__unused const char *name, __unused const void *caller, __unused bool may_sleep)
{
	static _Thread_local u32 random;

	random = random * 1103515245 + 12345 + this_cpu_id();
	if ((random >> 16) % 16 == 0)
		sched_yield();
}

/* ---- panic ---- */

void panic(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "panic on hart %u: %s\n", this_cpu_id(), line);
	abort();
}
