/* SPDX-License-Identifier: MIT */
/*
 * consoletest: what tests/qemu/test_console.py needs inside the machine to kill and stop the console server at bad times.
 *
 *	lines PID	300 lines; the server PID is killed on the way
 *	much		100 KB
 *	killer MS	whatever server init starts next is killed MS ms later, eight times
 *	stop PID	the server is stopped: who waits for it can be killed and interrupted
 *	writers		four processes print lines of 250 bytes; none is torn
 *	readers		fifty processes wait for a line; all but one are killed; that one has it
 *	poll		poll() without a time-out, until a line is typed
 *	pieces		reads of a long line, in parts and at once
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/ipc.h"
#include "user/tests/tap.h"

static void print_lines(pid_t server)
{
	for (int n = 0; n < 300; n++) {
		printf("line number %d of three hundred\n", n);
		if (n == 100)
			kill(server, SIGKILL);
	}
	printf("that was all\n");
}

static void print_much(void)
{
	static const char line[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\n";

	for (size_t n = 0; n < 100000; n += sizeof(line) - 1)
		(void)!write(1, line, sizeof(line) - 1);
	printf("that was all\n");
}

/* A child of init that is neither of our ancestors: the server, also before it has called execve. */
static pid_t find_server(void)
{
	static struct q_task tasks[64];
	long n = query(QUERY_TASKS, 0, 0, tasks, sizeof(tasks));

	for (long i = 0; i < n; i++)
		if (tasks[i].ppid == 1 && tasks[i].state != 'Z' && strcmp(tasks[i].name, "sh") != 0)
			return tasks[i].pid;
	return 0;
}

static void kill_servers(unsigned long ms)
{
	for (int n = 0; n < 8; n++) {
		pid_t pid;

		while ((pid = find_server()) == 0)
			raw_syscall(SYS_sched_yield);
		if (ms)
			sleep_ms(ms);
		kill(pid, SIGKILL);
		while (find_server() == pid)
			raw_syscall(SYS_sched_yield);
	}
	printf("eight servers were killed\n");
}

static int writes(long unused)
{
	(void)unused;
	return printf("printed when the server goes on\n") < 0 || fflush(stdout) != 0;
}

static void on_alarm(int sig) { (void)sig; }

/* A read that a signal interrupts. */
static int reads(long unused)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	char c;

	(void)unused;
	sigaction(SIGUSR1, &sa, NULL);
	return read(0, &c, 1) == -1 && errno == EINTR ? 0 : 1;
}

static int polls(long unused)
{
	struct pollfd fd = { .fd = 0, .events = POLLIN };

	(void)unused;
	return poll(&fd, 1, 100);
}

static int stop_server(pid_t server)
{
	int status[4];
	pid_t pid[3];

	fflush(stdout);
	kill(server, SIGSTOP);
	sleep_ms(20);
	pid[0] = spawn_child(writes, 0);
	pid[1] = spawn_child(reads, 0);
	pid[2] = spawn_child(writes, 0);
	status[3] = in_child(polls, 0);
	sleep_ms(50);
	kill(pid[0], SIGKILL);
	waitpid(pid[0], &status[0], 0);
	kill(pid[1], SIGUSR1);
	waitpid(pid[1], &status[1], 0);
	kill(server, SIGCONT);
	waitpid(pid[2], &status[2], 0);
	is(status[0], killed_by(SIGKILL), "who waits for a server that is stopped to print can be killed");
	is(status[1], exited_with(0), "who waits for it to read is interrupted by a signal");
	is(status[2], exited_with(0), "and who can wait goes on with it");
	is(status[3], exited_with(0), "poll() does not wait for it");
	return tap_done();
}

static int write_lines(long n)
{
	char line[251];

	memset(line, 'a' + (int)n, sizeof(line));
	line[250] = '\n';
	for (int i = 0; i < 20; i++)
		(void)!write(1, line, sizeof(line));
	return 0;
}

static void print_at_once(void)
{
	pid_t pid[4];

	for (long n = 0; n < 4; n++)
		pid[n] = spawn_child(write_lines, n);
	for (int n = 0; n < 4; n++)
		waitpid(pid[n], NULL, 0);
	printf("that was all\n");
}

static int read_line(long unused)
{
	char line[64];
	ssize_t n = read(0, line, sizeof(line));

	(void)unused;
	return n == 4 && memcmp(line, "xyz\n", 4) == 0 ? 0 : 1;
}

static int many_readers(void)
{
	pid_t pid[50];
	int status, good = 0;

	for (int i = 0; i < 50; i++)
		pid[i] = spawn_child(read_line, 0);
	sleep_ms(200);
	for (int i = 0; i < 49; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &status, 0);
		good += status == killed_by(SIGKILL);
	}
	is(good, 49, "readers that wait are killed");
	printf("type a line\n");
	fflush(stdout);
	waitpid(pid[49], &status, 0);
	is(status, exited_with(0), "the one that is left has the line");
	return tap_done();
}

static int wait_by_poll(void)
{
	struct pollfd fd = { .fd = 0, .events = POLLIN };
	char line[64];

	is(poll(&fd, 1, 0), 0, "there is no input");
	printf("type a line\n");
	fflush(stdout);
	is(poll(&fd, 1, -1), 1, "poll() is woken by it");
	is(read(0, line, sizeof(line)), 4, "the line is read");
	is(poll(&fd, 1, 0), 0, "and there is no more");
	return tap_done();
}

static int read_in_pieces(void)
{
	static char line[1024], more[1024];
	long n[4];

	printf("type two lines\n");
	fflush(stdout);
	n[0] = read(0, line, 7);
	n[1] = read(0, line + 7, sizeof(line) - 7);
	n[2] = read(0, more, sizeof(more));
	n[3] = read(0, more, sizeof(more));
	printf("\n");			/* behind the echo of what has no end */
	is(n[0], 7, "a part of a line");
	is(n[1], 194, "the rest, though it is more than a message holds");
	ok(strspn(line, "0123456789") == 200 && line[200] == '\n', "it is the line");
	is(n[2], 55, "a line that just fills a message, and is ended by ^D");
	is(n[3], 0, "the end of file behind it");
	return tap_done();
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned long arg = 0;

	if (argc > 2 && !parse_ulong(argv[2], &arg))
		return 2;
	if (strcmp(what, "lines") == 0)
		print_lines((pid_t)arg);
	else if (strcmp(what, "much") == 0)
		print_much();
	else if (strcmp(what, "killer") == 0)
		kill_servers(arg);
	else if (strcmp(what, "stop") == 0)
		return stop_server((pid_t)arg);
	else if (strcmp(what, "writers") == 0)
		print_at_once();
	else if (strcmp(what, "readers") == 0)
		return many_readers();
	else if (strcmp(what, "poll") == 0)
		return wait_by_poll();
	else if (strcmp(what, "pieces") == 0)
		return read_in_pieces();
	else
		return 2;
	return 0;
}
