/* SPDX-License-Identifier: MIT */
/* The longest time without a preemption point; latency.h. */
#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/panic_state.h"
#include "kernel/core/percpu.h"
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/sched/latency.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

static struct latency_hart {
	u64 begin;			/* of the current stretch; 0: none */
	struct latency longest;
} __aligned(64) latency_harts[NR_CPUS];	/* each hart its own */

static bool report;			/* set once, at boot */
static u64 limit;			/* panic beyond so many ns; 0: never */

void latency_begin(void)
{
	latency_harts[this_cpu_id()].begin = ktime_get_ns();
}

static __noinline void record(struct latency *longest, u64 ns)
{
	longest->ns = ns;
	longest->pid = current->pid;
	(void)strscpy(longest->name, current->name, sizeof(longest->name));
	longest->call = current->regs && current->regs->cause == SCAUSE_ECALL_USER ? (long)current->regs->a7 : -1;
	backtrace_save(longest->callers, LATENCY_CALLERS);
	if (limit && ns > limit && !panic_in_progress())
		panic("%lu us without a preemption point, system call %ld", (unsigned long)(ns / 1000), longest->call);
}

void latency_end(void)
{
	unsigned int cpu = this_cpu_id();
	u64 begin = latency_harts[cpu].begin, ns;

	if (begin == 0 || (current->flags & TASK_IDLE))
		return;
	ns = ktime_get_ns() - begin;
	if (unlikely(ns > latency_harts[cpu].longest.ns))
		record(&latency_harts[cpu].longest, ns);
}

/* "5ms", "300us" or "1s" in ns; 0: not understood. */
static u64 parse_time(const char *s)
{
	static const struct {
		const char *name;
		u64 ns;
	} units[] = { { "s", NSEC_PER_SEC }, { "ms", NSEC_PER_SEC / 1000 }, { "us", NSEC_PER_SEC / 1000000 } };
	u64 n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + (u64)(*s++ - '0');
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strcmp(s, units[i].name) == 0)
			return n * units[i].ns;
	return 0;
}

bool latency_ask(const char *word)
{
	if (strcmp(word, "latency=report") == 0) {
		report = true;
	} else if (strncmp(word, "latency=panic:", 14) == 0) {
		limit = parse_time(word + 14);
		if (limit == 0)
			printk("%s: give a time, as in latency=panic:5ms\n", word);
	} else {
		return false;
	}
	return true;
}

struct latency latency_get(unsigned int cpu, bool reset)
{
	struct latency copy = latency_harts[cpu].longest;

	if (reset)
		WRITE_ONCE(latency_harts[cpu].longest.ns, 0);
	return copy;
}

void latency_report(void)
{
	if (!report)
		return;
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		const struct latency *l = &latency_harts[cpu].longest;

		if (l->ns == 0) {
			printk("latency: hart %u has run no task\n", cpu);
			continue;
		}
		printk("latency: hart %u: %lu us, task %d (%s), system call %ld\n", cpu, (unsigned long)(l->ns / 1000),
		       l->pid, l->name, l->call);
		for (int i = 0; i < LATENCY_CALLERS && l->callers[i]; i++)
			print_caller(l->callers[i]);
	}
}
