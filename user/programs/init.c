/* SPDX-License-Identifier: MIT */
/*
 * init: the first program. Starts the shell, waits for every orphan that the kernel gives
 * it, and ends with the shell's exit status, whereupon the machine powers off.
 * Arguments, if any, are the command to run in place of the shell.
 */
#include <signal.h>
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: init [COMMAND [ARG ...]]\n"
      "The first process: starts the shell, or COMMAND, and collects orphans. When its\n"
      "command ends, the machine powers off. The kernel starts it in start_init().\n");

int main(int argc, char **argv)
{
	char *shell[] = { "/bin/sh", NULL };
	char **command = argc > 1 ? argv + 1 : shell;
	int status = 0;
	pid_t pid, dead;

	pid = fork();
	if (pid < 0)
		die("init: fork");
	if (pid == 0) {
		execve(command[0], command, environ);
		die("init: cannot run %s", command[0]);
	}
	while ((dead = wait(&status)) != pid)
		if (dead < 0)
			die("init: wait");

	/* Background programs that the shell left behind do not outlive it. */
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return exit_code(status);
}
