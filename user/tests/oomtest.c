/* SPDX-License-Identifier: MIT */
/*
 * oomtest: no memory left, among many processes. A child takes all of it, by stores or by system calls that copy to
 * it: either way it is killed and nobody else, and no call says that a good pointer is bad.
 */
#include <errno.h>
#include <signal.h>
#include "user/tests/tap.h"

#define BYSTANDERS	40
#define MAPPERS		5	/* of 65530 VMAs each */
#define LOTS		(4UL << 30)

static char *reserve(int prot)
{
	char *p = mmap(NULL, LOTS, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("oomtest: mmap");
	return p;
}

static int take_by_stores(long unused)
{
	char *p = reserve(PROT_READ | PROT_WRITE);

	(void)unused;
	for (unsigned long i = 0; i < LOTS; i += PAGE_SIZE)
		p[i] = 1;
	return 0;
}

/* Ends with the error of the first call that fails. */
static int take_by_copies(long unused)
{
	char *p = reserve(PROT_READ | PROT_WRITE);

	(void)unused;
	for (unsigned long i = 0; i < LOTS; i += PAGE_SIZE) {
		long n = raw_syscall(SYS_getrandom, p + i, 16UL, 0);

		if (n < 0)
			return (int)-n;
	}
	return 0;
}

/* A vfork child takes all memory, which is its parent's as well: both must go at once. */
static int take_in_vfork(long unused)
{
	if (vfork() == 0)
		_exit(take_by_stores(unused));
	return 0;
}

/* Makes VMAs, which have no pages, for as long as it may; then says so and stays. */
static int take_by_vmas(long done)
{
	char *p = reserve(PROT_NONE);

	for (unsigned long i = 0; mprotect(p + i, PAGE_SIZE, PROT_READ) == 0; i += 2 * PAGE_SIZE)
		;
	write((int)done, "", 1);
	for (;;)
		sleep_ms(1000);
	return 0;
}

/* A small process beside those. */
static int store_a_little(long pages)
{
	char *p = reserve(PROT_READ | PROT_WRITE);

	for (long i = 0; i < pages; i++)
		p[i * PAGE_SIZE] = 1;
	return 0;
}

/* VMAs take all of memory, and the fault of a small process finds none: it must not be the one that is killed. */
static void check_vmas_count(void)
{
	pid_t pids[MAPPERS];
	int from[MAPPERS], status;
	char byte;

	for (int i = 0; i < MAPPERS; i++) {
		int fds[2];

		if (pipe(fds) != 0)
			die("oomtest: pipe");
		pids[i] = spawn_child(take_by_vmas, fds[1]);
		from[i] = fds[0];
		close(fds[1]);
	}
	for (int i = 0; i < MAPPERS; i++) {	/* it has all it may have, or is dead already */
		read(from[i], &byte, 1);
		close(from[i]);
	}
	is(in_child(store_a_little, 1000), exited_with(0), "who takes memory by VMAs is killed before one with 1000 pages");
	for (int i = 0; i < MAPPERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
	}
}

static unsigned long oom_kills(void)
{
	return query_counter(Q_OOM_KILL);
}

static int stand_by(long unused)
{
	(void)unused;
	for (;;)
		sleep_ms(1000);
	return 0;
}

int main(void)
{
	pid_t pids[BYSTANDERS];
	int survivors = 0, status;
	unsigned long kills;

	for (int i = 0; i < BYSTANDERS; i++)
		pids[i] = spawn_child(stand_by, 0);
	is(in_child(take_by_stores, 0), killed_by(SIGKILL), "a process that stores to all memory is killed");
	is(in_child(take_by_copies, 0), killed_by(SIGKILL), "one that lets the kernel store to it, too");
	kills = oom_kills();
	is(in_child(take_in_vfork, 0), killed_by(SIGKILL), "and a parent whose vfork child takes all");
	is(oom_kills() - kills, 1, "for which one decision is enough");
	check_vmas_count();
	for (int i = 0; i < BYSTANDERS; i++) {
		survivors += waitpid(pids[i], &status, WNOHANG) == 0;
		kill(pids[i], SIGKILL);
		waitpid(pids[i], &status, 0);
	}
	is(survivors, BYSTANDERS, "the others live on");
	return tap_done();
}
