/* SPDX-License-Identifier: MIT */
/*
 * fullswap [locked]: kswapd keeps frames free while it can, and rests when it cannot. One hart, 512 MiB of memory, a swap area of 16 MiB:
 * with each of its slots taken, reclaim finds nothing, and each look through the lists is in vain.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define SECOND	1000000000ULL
#define AT_ONCE	128UL		/* more than a hart keeps: frames come from the zone and go back */

static unsigned long low_mark;	/* frames; kernel/mm/frame/pressure.h */

static void touch(volatile char *p, unsigned long pages)
{
	for (unsigned long i = 0; i < pages; i++)
		p[i * PAGE_SIZE] = 1;
}

/* Anonymous pages until hardly a slot and less than the low mark of frames is free. */
static void fill(void)
{
	while (query_mem().swap_free > AT_ONCE || query_mem().free >= low_mark)
		touch(map_pages(AT_ONCE), AT_ONCE);
}

static void wait_until_kswapd_sleeps(void)
{
	unsigned long long before;

	do {
		before = query_counter(Q_PGSCAN);
		sleep_ms(100);
		printf("# %llu looks so far\n", before);	/* on pages of its own, which come back to do so */
	} while (query_counter(Q_PGSCAN) != before);
}

static int kswapd_rests_with_memory_full(long unused)
{
	unsigned long long looks, end;
	unsigned long times = 0;

	(void)unused;
	fill();
	wait_until_kswapd_sleeps();
	looks = query_counter(Q_PGSCAN);
	for (end = now_ns() + 2 * SECOND; now_ns() < end; times++) {
		volatile char *p = map_pages(AT_ONCE);

		touch(p, AT_ONCE);
		munmap((void *)p, AT_ONCE * PAGE_SIZE);
	}
	looks = query_counter(Q_PGSCAN) - looks;
	printf("# %llu looks at %lu pages while frames came and went %lu times\n", looks, query_mem().anon_pages, times);
	return looks < query_mem().anon_pages ? 0 : 1;
}

/* The slots are free again, but kswapd rests until direct reclaim, at the lowest mark, has freed pages. */
static int kswapd_goes_on(long unused)
{
	unsigned long slots = query_mem().swap_free, pages = query_mem().free + slots / 2, free;

	(void)unused;
	touch(map_pages(pages), pages);
	sleep_ms(100);
	free = query_mem().free;
	printf("# %lu frames are free after %lu pages were taken; the low mark is %lu\n", free, pages, low_mark);
	return free >= low_mark ? 0 : 1;
}

/* A process whose pages are all locked: reclaim meets them, and can free none. */
static int hold_locked_pages(long unused)
{
	(void)unused;
	mlockall(MCL_CURRENT);
	for (;;)
		sleep_ms(1000);
	return 0;
}

int main(int argc, char **argv)
{
	pid_t locked = argc > 1 && strcmp(argv[1], "locked") == 0 ? spawn_child(hold_locked_pages, 0) : 0;

	low_mark = 2 * (query_mem().total / 256);
	is(in_child(kswapd_rests_with_memory_full, 0), exited_with(0), "memory and swap are full: kswapd rests");
	is(in_child(kswapd_goes_on, 0), exited_with(0), "and goes on when there is something to free");
	if (locked) {
		kill(locked, SIGKILL);
		waitpid(locked, NULL, 0);
	}
	return tap_done();
}
