/* SPDX-License-Identifier: MIT */
/* SIGSTOP and SIGCONT of a process with threads, as waitpid tells them; all threads stand still meanwhile. */
#include <sys/mman.h>
#include <sys/wait.h>
#include "say.h"

#define THREADS	3

static int *counters;

static void *count(void *arg)
{
	for (;;)
		__atomic_add_fetch(&counters[(long)arg], 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *sleeper(void *arg)
{
	for (;;) {
		sleep_ms(1);
		__atomic_add_fetch(&counters[(long)arg], 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void child(int leader_leaves)
{
	setpgid(0, 0);			/* SIGTSTP stops nobody whose group has no parent in the session */
	for (long i = 0; i < THREADS; i++)
		start(i ? count : sleeper, i);
	if (leader_leaves)
		pthread_exit(NULL);
	pause();
}

/* How many of the threads go on within a while: waited for if all are to. */
static int that_run(int all)
{
	int before[THREADS], running;

	memcpy(before, counters, sizeof(before));
	do {
		sleep_ms(30);
		running = 0;
		for (int i = 0; i < THREADS; i++)
			running += __atomic_load_n(&counters[i], __ATOMIC_SEQ_CST) != before[i];
	} while (all && running < THREADS);
	return running;
}

static void told(pid_t pid, int options)
{
	int status = 0;
	pid_t who = (pid_t)need(waitpid(pid, &status, options));

	printf("%s %x, ", who == pid ? "told" : who == 0 ? "nothing" : "another", status);
}

static void check(int leader_leaves)
{
	pid_t pid = (pid_t)need(fork());

	if (pid == 0) {
		alarm(60);		/* should this test be killed: its threads loop */
		child(leader_leaves);
	}
	that_run(1);
	for (int i = 0; i < 3; i++) {
		need(kill(pid, SIGSTOP));
		told(pid, WUNTRACED);
		printf("%d run, ", that_run(0));
		told(pid, WUNTRACED | WNOHANG);
		need(kill(pid, SIGCONT));
		told(pid, WCONTINUED);
		printf("%d run, ", that_run(1));
		told(pid, WCONTINUED | WNOHANG);
		printf("\n");
	}
	need(kill(pid, SIGTSTP));
	told(pid, WUNTRACED);
	need(kill(pid, SIGKILL));
	told(pid, 0);
	printf("\n");
}

int main(void)
{
	counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	check(0);
	check(1);
	return 0;
}
