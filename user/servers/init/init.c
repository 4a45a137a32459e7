/* SPDX-License-Identifier: MIT */
/*
 * init: process 1, the root task. It alone can have handles of devices made; it gives them to the servers, starts these again when they
 * have died, starts the shell, collects orphans, and ends with the shell's exit status, whereupon the machine powers off.
 *
 *	init --fork, handles of UART and interrupt--> console (server)
 *	  |  --console_serve()--> kernel: it is ready, and has the console
 *	  `--fork-------------------------------------> sh
 *
 * Arguments, if any, are the command to run in place of the shell; then no server is started, and the kernel has the console.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/ipc.h"
#include "user/libsys/sys.h"

USAGE("usage: init [COMMAND [ARG ...]]\n"
      "The first process: starts the servers and the shell, or COMMAND, and collects\n"
      "orphans. When its command ends, the machine powers off. The kernel starts it in\n"
      "start_init().\n");

#define DELAY_MIN	10UL		/* ms before a server that died is started again; twice as long each time, */
#define DELAY_MAX	1000UL		/* up to this */
#define LIVED_LONG	10000000000ULL	/* ns: then the delay is DELAY_MIN again */
#define TRIES		10		/* that the server does not get ready, before the kernel takes the console */
#define CANNOT_RUN	127

static struct console {
	unsigned long uart, irq;	/* handles */
	pid_t pid;			/* 0: it does not run */
	unsigned long long started;
	unsigned long delay;
	int failed;			/* times in a row that it did not get ready */
} console;

/* The device of the console: its handles. False: there is none that we can have. */
static bool find_console(void)
{
	struct q_device devices[8];
	long n = query(QUERY_DEVICES, 0, 0, devices, sizeof(devices));

	for (long i = 0; i < n; i++) {
		long uart, irq;

		if (strcmp(devices[i].name, "ns16550a") != 0)
			continue;
		uart = memobj_create_physical(devices[i].addr, devices[i].size);
		if (uart < 0)
			return false;
		irq = irq_create(devices[i].irq);
		if (irq < 0) {
			handle_close((unsigned long)uart);
			return false;
		}
		console.uart = (unsigned long)uart;
		console.irq = (unsigned long)irq;
		return true;
	}
	return false;
}

/* In the child: ^C is not for servers. Its handles have the same numbers there. */
static void exec_console(long endpoint, long send)
{
	char number[3][24];
	char *argv[] = { "console", number[0], number[1], number[2], NULL };

	setpgid(0, 0);
	handle_close((unsigned long)send);
	snprintf(number[0], sizeof(number[0]), "%ld", endpoint);
	snprintf(number[1], sizeof(number[1]), "%lu", console.uart);
	snprintf(number[2], sizeof(number[2]), "%lu", console.irq);
	execve("/srv/console", argv, environ);
	_exit(CANNOT_RUN);
}

/* One try. The server receives from an endpoint of which we keep nothing: when it dies, that is dead, and the kernel knows. */
static bool start_console(void)
{
	long endpoint = endpoint_create(), send = -1;
	pid_t pid = -1;
	bool ready;

	if (endpoint > 0)
		send = handle_dup((unsigned long)endpoint, RIGHT_SEND, 0);
	if (send > 0)
		pid = fork();
	if (pid == 0)
		exec_console(endpoint, send);
	if (endpoint > 0)
		handle_close((unsigned long)endpoint);
	ready = pid > 0 && raw_syscall(SYS_console_serve, send) == 0;
	if (send > 0)
		handle_close((unsigned long)send);
	if (pid > 0 && !ready) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	console.started = now_ns();
	console.pid = ready ? pid : 0;
	console.failed = ready ? 0 : console.failed + 1;
	return ready;
}

/* The server does not run: wait as long as it has to, and start it again. */
static void restart_console(void)
{
	sleep_ms(console.delay);
	console.delay = console.delay * 2 < DELAY_MAX ? console.delay * 2 : DELAY_MAX;
	if (start_console() || console.failed < TRIES)
		return;
	printf("init: /srv/console does not get ready; the kernel has the console\n");
	raw_syscall(SYS_console_serve, 0L);
	console.failed = -1;
}

static void console_died(int status)
{
	/* The kernel prints it, since there is nobody else. */
	printf("init: console (process %d): %s; it is started again\n", console.pid, describe_status(status));
	fflush(stdout);
	if (now_ns() - console.started >= LIVED_LONG)
		console.delay = DELAY_MIN;
	console.pid = 0;
}

static pid_t start_command(char **command)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (console.uart) {		/* what we can do with devices is not for the shell */
		handle_close(console.uart);
		handle_close(console.irq);
	}
	execve(command[0], command, environ);
	printf("init: cannot run %s: %s\n", command[0], errno_name(errno));
	fflush(stdout);
	_exit(CANNOT_RUN);
}

int main(int argc, char **argv)
{
	char *shell[] = { "/bin/sh", NULL };
	bool served = argc == 1 && find_console();
	int status = 0;
	pid_t pid, dead;

	console.delay = DELAY_MIN;
	if (served)
		start_console();
	else if (argc == 1)
		raw_syscall(SYS_console_serve, 0L);	/* nobody else can have it */
	pid = start_command(argc > 1 ? argv + 1 : shell);
	if (pid < 0)
		die("init: fork");
	for (;;) {
		bool missing = served && !console.pid && console.failed >= 0;

		dead = waitpid(-1, &status, missing ? WNOHANG : 0);
		if (dead == pid)
			break;
		if (dead > 0 && dead == console.pid)
			console_died(status);
		else if (dead == 0)
			restart_console();
		else if (dead < 0)
			die("init: wait");
	}

	/* Background programs that the shell left behind do not outlive it. */
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return exit_code(status);
}
