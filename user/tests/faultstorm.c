/* SPDX-License-Identifier: MIT */
/*
 * faultstorm [-t SECONDS]: three threads fault while a fourth changes the address space beside them and across them.
 *
 *	faulters	each word of an area of its own is written, read back, given up, found zero; in the common area a word of each
 *			page is the thread's: it is what the thread wrote last, or, after the changer was there, earlier, or zero
 *	changer		in the common area and beside it: mmap over it, munmap, mprotect, mremap there and back, madvise, fork
 *
 * The common area's pages may vanish under a faulter: its SIGSEGV handler maps them again. The run ends by itself, and in
 * the middle by exit_group, execve and SIGKILL. Afterwards every frame and every object of the kernel is back.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define FAULTERS	3
#define OWN_PAGES	64UL
#define COMMON_PAGES	48UL
#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define TICKS_PER_SECOND 10000000UL
#define AGAIN		43		/* what the program says when it is executed with an argument */

/* In memory that the parent shares. */
static struct board {
	unsigned long deadline, ticks;		/* of the time register: the end, and how long it is from when all are at work */
	unsigned long wrong, rounds[FAULTERS + 1], mapped_again;
} *board;

static struct thread threads[FAULTERS + 1];
static char *common, *place;		/* place: where mremap moves parts of the common area to */

static unsigned long rdtime(void)
{
	unsigned long t;

	asm volatile("rdtime %0" : "=r"(t) :: "memory");
	return t;
}

static bool time_is_left(void)
{
	return rdtime() < __atomic_load_n(&board->deadline, __ATOMIC_ACQUIRE);
}

static void *map_at(void *at, unsigned long pages)
{
	return (void *)raw_syscall(SYS_mmap, at, pages * PAGE_SIZE, (long)RW, (long)(ANON | (at ? MAP_FIXED : 0)), -1L, 0L);
}

/* A page of the common area is not there, or may not be written to: now it is. Anywhere else it is an error. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
	char *page = (char *)((unsigned long)info->si_addr & ~(PAGE_SIZE - 1));

	(void)sig;
	(void)context;
	if (page < common || page >= common + COMMON_PAGES * PAGE_SIZE)
		raw_syscall(SYS_exit_group, 90L);
	__atomic_fetch_add(&board->mapped_again, 1, __ATOMIC_RELAXED);
	map_at(page, 1);
}

static void check(bool good)
{
	if (!good)
		__atomic_fetch_add(&board->wrong, 1, __ATOMIC_RELAXED);
}

static volatile unsigned long *word(char *base, unsigned long page, long thread)
{
	return (volatile unsigned long *)(base + page * PAGE_SIZE + 64 * (unsigned long)thread);
}

/* One round over pages that are the thread's alone. */
static void own_round(char *own, long thread, unsigned long round)
{
	for (unsigned long i = 0; i < OWN_PAGES; i++)
		*word(own, i, thread) = round + i;
	for (unsigned long i = 0; i < OWN_PAGES; i++)
		check(*word(own, i, thread) == round + i);
	raw_syscall(SYS_madvise, own, OWN_PAGES * PAGE_SIZE, (long)(round % 4 ? MADV_DONTNEED : MADV_PAGEOUT));
	for (unsigned long i = 0; i < OWN_PAGES; i += 7)
		check(*word(own, i, thread) == (round % 4 ? 0 : round + i));
}

static int fault(long thread)
{
	unsigned long last[COMMON_PAGES] = { 0 };
	char *own = map_at(NULL, OWN_PAGES);

	for (unsigned long round = 1; time_is_left(); round++) {
		own_round(own, thread, round);
		for (unsigned long i = 0; i < COMMON_PAGES; i++) {
			unsigned long now = *word(common, i, thread);

			check(now <= last[i]);	/* less: what was moved away came back over what was written meanwhile */
			*word(common, i, thread) = last[i] = round;
		}
		board->rounds[thread] = round;
	}
	return 0;
}

static void fork_and_look(void)
{
	int status;
	long pid = raw_syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0) {
		for (unsigned long i = 0; i < COMMON_PAGES; i++)
			*word(common, i, FAULTERS) = i;	/* copies, while the parent writes */
		raw_syscall(SYS_exit_group, 5L);
	}
	if (pid > 0) {
		raw_syscall(SYS_wait4, pid, &status, 0L, 0L);
		check(status == exited_with(5));
	}
}

