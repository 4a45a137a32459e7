/* SPDX-License-Identifier: MIT */
/*
 * System calls about time. All clocks count from the start of the machine, the real-time one
 * too: there is no battery-backed clock to ask.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/core/time.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "kernel/task/process.h"
#include "kernel/task/user_time.h"
#include "lib/errno.h"
#include "uapi/time.h"

/* The clock of another process's or thread's time on a hart has a negative number: the complement of its id, then CPUCLOCK_*. */
#define CPUCLOCK_WHICH		3
#define CPUCLOCK_SCHED		2
#define CPUCLOCK_PERTHREAD	4
#define CPUCLOCK_ID_SHIFT	3

static bool read_cpu_clock(int clock, u64 *ns)
{
	int pid = ~(clock >> CPUCLOCK_ID_SHIFT);
	bool thread = clock & CPUCLOCK_PERTHREAD;
	struct task *t;

	if ((clock & CPUCLOCK_WHICH) != CPUCLOCK_SCHED)
		return false;
	spin_lock(&tasklist_lock);
	t = pid == 0 ? current : find_task(pid);
	if (t && (thread ? t->proc != current->proc : t != t->proc->leader && pid != 0))
		t = NULL;
	if (t)
		*ns = thread ? task_runtime_ns(t) : process_runtime_ns(t->proc);
	spin_unlock(&tasklist_lock);
	return t;
}

static bool read_clock(int clock, u64 *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = ktime_get_real_ns();
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = ktime_get_ns();
		return true;
	case CLOCK_PROCESS_CPUTIME_ID:
		*ns = process_runtime_ns(current->proc);
		return true;
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = task_runtime_ns(current);
		return true;
	}
	return clock < 0 && read_cpu_clock(clock, ns);
}

/* clock_gettime(clock, ts) */
SYSCALL_DEFINE(sys_clock_gettime)
{
	u64 ns;

	if (!read_clock((int)a0, &ns))
		return -EINVAL;
	return put_timespec(a1, ns);
}

/* clock_getres(clock, ts) */
SYSCALL_DEFINE(sys_clock_getres)
{
	u64 ns;

	if (!read_clock((int)a0, &ns))
		return -EINVAL;
	return a1 ? put_timespec(a1, 1) : 0;
}

/* gettimeofday(tv, tz) */
SYSCALL_DEFINE(sys_gettimeofday)
{
	u64 ns = ktime_get_real_ns();
	struct timespec tv = { (s64)(ns / NSEC_PER_SEC), (s64)(ns % NSEC_PER_SEC / 1000) };
	u32 tz[2] = { 0, 0 };

	if (a0 && copy_to_user(a0, &tv, sizeof(tv)) < 0)
		return -EFAULT;
	if (a1 && copy_to_user(a1, tz, sizeof(tz)) < 0)
		return -EFAULT;
	return 0;
}

static long restart_sleep(const struct restart_block *restart);

/* Sleep for a length of time; interrupted, tell the rest and be ready to go on. */
static long sleep_relative(u64 deadline, unsigned long rem)
{
	u64 now;

	if (sleep_until(deadline, TASK_INTERRUPTIBLE) == 0)
		return 0;
	now = ktime_get_ns();
	if (now >= deadline)
		return 0;
	if (rem && put_timespec(rem, deadline - now) < 0)
		return -EFAULT;
	current->restart = (struct restart_block){ .fn = restart_sleep, .deadline = deadline, .uaddr = rem };
	return -ERESTART_RESTARTBLOCK;
}

static long restart_sleep(const struct restart_block *restart)
{
	return sleep_relative(restart->deadline, restart->uaddr);
}

/* restart_syscall(): how do_signal() lets a sleep go on */
SYSCALL_DEFINE(sys_restart_syscall)
{
	const struct restart_block restart = current->restart;

	if (!restart.fn)
		return -EINTR;
	current->restart.fn = NULL;
	return restart.fn(&restart);
}

/* nanosleep(req, rem) */
SYSCALL_DEFINE(sys_nanosleep)
{
	u64 ns;
	int ret = get_timespec(a0, &ns);

	return ret < 0 ? ret : sleep_relative(ktime_get_ns() + ns, a1);
}

/* clock_nanosleep(clock, flags, req, rem) */
SYSCALL_DEFINE(sys_clock_nanosleep)
{
	u64 ns;
	int ret;

	if ((int)a0 != CLOCK_REALTIME && (int)a0 != CLOCK_MONOTONIC && (int)a0 != CLOCK_BOOTTIME)
		return -EINVAL;
	if (a1 & ~(unsigned long)TIMER_ABSTIME)
		return -EINVAL;
	ret = get_timespec(a2, &ns);
	if (ret < 0)
		return ret;
	if (!(a1 & TIMER_ABSTIME))
		return sleep_relative(ktime_get_ns() + ns, a3);
	if ((int)a0 == CLOCK_REALTIME)		/* on the timers' clock; a time before boot is over */
		ns -= min(ns, ktime_get_real_ns() - ktime_get_ns());
	return sleep_until(ns, TASK_INTERRUPTIBLE) < 0 ? -ERESTARTNOHAND : 0;
}

/* times(buf): in hundredths of a second; all time counts as user time */
SYSCALL_DEFINE(sys_times)
{
	s64 t[4] = { 0 };

	t[0] = (s64)(process_runtime_ns(current->proc) / NSEC_PER_TICK);
	t[2] = (s64)(current->proc->children_usage.runtime_ns / NSEC_PER_TICK);
	if (a0 && copy_to_user(a0, t, sizeof(t)) < 0)
		return -EFAULT;
	return (long)(ktime_get_ns() / NSEC_PER_TICK);
}
