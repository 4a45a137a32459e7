/* SPDX-License-Identifier: MIT */
/*
 * killtest [-t SECONDS] MODE: one signal to many processes that fork just then. Whoever is being forked must not escape.
 *
 *	group SIGNAL	kill(-pgid, SIGNAL): no process of the group is left
 *	all		kill(-1, SIGKILL): nor one of anybody. Kills the shell, too, so it is for
 *			"init=/bin/init /bin/killtest all"
 *	members		be such a group until Ctrl-C comes
 *	chain		start processes that fork without end, and leave them behind
 *
 * Two kinds of members:
 *
 *	chain	fork, exit; the child: fork, exit; ...	a child that escapes goes on with it
 *	nest	fork a child that sleeps, kill it		a child that escapes sleeps
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define CHAINS		5
#define NESTS		3
#define SETTLE_MS	5000	/* how long exiting tasks may take to go */

static unsigned long seconds = 2;

static int chain(long unused)
{
	(void)unused;
	for (;;)
		if (fork() > 0)
			_exit(0);
}

static int nest(long unused)
{
	(void)unused;
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			sleep_ms(3 * SETTLE_MS);
			_exit(0);
		}
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
	}
}

/* The first of the group, and its members. */
static int start_members(long unused)
{
	(void)unused;
	setpgid(0, 0);
	for (long i = 0; i < CHAINS + NESTS; i++)
		spawn_child(i < CHAINS ? chain : nest, i);
	sleep_ms(10 * SETTLE_MS);
	return 0;
}

static bool group_is_gone(pid_t pgid)
{
	return raw_syscall(SYS_kill, (long)-pgid, 0L) == -ESRCH;
}

/* settles() - wait until nobody is left. False: there are survivors. */
static bool settles(pid_t pgid)
{
	unsigned long long end = now_ns() + SETTLE_MS * 1000000ULL;

	while (!group_is_gone(pgid)) {
		if (now_ns() > end)
			return false;
		sleep_ms(1);
	}
	return true;
}

/* So that the machine can be used afterwards. */
static void end_survivors(pid_t pgid)
{
	for (int i = 0; i < 10000 && !group_is_gone(pgid); i++) {
		kill(-pgid, SIGKILL);
		if (i % 64 == 63)
			sleep_ms(1);
	}
}

/* One group that lives for a moment; @whom (0: the group) gets @sig. Returns whether all of it went. */
static bool one_round(unsigned long round, pid_t whom, int sig)
{
	pid_t pgid = spawn_child(start_members, 0);
	bool gone;

	setpgid(pgid, pgid);
	sleep_ms(4 + round % 8);
	kill(whom ? whom : -pgid, sig);
	waitpid(pgid, NULL, 0);
	gone = settles(pgid);
	if (!gone)
		end_survivors(pgid);
	return gone;
}

static void check_rounds(pid_t whom, int sig)
{
	unsigned long long end = now_ns() + seconds * 1000000000ULL;
	unsigned long rounds = 0, escaped = 0;

	while (!escaped && now_ns() < end) {
		escaped += !one_round(rounds, whom, sig);
		rounds++;
	}
	is(escaped, 0, "%lu times %s to %s: nobody is left", rounds, signal_name(sig), whom ? "all" : "a group that forks");
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "-t") == 0 && parse_ulong(argv[2], &seconds)) {
		argv += 2;
		argc -= 2;
	}
	if (argc == 3 && strcmp(argv[1], "group") == 0) {
		check_rounds(0, strcmp(argv[2], "SIGINT") == 0 ? SIGINT : SIGKILL);
	} else if (argc == 2 && strcmp(argv[1], "all") == 0) {
		check_rounds(-1, SIGKILL);
	} else if (argc == 2 && strcmp(argv[1], "members") == 0) {
		return start_members(0);
	} else if (argc == 2 && strcmp(argv[1], "chain") == 0) {
		for (int i = 0; i < CHAINS; i++)
			spawn_child(chain, i);
		return 0;
	} else {
		fprintf(stderr, "usage: killtest [-t SECONDS] group SIGKILL|group SIGINT|all|members|chain\n");
		return 2;
	}
	return tap_done();
}
