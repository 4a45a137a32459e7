/* SPDX-License-Identifier: MIT */
/*
 * How a program ended, for the shell that ran it. For a fault the kernel tells pc and address (QUERY_DEATH), and /lines/NAME of the
 * archive, made by tools/mklines, tells function and line.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/sys.h"

#define CAUSE_ILLEGAL	2
#define CAUSE_FETCH	12
#define CAUSE_LOAD	13
#define CAUSE_STORE	15

struct place {
	char function[48];
	char line[48];			/* "FILE:LINE", or "" */
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What of @program the address @pc is in. False: it is not known. */
static bool find_place(const char *program, unsigned long pc, struct place *place)
{
	char path[64], row[128];
	unsigned long start;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/lines/%s", program);
	file = fopen(path, "r");
	if (!file)
		return false;
	while (fgets(row, sizeof(row), file) && sscanf(row, "%lx", &start) == 1 && start <= pc) {
		place->line[0] = '\0';
		found = sscanf(row, "%*x %47s %47s", place->function, place->line) >= 1;
	}
	fclose(file);
	return found;
}

/* "store to 0x0", from the cause of the trap. */
static void print_access(const struct q_death *death)
{
	switch (death->cause) {
	case CAUSE_FETCH:
		printf("jump to 0x%lx", death->addr);
		break;
	case CAUSE_LOAD:
		printf("load from 0x%lx", death->addr);
		break;
	case CAUSE_STORE:
		printf("store to 0x%lx", death->addr);
		break;
	case CAUSE_ILLEGAL:
		printf("illegal instruction at 0x%lx", death->pc);
		break;
	default:
		printf("fault at 0x%lx, address 0x%lx", death->pc, death->addr);
	}
}

static void print_command(char *const argv[])
{
	const char *quote = argv[1] ? "\"" : "";

	printf(" (make gdb PROG=%s%s", quote, base_name(argv[0]));
	for (int i = 1; argv[i]; i++)
		printf(" %s", argv[i]);
	printf("%s, then sm catch-fault)\n", quote);
}

/* Which call jumped to nowhere is not known from pc, but from ra, which is gone. */
static void print_fault(char *const argv[], const struct q_death *death)
{
	struct place place;

	printf("%s: %s: ", argv[0], signal_name(death->signo));
	print_access(death);
	if (death->cause != CAUSE_FETCH && find_place(base_name(argv[0]), death->pc, &place))
		printf(place.line[0] ? " in %s() at %s" : " in %s()", place.function, place.line);
	print_command(argv);
}

void print_end(char *const argv[], pid_t pid, int status)
{
	struct q_death death;

	if (status == 0)
		return;
	if (WIFSIGNALED(status) && query(QUERY_DEATH, pid, 0, &death, sizeof(death)) == 1 && death.signo == WTERMSIG(status))
		print_fault(argv, &death);
	else
		printf("%s: %s\n", argv[0], describe_status(status));
}
