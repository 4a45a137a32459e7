/* SPDX-License-Identifier: MIT */
/* execve from a thread that is not the leader, while others sleep and run: the process keeps its id, and has one thread. */
#include <sys/mman.h>
#include <sys/wait.h>
#include "say.h"

static char **arguments;

static void *sleeper(void *arg)
{
	static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

	pthread_mutex_lock(&m);
	for (;;)
		pthread_cond_wait(&cond, &m);
	return arg;
}

static void *runner(void *arg)
{
	for (;;)
		;
	return arg;
}

static void *executer(void *arg)
{
	char pid[20];

	sleep_ms(10);
	snprintf(pid, sizeof(pid), "%d", getpid());
	execl(arguments[0], arguments[0], (char *)arg, pid, NULL);
	printf("execl: %s\n", error(errno));
	return NULL;
}

/* What the new program finds. */
static int again(char **argv)
{
	sigset_t mask;

	need(sigprocmask(SIG_BLOCK, NULL, &mask));
	printf("%s: the same process %d, its leader %d, USR1 blocked %d\n", argv[1], getpid() == atoi(argv[2]),
	       gettid() == getpid(), sigismember(&mask, SIGUSR1));
	return 3;
}

static int start_all(const char *name)
{
	pthread_t t;

	for (int i = 0; i < 3; i++) {
		start(sleeper, 0);
		start(runner, 0);
	}
	if (strcmp(name, "leader") == 0)
		executer((void *)name);
	t = start(executer, (long)name);
	if (strcmp(name, "two") == 0)
		start(executer, (long)name);
	if (strcmp(name, "dead-leader") == 0)
		pthread_exit(NULL);
	join(t);
	return 1;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "thread", "leader", "dead-leader", "two" };
	sigset_t usr1 = set_of(SIGUSR1);

	arguments = argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		return again(argv);
	need(sigprocmask(SIG_BLOCK, &usr1, NULL));
	for (int i = 0; i < 4; i++) {
		pid_t pid = (pid_t)need(fork());
		int status;

		if (pid == 0)
			_exit(start_all(names[i]));
		need(waitpid(pid, &status, 0));
		printf("%s: status %x\n", names[i], status);
	}
	return 0;
}
