/* SPDX-License-Identifier: MIT */
/* timertest: setitimer() and getitimer(), and that no setting of them costs the machine anything. */
#include <signal.h>
#include <sys/time.h>
#include "user/tests/tap.h"

static volatile sig_atomic_t alarms, profs, virtuals;

static void on_signal(int sig)
{
	*(sig == SIGALRM ? &alarms : sig == SIGPROF ? &profs : &virtuals) += 1;
}

static struct itimerval setting(long first_us, long interval_us)
{
	return (struct itimerval){
		.it_value = { first_us / 1000000, first_us % 1000000 },
		.it_interval = { interval_us / 1000000, interval_us % 1000000 },
	};
}

static void set(int which, long first_us, long interval_us)
{
	struct itimerval value = setting(first_us, interval_us);

	if (setitimer(which, &value, NULL) != 0)
		die("timertest: setitimer");
}

static long left_us(int which)
{
	struct itimerval now;

	if (getitimer(which, &now) != 0)
		die("timertest: getitimer");
	return now.it_value.tv_sec * 1000000 + now.it_value.tv_usec;
}

static void check_once(void)
{
	unsigned long long start = now_ns();

	alarms = 0;
	set(ITIMER_REAL, 30000, 0);
	ok(left_us(ITIMER_REAL) > 0 && left_us(ITIMER_REAL) <= 30000, "%ld us are left", left_us(ITIMER_REAL));
	while (!alarms)
		pause();
	ok(now_ns() - start >= 30000000, "SIGALRM after 30 ms, not before");
	sleep_ms(40);
	is(alarms, 1, "and no second one");
	is(left_us(ITIMER_REAL), 0, "the timer is off");
}

static void check_interval(void)
{
	unsigned long long start = now_ns();
	struct itimerval old, off = setting(0, 0);

	alarms = 0;
	set(ITIMER_REAL, 10000, 5000);
	while (alarms < 6)
		pause();
	ok(now_ns() - start >= 35000000, "the sixth SIGALRM after 10 + 5 x 5 ms");
	is(setitimer(ITIMER_REAL, &off, &old), 0, "switch it off");
	is(old.it_interval.tv_usec, 5000, "the old interval is told");
	alarms = 0;
	sleep_ms(20);
	is(alarms, 0, "then it is quiet");
}

/* The next expiry waits until the signal is delivered: blocked, there is one. */
static void check_blocked(void)
{
	sigset_t set_alarm = SIGMASK(SIGALRM), old;

	alarms = 0;
	sigprocmask(SIG_BLOCK, &set_alarm, &old);
	set(ITIMER_REAL, 1, 1);
	sleep_ms(30);
	is(alarms, 0, "a blocked SIGALRM waits");
	ok(left_us(ITIMER_REAL) > 0, "and the timer is still on");
	set(ITIMER_REAL, 0, 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
	is(alarms, 1, "and comes once");
}

/* A signal each microsecond is more than a hart can deliver: this process does nothing else any more. Until it is killed. */
static int flooded(long unused)
{
	(void)unused;
	signal(SIGALRM, on_signal);
	set(ITIMER_REAL, 1, 1);
	for (;;)
		pause();
	return 0;
}

static void check_flood(void)
{
	pid_t pid[8];
	int status, good = 0;
	unsigned long long start, worst = 0;

	for (int i = 0; i < 8; i++)
		pid[i] = spawn_child(flooded, 0);
	for (int i = 0; i < 10; i++) {
		start = now_ns();
		sleep_ms(50);
		worst = now_ns() - start > worst ? now_ns() - start : worst;
	}
	for (int i = 0; i < 8; i++)
		kill(pid[i], SIGKILL);
	for (int i = 0; i < 8; i++)
		good += waitpid(pid[i], &status, 0) == pid[i] && status == killed_by(SIGKILL);
	is(good, 8, "8 processes with a timer of 1 us each can be killed");
	ok(worst < 2000000000ULL, "a sleep of 50 ms beside them takes %llu ms", worst / 1000000);
}

static void check_cpu_time(int which, volatile sig_atomic_t *count, const char *name)
{
	unsigned long long start;

	*count = 0;
	set(which, 30000, 20000);
	sleep_ms(100);
	ok(*count <= 1, "%s: sleep is not counted (%d)", name, *count);
	start = now_ns();
	while (*count < 4 && now_ns() - start < 20000000000ULL)
		;
	is(*count >= 4, 1, "%s: 4 signals for computing", name);
	set(which, 0, 0);
	is(left_us(which), 0, "%s: off", name);
}

static int child_has_none(long unused)
{
	(void)unused;
	return left_us(ITIMER_REAL) == 0 && left_us(ITIMER_PROF) == 0 ? 0 : 1;
}

static int exec_keeps(long unused)
{
	char *argv[] = { "/bin/timertest", "wait", NULL };

	(void)unused;
	set(ITIMER_REAL, 50000, 0);
	signal(SIGALRM, SIG_DFL);
	execv(argv[0], argv);
	return 1;
}

static void check_family(void)
{
	set(ITIMER_REAL, 60000000, 0);
	set(ITIMER_PROF, 60000000, 0);
	is(in_child(child_has_none, 0), exited_with(0), "a child starts without timers");
	set(ITIMER_REAL, 0, 0);
	set(ITIMER_PROF, 0, 0);
	is(in_child(exec_keeps, 0), killed_by(SIGALRM), "execve keeps them");
}

static void check_alarm(void)
{
	is(alarm(10), 0, "alarm: none before");
	ok(alarm(20) >= 9, "the rest of the old one");
	ok(alarm(0) >= 19, "and of this one");
	is(left_us(ITIMER_REAL), 0, "alarm(0) switches off");
}

static void check_errors(void)
{
	struct itimerval bad_us = setting(0, 0), negative = setting(0, 0), good = setting(60000000, 0), old = good;

	bad_us.it_value.tv_usec = 1000000;
	negative.it_interval.tv_sec = -1;
	is_errno(raw_syscall(SYS_setitimer, (long)ITIMER_REAL, &bad_us, 0L), EINVAL, "1,000,000 us");
	is_errno(raw_syscall(SYS_setitimer, (long)ITIMER_REAL, &negative, 0L), EINVAL, "a negative interval");
	is_errno(raw_syscall(SYS_setitimer, 3L, &good, 0L), EINVAL, "timer 3");
	is_errno(raw_syscall(SYS_getitimer, -1L, &good), EINVAL, "timer -1");
	is_errno(raw_syscall(SYS_setitimer, (long)ITIMER_REAL, 8L, 0L), EFAULT, "a bad pointer");
	is_errno(raw_syscall(SYS_getitimer, (long)ITIMER_REAL, -8L), EFAULT, "a kernel address");
	good.it_value.tv_sec = 0x7fffffffffffffff;
	is(raw_syscall(SYS_setitimer, (long)ITIMER_REAL, &good, 0L), 0, "292 billion years");
	is(raw_syscall(SYS_setitimer, (long)ITIMER_REAL, 0L, &old), 0, "no new value switches off");
	ok(old.it_value.tv_sec > 1000000000, "and they were set");
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		for (;;)
			pause();
	signal(SIGALRM, on_signal);
	signal(SIGPROF, on_signal);
	signal(SIGVTALRM, on_signal);
	check_once();
	check_interval();
	check_blocked();
	check_cpu_time(ITIMER_PROF, &profs, "ITIMER_PROF");
	check_cpu_time(ITIMER_VIRTUAL, &virtuals, "ITIMER_VIRTUAL");
	check_flood();
	check_family();
	check_alarm();
	check_errors();
	return tap_done();
}
