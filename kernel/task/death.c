/* SPDX-License-Identifier: MIT */
/*
 * Who died of a fault: one line on the console, and a record for the shell, which finds function and line (QUERY_DEATH). The
 * record stands in a ring of the latest few, since the process itself is gone when its parent has waited for it.
 */
#include "kernel/arch/regs.h"
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/task/signal.h"
#include "lib/string.h"
#include "uapi/query.h"

#define RING		16
#define LINES_PER_SECOND	10

static struct {
	spinlock_t lock;
	struct q_death ring[RING];
	unsigned int next;
	u64 second;			/* of the latest line */
	unsigned int lines;		/* in that second */
} deaths;

static void record(const struct pt_regs *regs, const struct sig_event *event)
{
	struct q_death *d = &deaths.ring[deaths.next++ % RING];

	*d = (struct q_death){
		.pid = current->pid, .signo = event->signo, .code = event->code, .cause = (int)regs->cause,
		.pc = regs->epc, .addr = event->addr,
	};
	memcpy(d->name, current->name, sizeof(d->name));
}

void report_fatal(const struct pt_regs *regs, const struct sig_event *event)
{
	u64 second = ktime_get_ns() / NSEC_PER_SEC;
	bool print;

	spin_lock(&deaths.lock);
	record(regs, event);
	if (deaths.second != second)
		deaths.lines = 0;
	deaths.second = second;
	print = deaths.lines < LINES_PER_SECOND;
	deaths.lines += print;
	spin_unlock(&deaths.lock);
	if (print)
		printk("%s[%d]: killed by %s at pc 0x%lx addr 0x%lx\n", current->name, current->pid,
		       signal_name(event->signo), regs->epc, event->addr);
}

bool find_death(int pid, struct q_death *death)
{
	bool found = false;

	spin_lock(&deaths.lock);
	for (unsigned int i = 1; i <= min(deaths.next, (unsigned int)RING) && !found; i++) {
		*death = deaths.ring[(deaths.next - i) % RING];
		found = death->pid == pid;
	}
	spin_unlock(&deaths.lock);
	return found;
}
