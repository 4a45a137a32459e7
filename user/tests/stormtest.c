/* SPDX-License-Identifier: MIT */
/*
 * stormtest: children that sleep, compute, wait in a pipe, fork and vfork, under a rain of signals from
 * their parent: handled ones, stop and continue, and for some SIGKILL, after which a new
 * child takes the place. Each must be found dead or alive as it should be.
 */
#include <signal.h>
#include <stdlib.h>
#include "user/tests/tap.h"

#define CHILDREN	8
#define ROUNDS		300

static volatile unsigned long handled;

static void count(int sig)
{
	(void)sig;
	handled++;
}

/* A byte there and back: interrupted reads are restarted or answer EINTR. */
static void use_pipe(int fds[2])
{
	char c = 'x';
	ssize_t n;

	if (write(fds[1], &c, 1) != 1 && errno != EINTR)
		_exit(90);
	do {
		n = read(fds[0], &c, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1 || c != 'x')
		_exit(91);
}

static void make_child(void)
{
	int status;
	pid_t pid = fork(), got;

	if (pid < 0)
		return;
	if (pid == 0)
		_exit(7);
	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (got != pid || status != exited_with(7))
		_exit(92);
}

static void live(int kind)
{
	volatile double x = 1.0;
	int fds[2];

	if (pipe(fds) != 0)
		_exit(93);
	for (;;) {
		switch (kind) {
		case 0:
			sleep_ms(1);
			break;
		case 1:
			for (int i = 0; i < 1000; i++)
				x = x * 1.0000001;
			if (x < 1.0)
				_exit(94);
			break;
		case 2:
			use_pipe(fds);
			break;
		case 3:
			make_child();
			break;
		}
	}
}

static pid_t start(int kind)
{
	pid_t pid = fork();

	if (pid == 0)
		live(kind);
	return pid;
}

/* Rain on one child. Returns false when the child answered wrongly. */
static bool rain(pid_t *pid, int kind, int what)
{
	static const int signals[] = { SIGUSR1, SIGUSR2, SIGSTOP, SIGCONT, SIGUSR1, SIGCONT };
	int status;

	if (what < 90)
		return kill(*pid, signals[(size_t)what % ARRAY_SIZE(signals)]) == 0;
	/* A stopped process dies of it, too. */
	if (kill(*pid, SIGKILL) != 0 || waitpid(*pid, &status, 0) != *pid || status != killed_by(SIGKILL))
		return false;
	*pid = start(kind);
	return *pid > 0;
}

int main(void)
{
	unsigned long round;
	pid_t pids[CHILDREN];
	bool good = true;
	int status;

	signal(SIGUSR1, count);		/* for the children, from their first instruction on */
	signal(SIGUSR2, count);
	signal(SIGCHLD, count);		/* so that our own waits are interrupted, too */
	for (int i = 0; i < CHILDREN; i++)
		pids[i] = start(i % 4);
	srand(1);
	for (round = 0; good && round < ROUNDS; round++) {
		int i = rand() % CHILDREN;

		good = rain(&pids[i], i % 4, rand() % 100);
		if (round % 16 == 0)
			sched_yield();
	}
	ok(good, "%lu signals: every child did as it was told", round);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t got;

		kill(pids[i], SIGKILL);
		do {
			got = waitpid(pids[i], &status, 0);
		} while (got < 0 && errno == EINTR);
		good = good && got == pids[i] && status == killed_by(SIGKILL);
	}
	ok(good, "all of them die of SIGKILL");
	ok(handled > 0, "their deaths were told (%lu times)", handled);
	return tap_done();
}