static void change(unsigned int how, unsigned long first, unsigned long pages)
{
	char *at = common + first * PAGE_SIZE;
	unsigned long len = pages * PAGE_SIZE;

	switch (how) {
	case 0:
		map_at(at, pages);
		break;
	case 1:
		raw_syscall(SYS_munmap, at, len);
		map_at(at, pages);
		break;
	case 2:
		raw_syscall(SYS_mprotect, at, len, (long)PROT_READ);
		raw_syscall(SYS_mprotect, at, len, (long)RW);
		break;
	case 3:
		if (raw_syscall(SYS_mremap, at, len, len, (long)(MREMAP_MAYMOVE | MREMAP_FIXED), place) == (long)place)
			raw_syscall(SYS_mremap, place, len, len, (long)(MREMAP_MAYMOVE | MREMAP_FIXED), at);
		map_at(place, pages);	/* stays reserved */
		break;
	case 4:
		raw_syscall(SYS_madvise, at, len, (long)MADV_DONTNEED);
		break;
	case 5:
		raw_syscall(SYS_madvise, at, len, (long)MADV_PAGEOUT);
		break;
	case 6:
		fork_and_look();
		break;
	default:
		at = map_at(NULL, pages);
		*(volatile char *)at = 1;
		raw_syscall(SYS_munmap, at, len);
	}
}

static int change_all_the_time(long thread)
{
	unsigned int random = 12345;

	/* The others have mapped their own areas: none lands where this thread leaves a hole for a moment. The time begins now. */
	for (int i = 0; i < FAULTERS; i++)
		while (!__atomic_load_n(&board->rounds[i], __ATOMIC_ACQUIRE))
			raw_syscall(SYS_sched_yield);
	fork_and_look();		/* in each run, so that none has more tasks at once than the first one */
	__atomic_store_n(&board->deadline, rdtime() + board->ticks, __ATOMIC_RELEASE);
	for (; time_is_left(); board->rounds[thread]++) {
		unsigned long first;

		random = random * 1103515245 + 12345;
		first = (random >> 16) % COMMON_PAGES;
		change((random >> 24) % 9, first, 1 + (random >> 8) % (COMMON_PAGES - first));
	}
	return 0;
}

static void start_all(unsigned long ms)
{
	struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSEGV, &act, NULL);
	common = map_at(NULL, COMMON_PAGES);
	place = map_at(NULL, COMMON_PAGES);
	memset(board->rounds, 0, sizeof(board->rounds));
	board->deadline = ~0UL;
	board->ticks = ms * (TICKS_PER_SECOND / 1000);
	for (long i = 0; i < FAULTERS; i++)
		if (thread_start(&threads[i], fault, i) < 0)
			raw_syscall(SYS_exit_group, 91L);
	if (thread_start(&threads[FAULTERS], change_all_the_time, FAULTERS) < 0)
		raw_syscall(SYS_exit_group, 92L);
}

static int run_to_the_end(long ms)
{
	start_all((unsigned long)ms);
	for (int i = 0; i <= FAULTERS; i++)
		thread_join(&threads[i]);
	return 0;
}

static int exit_in_the_middle(long ms)
{
	start_all(60000);
	sleep_ms((unsigned long)ms);
	raw_syscall(SYS_exit_group, 6L);
	return 93;
}

static int execute_in_the_middle(long ms)
{
	char *argv[] = { "faultstorm", "again", NULL };

	start_all(60000);
	sleep_ms((unsigned long)ms);
	raw_syscall(SYS_execve, "/bin/faultstorm", argv, NULL);
	return 94;
}

static int until_killed(long ms)
{
	(void)ms;
	start_all(60000);
	sleep_ms(60000);
	return 95;
}

static int kill_in_the_middle(long ms)
{
	pid_t pid = spawn_child(until_killed, 0);
	int status;

	sleep_ms((unsigned long)ms);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	static struct census before;
	unsigned long ms = argc > 2 && !strcmp(argv[1], "-t") ? strtoul(argv[2], NULL, 10) * 1000 : 3000;

	if (argc == 2)
		return AGAIN;
	board = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	board->wrong = 0;		/* it is there, and so is its page table */
	is(kill_in_the_middle(20), killed_by(SIGKILL), "SIGKILL at the beginning");
	is(in_child(run_to_the_end, 10), exited_with(0), "a short run");
	census_take(&before);
	is(in_child(run_to_the_end, (long)ms), exited_with(0), "the storm ends");
	for (int i = 0; i < FAULTERS; i++)
		ok(board->rounds[i] > 0, "thread %d made %lu rounds", i, board->rounds[i]);
	ok(board->rounds[FAULTERS] > 0, "%lu changes meanwhile", board->rounds[FAULTERS]);
	is(in_child(exit_in_the_middle, 50), exited_with(6), "exit_group in the middle");
	is(in_child(execute_in_the_middle, 50), exited_with(AGAIN), "execve in the middle");
	is(kill_in_the_middle(50), killed_by(SIGKILL), "SIGKILL in the middle");
	is((long)board->wrong, 0, "every word is what its thread wrote");
	ok(census_same("faultstorm", &before), "everything came back");
	return tap_done();
}
