/* SPDX-License-Identifier: MIT */
/*
 * movetest [-t SECONDS]: munmap() of a part of a mapping while compaction moves its pages. In each round:
 *
 *	fill	two mappings take all memory, page by page in turn; the second one is given back, so that every other
 *		frame is free				[ a . a . a . a . ... ]
 *	move	children make pipes, whose rings are 4 frames each: the kernel has to empty blocks of 4 frames
 *	unmap	all of the first mapping except its first or its last page; the pipes are closed
 *
 * The unmapping meets entries of pages that are being moved.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define MOVERS		3
#define PIPES		30
#define KEPT_FREE	150	/* frames: enough that the kernel does not look for something to reclaim */
#define WORDS		(PAGE_SIZE / 8)

static struct shared {
	unsigned long round;	/* odd: make pipes; even: close them */
	unsigned long closed;	/* how often a mover has done so */
} *shared;

static unsigned long *area, *other;	/* of @pages pages each */
static unsigned long pages;

static unsigned long round_now(void)
{
	return __atomic_load_n(&shared->round, __ATOMIC_ACQUIRE);
}

static int move(long unused)
{
	int fds[PIPES][2];

	(void)unused;
	for (unsigned long round = 1; ; round += 2) {
		int n = 0;

		while (round_now() < round)
			sleep_ms(1);
		while (n < PIPES && round_now() == round && pipe(fds[n]) == 0)
			n++;
		while (round_now() == round)
			sleep_ms(1);
		while (n-- > 0) {
			close(fds[n][0]);
			close(fds[n][1]);
		}
		__atomic_add_fetch(&shared->closed, 1, __ATOMIC_RELEASE);
	}
	return 0;
}

static unsigned long free_frames(void)
{
	return query_mem().free;
}

static void fill(unsigned long round)
{
	madvise(area, pages * PAGE_SIZE, MADV_DONTNEED);	/* the page that the last round has left */
	for (unsigned long i = 0; i < pages && (i % 16 || free_frames() > KEPT_FREE); i++) {
		area[i * WORDS] = area[i * WORDS + WORDS - 1] = round << 32 | i;
		other[i * WORDS] = 1;
	}
	madvise(other, pages * PAGE_SIZE, MADV_DONTNEED);
}

/* The number of pages with wrong contents. Pages that fill() has not reached read as zeroes. */
static unsigned long count_wrong(unsigned long round)
{
	unsigned long wrong = 0;

	for (unsigned long i = 0; i < pages; i++) {
		volatile unsigned long *p = area + i * WORDS;

		wrong += p[0] != p[WORDS - 1] || (p[0] && p[0] != (round << 32 | i));
	}
	return wrong;
}

static void unmap_and_map(bool keep_first)
{
	char *p = (char *)area + (keep_first ? PAGE_SIZE : 0);
	unsigned long len = (pages - 1) * PAGE_SIZE;

	if (munmap(p, len) != 0)
		die("movetest: munmap");
	if (mmap(p, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != p)
		die("movetest: mmap");
}

/* Returns the number of pages that were wrong. */
static unsigned long one_round(unsigned long round)
{
	unsigned long wrong;

	fill(round);
	__atomic_store_n(&shared->round, 2 * round - 1, __ATOMIC_RELEASE);
	sleep_ms(1 + round % 4);
	wrong = count_wrong(round);
	unmap_and_map(round % 2);
	__atomic_store_n(&shared->round, 2 * round, __ATOMIC_RELEASE);
	while (__atomic_load_n(&shared->closed, __ATOMIC_ACQUIRE) < MOVERS * round)
		sleep_ms(1);
	return wrong;
}

int main(int argc, char **argv)
{
	unsigned long seconds = 4, round = 0, wrong = 0;
	unsigned long long moved, end;
	pid_t pids[MOVERS];

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "-t") != 0 || !parse_ulong(argv[2], &seconds))) {
		fprintf(stderr, "usage: movetest [-t SECONDS]\n");
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("movetest: mmap");
	for (int i = 0; i < MOVERS; i++)	/* before all memory is in use */
		pids[i] = spawn_child(move, i);
	pages = (free_frames() - KEPT_FREE) / 2;
	area = (unsigned long *)map_pages(pages);
	other = (unsigned long *)map_pages(pages);
	moved = query_counter(Q_PGMIGRATE);
	end = now_ns() + seconds * 1000000000ULL;
	while (now_ns() < end)
		wrong += one_round(++round);
	for (int i = 0; i < MOVERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	moved = query_counter(Q_PGMIGRATE) - moved;
	/* With swap on, paging out can make enough room. */
	ok(moved > 0 || query_mem().swap_total, "%llu pages moved, while %lu times %lu pages were unmapped", moved, round,
	   pages - 1);
	is(wrong, 0, "no page was wrong");
	return tap_done();
}
