/* SPDX-License-Identifier: MIT */
/* The shell's own commands: help and exit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/programs/sh/sh.h"

static const char help_text[] =
	"Programs that show the memory subsystem at work (help NAME tells more):\n"
	"  forkdemo cowdemo rmapdemo brkdemo mmapdemo mremapdemo\n"
	"  madvdemo maplimit stackdemo segvdemo swapdemo oomdemo\n"
	"Processes that send messages: ipcdemo handledemo pagerdemo\n"
	"Programs that look into the kernel:\n"
	"  maps [PID]     the areas (VMAs) of a process\n"
	"  pt ADDR [PID]  the three page-table levels behind an address\n"
	"  mtree [PID]    the maple tree that holds the areas (mtree -n 40: of more areas)\n"
	"  free, ps       memory and processes\n"
	"  faults         the latest page faults, stage by stage (boot with trace=fault)\n"
	"Programs that try to break it:\n"
	"  stress [-n processes] [-t seconds] [-s seed], forkbomb N, greedy\n"
	"Files: ls [-l] [PATH], cat [FILE], echo WORDS\n"
	"The shell: NAME ARGS ... runs /bin/NAME; 'a ; b', 'a &', 'a | b', 'a < FILE', $?, # comment;\n"
	"  help [NAME], exit [N]; Tab completes a name, Up and Down go through earlier lines\n";

/* help() - of the shell, or what the program NAME says of itself. */
static void help(char **words, int nr_words)
{
	char *command[] = { words[1], "--help", NULL };

	last_status = 0;
	if (nr_words == 1)
		fputs(help_text, stdout);
	else if (nr_words > 2)
		printf("usage: help [NAME]\n");
	else if (strcmp(words[1], "help") == 0)
		printf("usage: help [NAME]\nWhat there is, or what the program NAME shows.\n");
	else if (strcmp(words[1], "exit") == 0)
		printf("usage: exit [N]\nEnds the shell with status N, or that of the last command.\n");
	else
		run_program(command);
	if (nr_words > 2)
		last_status = 2;
}

static void leave(char **words, int nr_words)
{
	unsigned long n = last_status;

	if (nr_words > 1 && !parse_ulong(words[1], &n)) {
		printf("sh: exit: %s is not a number\n", words[1]);
		n = 2;
	}
	exit(n & 0xff);
}

static const struct {
	const char *name;
	void (*run)(char **words, int nr_words);
} builtins[] = { { "exit", leave }, { "help", help } };

bool is_builtin(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		if (strcmp(name, builtins[i].name) == 0)
			return true;
	return false;
}

void run_builtin(char **words, int nr_words)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		if (strcmp(words[0], builtins[i].name) == 0)
			builtins[i].run(words, nr_words);
}

void each_builtin(void (*each)(const char *name, unsigned char type))
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		each(builtins[i].name, 0);
}
