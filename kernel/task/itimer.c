/* SPDX-License-Identifier: MIT */
/*
 * The three interval timers of a process: setitimer() and getitimer(), on which alarm() stands.
 *
 *	ITIMER_REAL	a timer of the hart    -> SIGALRM; set again when the signal is delivered
 *	ITIMER_VIRTUAL	its time on a hart, looked at in each tick -> SIGVTALRM, SIGPROF
 *	ITIMER_PROF	the same: all time counts as user time
 *
 * A process that asks for one signal each microsecond gets as many as it can take: its next expiry waits for the delivery
 * of the last, so it costs other processes nothing but its own share of the hart.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/syscall.h"
#include "kernel/core/time.h"
#include "kernel/sched/sched.h"
#include "kernel/task/itimer.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "kernel/task/user_time.h"
#include "lib/errno.h"

#define ITIMER_REAL	0
#define ITIMER_VIRTUAL	1
#define ITIMER_PROF	2

#define NSEC_PER_USEC	1000

struct timeval {
	s64 sec, usec;
};

/* As user space has it. */
struct itimerval {
	struct timeval interval, value;
};

/* First expiry from now, and from one to the next. In ns; 0: none. */
struct setting {
	u64 value, interval;
};

static bool valid_timeval(const struct timeval *tv)
{
	return tv->sec >= 0 && tv->usec >= 0 && tv->usec < 1000000;
}

static u64 timeval_to_ns(const struct timeval *tv)
{
	return (u64)min(tv->sec, (s64)USER_SEC_MAX) * NSEC_PER_SEC + (u64)tv->usec * NSEC_PER_USEC;
}

static struct timeval ns_to_timeval(u64 ns)
{
	return (struct timeval){ (s64)(ns / NSEC_PER_SEC), (s64)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };
}

/* What is left until @expires. A timer that is due has still the least that can be said: 0 stands for a timer that is not set. */
static u64 time_left(u64 expires, u64 now)
{
	return expires > now + NSEC_PER_USEC ? expires - now : NSEC_PER_USEC;
}

/* The next expiry behind @now of a timer that was due at @expires. */
static u64 next_expiry(u64 expires, u64 interval, u64 now)
{
	return expires > now ? expires : expires + ((now - expires) / interval + 1) * interval;
}

/* ---- ITIMER_REAL ---- */

static void real_expired(struct ktimer *timer)
{
	static const struct sig_event alarm = { .signo = SIGALRM, .code = SI_KERNEL };
	struct itimers *it = container_of(timer, struct itimers, real);

	spin_lock(&tasklist_lock);
	send_process(container_of(it, struct process, itimers), &alarm);
	spin_unlock(&tasklist_lock);
}

void itimer_delivered(struct process *p)
{
	struct itimers *it = &p->itimers;

	spin_lock(&it->lock);
	if (it->real_interval && !timer_expires(&it->real))
		timer_start(&it->real, next_expiry(it->real.expires, it->real_interval, ktime_get_ns()), real_expired);
	spin_unlock(&it->lock);
}

static struct setting get_real(struct itimers *it)
{
	u64 expires = timer_expires(&it->real);

	if (!expires && !it->real_interval)
		return (struct setting){ 0 };
	return (struct setting){ time_left(expires, ktime_get_ns()), it->real_interval };
}

static void set_real(struct itimers *it, const struct setting *new)
{
	timer_cancel(&it->real);
	it->real_interval = new->value ? new->interval : 0;
	if (new->value)
		timer_start(&it->real, ktime_get_ns() + new->value, real_expired);
}

void itimers_exit(struct process *p)
{
	timer_cancel(&p->itimers.real);
}

/* ---- ITIMER_VIRTUAL, ITIMER_PROF ---- */

static struct setting get_cpu(const struct cpu_itimer *it)
{
	if (!it->expires)
		return (struct setting){ 0 };
	return (struct setting){ time_left(it->expires, process_runtime_ns(current->proc)), it->interval };
}

static void set_cpu(struct cpu_itimer *it, const struct setting *new)
{
	it->expires = new->value ? process_runtime_ns(current->proc) + new->value : 0;
	it->interval = new->interval;
}

/* Is @it due? Then it is set for the next time. */
static bool cpu_expired(struct itimers *timers, struct cpu_itimer *it, u64 now)
{
	bool due;

	spin_lock(&timers->lock);
	due = it->expires && now >= it->expires;
	if (due)
		it->expires = it->interval ? next_expiry(it->expires, it->interval, now) : 0;
	spin_unlock(&timers->lock);
	return due;
}

void itimer_tick(struct process *p)
{
	static const int signo[] = { SIGVTALRM, SIGPROF };
	u64 now = process_runtime_ns(p);

	for (unsigned int i = 0; i < ARRAY_SIZE(signo); i++) {
		struct sig_event event = { .signo = signo[i], .code = SI_KERNEL };

		if (!cpu_expired(&p->itimers, &p->itimers.cpu[i], now))
			continue;
		spin_lock(&tasklist_lock);
		send_process(p, &event);
		spin_unlock(&tasklist_lock);
	}
}

/* ---- the calls ---- */

static struct setting get_setting(struct itimers *it, int which)
{
	return which == ITIMER_REAL ? get_real(it) : get_cpu(&it->cpu[which - ITIMER_VIRTUAL]);
}

static long put_setting(unsigned long uaddr, const struct setting *s)
{
	struct itimerval value = { ns_to_timeval(s->interval), ns_to_timeval(s->value) };

	return copy_to_user(uaddr, &value, sizeof(value));
}

/* getitimer(which, value) */
SYSCALL_DEFINE(sys_getitimer)
{
	struct setting now;

	if ((unsigned int)a0 > ITIMER_PROF)
		return -EINVAL;
	spin_lock(&current->proc->itimers.lock);
	now = get_setting(&current->proc->itimers, (int)a0);
	spin_unlock(&current->proc->itimers.lock);
	return put_setting(a1, &now);
}

/* setitimer(which, new, old): without @new it is switched off, as on Linux */
SYSCALL_DEFINE(sys_setitimer)
{
	struct itimers *it = &current->proc->itimers;
	struct itimerval value = { 0 };
	struct setting new, old;
	int which = (int)a0;

	if (a1 && copy_from_user(&value, a1, sizeof(value)) < 0)
		return -EFAULT;
	if (!valid_timeval(&value.value) || !valid_timeval(&value.interval) || (unsigned int)which > ITIMER_PROF)
		return -EINVAL;
	new = (struct setting){ timeval_to_ns(&value.value), timeval_to_ns(&value.interval) };
	spin_lock(&it->lock);
	old = get_setting(it, which);
	if (which == ITIMER_REAL)
		set_real(it, &new);
	else
		set_cpu(&it->cpu[which - ITIMER_VIRTUAL], &new);
	spin_unlock(&it->lock);
	return a2 ? put_setting(a2, &old) : 0;
}
