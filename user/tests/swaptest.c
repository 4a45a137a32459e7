/* SPDX-License-Identifier: MIT */
/*
 * swaptest [-m MIB] [-n PROCESSES] [-t SECONDS] [-o AREA]: a working set larger than memory. The parent fills MIB of
 * private memory, the processes share it copy on write, and each reads pages at random for SECONDS, writes to some,
 * and checks every word that it finds against its own model: a page's first word is its number, its last
 * one a value that the process itself chose (0: the parent's page, never written). Each process writes to pages
 * of its own only, so that all copies together are at most half as many as the pages.
 * With -o the parent turns swap off and on again meanwhile (AREA: /dev/vda, or the size of one in RAM; the
 * memory must be large enough), and the processes page out by themselves, so that there is something to bring back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

#define WORDS	(PAGE_SIZE / 8)

static unsigned long pages = 4096, processes = 8, seconds = 5;
static const char *area;		/* with -o */
static volatile unsigned long *memory;
static unsigned int *model;		/* last word of each page, by this process */

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
			if (page % (2 * processes) == seed - 1) {
				model[page] = next_random(&rng);
				memory[page * WORDS + WORDS - 1] = model[page];
			}
		}
		rounds++;
		if (area)
			madvise((void *)(memory + next_random(&rng) % (pages - 16) * WORDS), 16 * PAGE_SIZE, MADV_PAGEOUT);
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
		if (raw_syscall(SYS_swapon, area, 0L, 0L, 0L, 0L, 0L) < 0)
			return -1;
		times++;
		sleep_ms(50);
	}
	printf("swaptest: swap turned off and on %d times\n", times);
	return 0;
}

static bool parse_arguments(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *option = argv[i++];
		unsigned long value = 0;

		if (i == argc)
			return false;
		if (strcmp(option, "-o") == 0)
			area = argv[i];
		else if (!parse_ulong(argv[i], &value) || value == 0)
			return false;
		else if (strcmp(option, "-m") == 0)
			pages = value * 256;
		else if (strcmp(option, "-n") == 0)
			processes = value;
		else if (strcmp(option, "-t") == 0)
			seconds = value;
		else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned long long deadline, out = query_counter(Q_PSWPOUT), in = query_counter(Q_PSWPIN);
	int failed = 0, status;

	if (!parse_arguments(argc, argv)) {
		fprintf(stderr, "usage: swaptest [-m MIB] [-n PROCESSES] [-t SECONDS] [-o AREA]\n");
		return 2;
	}
	memory = (volatile unsigned long *)map_pages(pages);
	model = (unsigned int *)map_pages(pages * sizeof(*model) / PAGE_SIZE + 1);
	for (unsigned long page = 0; page < pages; page++)
		memory[page * WORDS] = page * 3 + 1;
	deadline = now_ns() + seconds * 1000000000ULL;
	for (unsigned long i = 0; i < processes; i++)
		if (fork() == 0)
			child(i + 1, deadline);
	if (area)
		failed |= toggle_swap(deadline) < 0;
	for (unsigned long i = 0; i < processes; i++)
		failed |= wait(&status) < 0 || status != 0;
	for (unsigned long page = 0; page < pages; page++)
		check(page);
	printf("swaptest: %llu pages written to swap, %llu read\n", query_counter(Q_PSWPOUT) - out, query_counter(Q_PSWPIN) - in);
	printf("swaptest: at most %lu requests in flight\n", query_mem().swap_most_in_flight);
	printf("swaptest: %s\n", failed ? "FAILED" : "ok");
	return failed;
}
