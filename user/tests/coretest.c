/* SPDX-License-Identifier: MIT */
/*
 * coretest [-t SECONDS]: mincore() of shared memory that other processes fill meanwhile, page by page. Those who ask
 * never touch the area, so that the kernel looks into the object's tree, which grows all the time:
 *
 *	fillers		page 0, STRIDE, 2 STRIDE, ...; then 1, STRIDE + 1, ...: nodes split everywhere
 *	lookers		what had been filled before the call is in memory
 */
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define PAGES		8192UL		/* 32 MiB */
#define STRIDE		61
#define FILLERS		2
#define LOOKERS		2

static struct shared {
	unsigned long filled[FILLERS];	/* pages, in the filler's order */
	unsigned long calls, missed, errors;
} *shared;

static char *area;

/* The @n-th page of a filler, of which there are PAGES / FILLERS each. */
static unsigned long nth_page(unsigned long filler, unsigned long n)
{
	unsigned long per_lane = (PAGES / FILLERS + STRIDE - 1) / STRIDE;

	return (n % per_lane * STRIDE + n / per_lane) * FILLERS + filler;
}

/* All that nth_page() counts: some numbers lie behind the end. */
static unsigned long numbers(void)
{
	return (PAGES / FILLERS + STRIDE - 1) / STRIDE * STRIDE;
}

static int fill(long filler)
{
	for (unsigned long n = 0; n < numbers(); n++) {
		unsigned long page = nth_page(filler, n);

		if (page < PAGES)
			area[page * PAGE_SIZE] = 1;
		__atomic_store_n(&shared->filled[filler], n + 1, __ATOMIC_RELEASE);
	}
	return 0;
}

static int look(long unused)
{
	static unsigned char vec[PAGES];
	unsigned long before[FILLERS];
	bool done;

	(void)unused;
	do {
		done = true;
		for (int i = 0; i < FILLERS; i++) {
			before[i] = __atomic_load_n(&shared->filled[i], __ATOMIC_ACQUIRE);
			done = done && before[i] == numbers();
		}
		if (raw_syscall(SYS_mincore, area, PAGES * PAGE_SIZE, vec) != 0)
			__atomic_add_fetch(&shared->errors, 1, __ATOMIC_RELAXED);
		for (unsigned long i = 0; i < FILLERS; i++)
			for (unsigned long n = 0; n < before[i]; n++)
				if (nth_page(i, n) < PAGES && !(vec[nth_page(i, n)] & 1))
					__atomic_add_fetch(&shared->missed, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&shared->calls, 1, __ATOMIC_RELAXED);
	} while (!done);
	return 0;
}

/* A new area each time. Returns whether all children ended well. */
static bool one_round(void)
{
	pid_t pids[FILLERS + LOOKERS];
	bool good = true;
	int status;

	area = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		die("coretest: mmap");
	memset(shared->filled, 0, sizeof(shared->filled));
	for (long i = 0; i < LOOKERS; i++)
		pids[FILLERS + i] = spawn_child(look, i);
	for (long i = 0; i < FILLERS; i++)
		pids[i] = spawn_child(fill, i);
	for (int i = 0; i < FILLERS + LOOKERS; i++)
		good = waitpid(pids[i], &status, 0) == pids[i] && status == 0 && good;
	munmap(area, PAGES * PAGE_SIZE);
	return good;
}

int main(int argc, char **argv)
{
	unsigned long seconds = 3, rounds = 0;
	unsigned long long end;
	bool good = true;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "-t") != 0 || !parse_ulong(argv[2], &seconds))) {
		fprintf(stderr, "usage: coretest [-t SECONDS]\n");
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("coretest: mmap");
	end = now_ns() + seconds * 1000000000ULL;
	for (; good && now_ns() < end; rounds++)
		good = one_round();
	ok(good, "%lu times %lu pages filled, while %lu calls asked which are there", rounds, PAGES, shared->calls);
	is(shared->errors, 0, "no call failed");
	is(shared->missed, 0, "no page was missed that had been filled before the call");
	return tap_done();
}
