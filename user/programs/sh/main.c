/* SPDX-License-Identifier: MIT */
/*
 * sh: the shell. One line at a time: commands separated by ';' or '&' (do not wait for that one), '|' between those whose
 * output the next one reads, '<' FILE for input; '#' starts a comment, 'single' and "double" quotes keep blanks and all other
 * characters, $? is the last exit status. A name without a slash is looked for in /bin. "sh -c LINE" runs LINE and ends with
 * its status.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/programs/sh/sh.h"

#define PROMPT	"samara$ "

USAGE("usage: sh [-c LINE]\n"
      "The shell. With -c it runs LINE and ends with its status. Type help for what\n"
      "it can do. Exercises do_clone(), do_execve(), wait_for_child() and tty_read().\n");

int last_status;
bool job_control;

/* reap_background() - say which of the programs started with '&' have ended. */
static void reap_background(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		printf("[%d] %s\n", pid, describe_status(status));
}

/* read_plain() - a line of a standard input that is no console. */
static enum line_end read_plain(char line[LINE_SIZE])
{
	int c;

	fputs(PROMPT, stdout);
	fflush(stdout);
	if (fgets(line, LINE_SIZE, stdin) == NULL)
		return LINE_EOF;
	if (strlen(line) < LINE_SIZE - 1 || line[LINE_SIZE - 2] == '\n')
		return LINE_READ;
	while ((c = getchar()) != '\n' && c != EOF)
		;
	printf(TOO_LONG, LINE_SIZE - 1);
	last_status = 2;
	return LINE_DROPPED;
}

int main(int argc, char **argv)
{
	char line[LINE_SIZE];
	enum line_end end;
	bool console;

	if (argc == 3 && strcmp(argv[1], "-c") == 0) {
		run_line(argv[2]);
		return last_status;
	}
	if (argc != 1)
		return wrong_usage();
	job_control = true;
	setpgid(0, 0);
	tty_foreground(getpid());
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	console = console_start();
	printf("Welcome to Samara. Type help for a list of programs, exit to power off.\n");
	do {
		reap_background();
		end = console ? edit_line(PROMPT, line) : read_plain(line);
		if (end == LINE_READ)
			run_line(line);
	} while (end != LINE_EOF);
	printf("exit\n");
	return last_status;
}
