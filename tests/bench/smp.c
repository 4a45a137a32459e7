/* SPDX-License-Identifier: MIT */
/*
 * smp: rounds per second of N workers that are processes, or threads of one process.
 *
 *	faults	first writes to the pages of a mapping of 16 MiB, again and again
 *	maps	mmap of a page, a write to it, munmap
 *	mixed	three threads fault while one maps, protects and unmaps: which part of the faults did without mmap_lock?
 *
 * Each is measured SLICES times, and the best counts: whatever else runs on the machine can only make it slower.
 *
 * Prints "smp WORK KIND N ROUNDS-PER-SECOND" and "smp mixed threads 4 PER-MILLE". tests/bench/smp makes a table of it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "user/libsys/sys.h"
#include "user/libsys/thread.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define PAGES		4096UL
#define MAX_WORKERS	4
#define TICKS_PER_SECOND 10000000UL
#define SLICE_TICKS	(TICKS_PER_SECOND * 2 / 5)
#define SLICES		5

/* In memory that processes share as well. */
static struct board {
	int go;
	unsigned long deadline;			/* of the time register */
	unsigned long rounds[MAX_WORKERS];
} *board;

static struct thread threads[MAX_WORKERS];

static unsigned long rdtime(void)
{
	unsigned long t;

	asm volatile("rdtime %0" : "=r"(t) :: "memory");
	return t;
}

static char *map(unsigned long pages)
{
	return (char *)raw_syscall(SYS_mmap, 0L, pages * PAGE_SIZE, (long)RW, (long)ANON, -1L, 0L);
}

static void unmap(char *p, unsigned long pages)
{
	raw_syscall(SYS_munmap, p, pages * PAGE_SIZE, 0L, 0L, 0L, 0L);
}

static void wait_for_go(void)
{
	while (!__atomic_load_n(&board->go, __ATOMIC_ACQUIRE))
		raw_syscall(SYS_sched_yield, 0L, 0L, 0L, 0L, 0L, 0L);
}

static int faults(long worker)
{
	volatile char *p = map(PAGES);

	wait_for_go();
	while (rdtime() < board->deadline) {
		for (unsigned long i = 0; i < PAGES; i++)
			p[i * PAGE_SIZE] = 1;
		board->rounds[worker] += PAGES;
		raw_syscall(SYS_madvise, p, PAGES * PAGE_SIZE, (long)MADV_DONTNEED, 0L, 0L, 0L);
	}
	unmap((char *)p, PAGES);
	return 0;
}

static int maps(long worker)
{
	wait_for_go();
	while (rdtime() < board->deadline)
		for (int i = 0; i < 20; i++) {
			char *p = map(1);

			*(volatile char *)p = 1;
			unmap(p, 1);
			board->rounds[worker]++;
		}
	return 0;
}

/* The worker that changes the address space of the mixed run. */
static int changes(long worker)
{
	char *p = map(64);

	wait_for_go();
	while (rdtime() < board->deadline) {
		char *q = map(8);

		*(volatile char *)q = 1;
		raw_syscall(SYS_mprotect, p + 8 * PAGE_SIZE, 8 * PAGE_SIZE, (long)PROT_READ, 0L, 0L, 0L);
		raw_syscall(SYS_mprotect, p + 8 * PAGE_SIZE, 8 * PAGE_SIZE, (long)RW, 0L, 0L, 0L);
		unmap(q, 8);
		board->rounds[worker]++;
	}
	unmap(p, 64);
	return 0;
}

static void begin(void)
{
	board->deadline = rdtime() + SLICE_TICKS;
	__atomic_store_n(&board->go, 1, __ATOMIC_RELEASE);
}

static void start(int (*work)(long), long worker, bool as_thread)
{
	board->rounds[worker] = 0;
	if (as_thread) {
		if (thread_start(&threads[worker], work, worker) < 0)
			exit(1);
	} else if (raw_syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L, 0L) == 0) {
		raw_syscall(SYS_exit_group, (long)work(worker), 0L, 0L, 0L, 0L, 0L);
	}
}

static unsigned long finish(int n, bool as_thread)
{
	unsigned long sum = 0;

	for (int i = 0; i < n; i++) {
		if (as_thread)
			thread_join(&threads[i]);
		else
			raw_syscall(SYS_wait4, -1L, 0L, 0L, 0L, 0L, 0L);
	}
	board->go = 0;
	for (int i = 0; i < n; i++)
		sum += board->rounds[i];
	return sum * TICKS_PER_SECOND / SLICE_TICKS;
}

static void measure(const char *name, int (*work)(long), int n, bool as_thread)
{
	unsigned long best = 0, rounds;

	for (int slice = 0; slice < SLICES; slice++) {
		for (int i = 0; i < n; i++)
			start(work, i, as_thread);
		begin();
		rounds = finish(n, as_thread);
		best = rounds > best ? rounds : best;
	}
	printf("smp %s %s %d %lu\n", name, as_thread ? "threads" : "processes", n, best);
}

static unsigned long with_mmap_lock(void)
{
	return query_counter(Q_VMALOCK_NONE) + query_counter(Q_VMALOCK_BUSY) + query_counter(Q_VMALOCK_RETRY);
}

static void measure_mixed(void)
{
	unsigned long slow = with_mmap_lock(), all = query_counter(Q_PGFAULT);

	for (int i = 0; i < MAX_WORKERS; i++)
		start(i == MAX_WORKERS - 1 ? changes : faults, i, true);
	begin();
	finish(MAX_WORKERS, true);
	slow = with_mmap_lock() - slow;
	all = query_counter(Q_PGFAULT) - all;
	printf("smp mixed threads %d %lu\n", MAX_WORKERS, (all - slow) * 1000 / all);
}

int main(void)
{
	board = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int n = 1; n <= MAX_WORKERS; n *= 2)
		for (int as_thread = 0; as_thread < 2; as_thread++) {
			measure("faults", faults, n, as_thread);
			measure("maps", maps, n, as_thread);
		}
	measure_mixed();
	puts("smp done");
	return 0;
}
