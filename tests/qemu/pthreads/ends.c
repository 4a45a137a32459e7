/* SPDX-License-Identifier: MIT */
/* How processes with threads end, and what the parent is told. */
#include <sys/resource.h>
#include <sys/wait.h>
#include "say.h"

static void *exits(void *arg)
{
	sleep_ms(5);
	exit((int)(long)arg);
}

static pthread_t leader;

/* Not while the leader is still on its way out: exit() takes away what unwinds its stack. */
static void *exits_alone(void *arg)
{
	join(leader);
	exit((int)(long)arg);
}

static void *aborts(void *arg)
{
	(void)arg;
	abort();
}

static void *faults(void *arg)
{
	*(volatile int *)8 = 1;
	return arg;
}

static void *returns(void *arg)
{
	sleep_ms(5);
	return arg;
}

static void *blocks(void *arg)
{
	char c;
	int fds[2];

	need(pipe(fds));
	need(read(fds[0], &c, 1));
	return arg;
}

static void *spins(void *arg)
{
	for (;;)
		;
	return arg;
}

static void one(void *(*body)(void *))
{
	start(spins, 0);
	start(blocks, 0);
	start(body, 11);
}

static int a_thread_exits(void)
{
	one(exits);
	pause();
	return 1;
}

static int a_thread_aborts(void)
{
	one(aborts);
	pause();
	return 1;
}

static int a_thread_faults(void)
{
	one(faults);
	pause();
	return 1;
}

static int main_returns(void)
{
	one(blocks);
	return 12;
}

static int main_leaves_and_a_thread_exits(void)
{
	leader = pthread_self();
	one(exits_alone);
	pthread_exit(NULL);
}

static int all_leave(void)
{
	start(returns, 1);
	start(returns, 2);
	pthread_exit((void *)5L);
}

static int killed_without_leader(void)
{
	one(blocks);
	pthread_exit(NULL);
}

static int nobody_catches(void)
{
	one(blocks);
	kill(getpid(), SIGTERM);
	pause();
	return 1;
}

static void check(const char *name, int (*body)(void), int sig)
{
	struct rusage usage;
	int status;
	pid_t pid = (pid_t)need(fork());

	if (pid == 0)
		exit(body());
	if (sig) {
		sleep_ms(30);
		need(kill(pid, sig));
	}
	need(wait4(pid, &status, 0, &usage));
	printf("%s: ", name);
	if (WIFEXITED(status))
		printf("exit status %d\n", WEXITSTATUS(status));
	else
		printf("SIG%s\n", sigabbrev_np(WTERMSIG(status)));
}

int main(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	setvbuf(stdout, NULL, _IOLBF, 0);
	check("a thread calls exit", a_thread_exits, 0);
	check("a thread calls abort", a_thread_aborts, 0);
	check("a thread faults", a_thread_faults, 0);
	check("main returns", main_returns, 0);
	check("main leaves, a thread calls exit", main_leaves_and_a_thread_exits, 0);
	check("all leave", all_leave, 0);
	check("main leaves, SIGKILL", killed_without_leader, SIGKILL);
	check("main leaves, SIGTERM", killed_without_leader, SIGTERM);
	check("SIGTERM to oneself", nobody_catches, 0);
	printf("no child is left: %s\n", wait(NULL) < 0 ? error(errno) : "one is");
	return 0;
}
