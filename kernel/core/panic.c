/* SPDX-License-Identifier: MIT */
/*
 * The kernel found a mistake of its own. One hart reports, all others stop, the machine ends
 * with PANIC_STATUS through the finisher, so that a test sees it. Nothing here waits for
 * a lock: printk skips its own once a panic has begun.
 */
#include <stdarg.h>

#include "kernel/arch/regs.h"
#include "kernel/arch/sbi.h"
#include "kernel/core/bug.h"
#include "kernel/core/console.h"
#include "kernel/core/panic.h"
#include "kernel/core/panic_state.h"
#include "kernel/core/percpu.h"
#include "kernel/core/printk.h"
#include "lib/format.h"

/* sifive_test: one register. */
#define FINISHER_PASS	0x5555
#define FINISHER_FAIL	0x3333	/* with the status in the upper half */

static volatile u32 *finisher;

void panic_init(volatile u32 *regs)
{
	finisher = regs;
}

void machine_off(int status)
{
	if (finisher)
		*finisher = status ? (u32)status << 16 | FINISHER_FAIL : FINISHER_PASS;
	sbi_shutdown();
}

void machine_exit(int status)
{
	console_claim();
	printk("init exited with status %d\n", status);
	machine_off(status & 0xff);
}

void cannot_boot(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printk("cannot boot: %s\n", text);
	machine_off(CANNOT_BOOT_STATUS);
}

/* First come, first served; a second panic of the same hart ends the report at once. */
static void panic_begin(void)
{
	if (panic_claim()) {
		send_ipi_cpus(cpus_online_mask() & ~(1UL << this_cpu_id()));
		return;
	}
	panic_stop();
	printk("panic while reporting a panic\n");
	machine_off(PANIC_STATUS);
}

static void say_where(void)
{
	struct panic_task t = panic_current();

	printk("cpu %u (hart %lu), task %d (%s)\n", this_cpu_id(), cpus[this_cpu_id()].hartid, t.pid, t.name);
}

void panic(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	panic_begin();
	printk("Kernel panic: %s\n", text);
	say_where();
	backtrace();
	machine_off(PANIC_STATUS);
}

void die(const struct pt_regs *regs, const char *what)
{
	unsigned long offset;
	const char *name = ksym_lookup(regs->epc, &offset);

	panic_begin();
	printk("Kernel panic: %s at 0x%lx (%s+0x%lx), address 0x%lx\n", what, regs->epc,
	       name ? name : "?", name ? offset : 0, regs->badaddr);
	say_where();
	printk("scause 0x%lx: %s\n", regs->cause, scause_name(regs->cause));
	show_regs(regs);
	dump_fault_context(regs->badaddr);
	backtrace_regs(regs);
	machine_off(PANIC_STATUS);
}

void warn_at(const char *file, int line, const char *what)
{
	printk("Kernel warning at %s:%d: %s\n", file, line, what);
	say_where();
	backtrace();
}
