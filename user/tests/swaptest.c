/* SPDX-License-Identifier: MIT */
/*
 * swaptest [-m MIB] [-n PROCESSES] [-t SECONDS] [-o]: a working set larger than memory. The parent fills MIB of
 * private memory, the processes share it copy on write, and each reads and writes pages at random for SECONDS
 * and checks every word that it finds against its own model: a page's first word is its number, its last
 * one a value that the process itself chose (0: the parent's page, never written).
 * With -o the parent turns swap off and on again meanwhile (the memory must be large enough).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

#define WORDS	(PAGE_SIZE / 8)

static unsigned long pages = 4096, processes = 8, seconds = 5;
static volatile unsigned long *memory;
static unsigned int *model;		/* last word of each page, by this process */

static unsigned long next_random(unsigned long *state)
{
	*state = *state * 6364136223846793005UL + 1442695040888963407UL;
	return *state >> 33;
}

static void check(unsigned long page)
{
	volatile unsigned long *p = memory + page * WORDS;

	if (p[0] == page * 3 + 1 && p[WORDS - 1] == model[page])
		return;
	printf("swaptest: %d: page %lu holds %lu, %lu instead of %lu, %u\n", getpid(), page, p[0], p[WORDS - 1],
	       page * 3 + 1, model[page]);
	fflush(stdout);
	_exit(99);
}

static void child(unsigned long seed, unsigned long long deadline)
{
	unsigned long rng = seed, rounds = 0;

	while (now_ns() < deadline) {
		for (int i = 0; i < 64; i++) {
			unsigned long page = next_random(&rng) % pages;

			check(page);
			if (next_random(&rng) % 8 == 0) {
				model[page] = next_random(&rng);
				memory[page * WORDS + WORDS - 1] = model[page];
			}
		}
		rounds++;
	}
	for (unsigned long page = 0; page < pages; page++)
		check(page);
	printf("swaptest: %d: %lu pages touched, all right\n", getpid(), rounds * 64);
	fflush(stdout);
	_exit(0);
}

/* Turn swap off and on until the time is over. */
static int toggle_swap(unsigned long long deadline)
{
	int times = 0;

	while (now_ns() < deadline) {
		if (raw_syscall(SYS_swapoff, "all", 0L, 0L, 0L, 0L, 0L) < 0)
			return -1;
		if (raw_syscall(SYS_swapon, "32M", 0L, 0L, 0L, 0L, 0L) < 0)
			return -1;
		times++;
		sleep_ms(50);
	}
	printf("swaptest: swap turned off and on %d times\n", times);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long long deadline;
	int failed = 0, status;
	bool toggle = false;

	for (int i = 1; i < argc; i++) {
		unsigned long value = 0;

		if (strcmp(argv[i], "-o") == 0) {
			toggle = true;
			continue;
		}
		if (i + 1 == argc || !parse_ulong(argv[i + 1], &value))
			return 2;
		if (strcmp(argv[i], "-m") == 0)
			pages = value * 256;
		else if (strcmp(argv[i], "-n") == 0)
			processes = value;
		else if (strcmp(argv[i], "-t") == 0)
			seconds = value;
		i++;
	}
	memory = (volatile unsigned long *)map_pages(pages);
	model = (unsigned int *)map_pages(pages * sizeof(*model) / PAGE_SIZE + 1);
	for (unsigned long page = 0; page < pages; page++)
		memory[page * WORDS] = page * 3 + 1;
	deadline = now_ns() + seconds * 1000000000ULL;
	for (unsigned long i = 0; i < processes; i++)
		if (fork() == 0)
			child(i + 1, deadline);
	if (toggle)
		failed |= toggle_swap(deadline) < 0;
	for (unsigned long i = 0; i < processes; i++)
		failed |= wait(&status) < 0 || status != 0;
	for (unsigned long page = 0; page < pages; page++)
		check(page);
	printf("swaptest: %s\n", failed ? "FAILED" : "ok");
	return failed;
}
