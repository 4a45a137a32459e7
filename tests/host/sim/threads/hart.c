/* SPDX-License-Identifier: MIT */
/*
 * A hart is a thread. It sleeps on its task's state word until another hart writes "running" there, so a wait
 * queue, an rwsem or a page lock makes it wait as in the real kernel.
 */
#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/core/race.h"
#include "kernel/mm/reclaim/storm.h"
#include "kernel/sched/sched.h"
#include "kernel/task/signal.h"
#include "lib/format.h"
#include "tests/host/sim/threads/threads.h"

static struct task hart_tasks[NR_HARTS];
_Thread_local struct task *current_task = &hart_tasks[0];
struct cpu cpus[NR_CPUS];
unsigned int nr_cpus = NR_HARTS;

void hart_start(unsigned int hart)
{
	current_task = &hart_tasks[hart];
	current->cpu = hart;
}

void ram_map(unsigned long size)
{
	void *at = phys_to_virt(RAM_START);

	if (mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at) {
		perror("RAM");
		exit(1);
	}
}

/* ---- waiting ---- */

void cpu_relax(void)
{
	sched_yield();
}

void yield(void)
{
	sched_yield();
}

void cond_resched_now(void)
{
	rcu_assert_outside();
	sched_yield();
}

void schedule(void)
{
	u32 *state = &current->state, now;

	BUG_ON(hart_spinlocks());
	rcu_assert_outside();
	rcu_sleep(/* begins = */ true);
	while ((now = __atomic_load_n(state, __ATOMIC_ACQUIRE)) != TASK_RUNNING)
		syscall(SYS_futex, state, FUTEX_WAIT_PRIVATE, now, NULL, NULL, 0);
	rcu_sleep(/* begins = */ false);
}

unsigned long nr_storms(void)
{
	return 0;
}

struct task *kernel_thread(const char *name, void (*fn)(void *), void *arg)
{
	(void)fn;
	(void)arg;
	panic("sim: no kernel threads here, \"%s\" neither", name);
}

/* ---- race points: now and then the other hart's thread gets time for a step in between ---- */

bool second_look_left_out;
unsigned long race_seed = 1;

void race_delay(__unused const char *name, __unused const void *caller, __unused bool may_sleep)
{
	static _Thread_local u32 random;

	if (!random)
		random = (u32)storm_config.seed * 2 + this_cpu_id() + 1;
	random ^= random << 13;
	random ^= random >> 17;
	random ^= random << 5;
	if (random % 16 == 0)
		sched_yield();
	else if (random % 1024 == 1)
		usleep(20);
}

/* ---- panic: the whole machine stops at once ---- */

void __sanitizer_print_stack_trace(void);

void panic(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "panic on hart %u: %s\nfailed with --seed %lu\n", this_cpu_id(), line, storm_config.seed);
	__sanitizer_print_stack_trace();
	fflush(NULL);
	abort();
}

void printk(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fputs(line, stderr);
}
