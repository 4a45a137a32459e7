/* SPDX-License-Identifier: MIT */
/*
 * longcalls [MIB]: calls that have as much to do as a program likes. Whatever they do, the kernel lets other tasks run in between,
 * and SIGKILL ends them. For a kernel that measures (docs/testing.md), one hart and -icount shift=0, where a nanosecond
 * is an instruction: "make test" runs it so.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define LIMIT_NS	1000000ULL	/* longest time without a preemption point */
#define KILL_NS		10000000ULL	/* from SIGKILL to the end of the process */
#define GIB		(1UL << 30)
#define HUGE		(200 * GIB)
#define RW		(PROT_READ | PROT_WRITE)
#define RESERVE		(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static struct q_latency longest(void)
{
	struct q_latency latency;

	if (query(QUERY_LATENCY, 0, 1, &latency, sizeof(latency)) != 1)
		die("longcalls: query: this kernel does not measure");
	return latency;
}

static char *reserve(unsigned long size)
{
	char *p = mmap(NULL, size, RW, RESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("longcalls: mmap");
	return p;
}

/* ---- what children do until they are killed ---- */

static int populate(long unused)
{
	(void)unused;
	return madvise(reserve(HUGE), HUGE, MADV_POPULATE_READ);
}

static int lock(long unused)
{
	(void)unused;
	mprotect(reserve(HUGE), HUGE, PROT_READ);	/* zero pages: tables are all it takes */
	return (int)raw_syscall(SYS_mlockall, (long)MCL_CURRENT);
}

static int look(long unused)
{
	static unsigned char vec[4 * GIB / PAGE_SIZE];
	char *p = reserve(64 * GIB);

	(void)unused;
	for (unsigned long i = 0; ; i++)
		raw_syscall(SYS_mincore, p + i % 16 * 4 * GIB, 4 * GIB, vec);
	return 0;
}

static int randomize(long unused)
{
	char *p = reserve(GIB);

	(void)unused;
	for (;;)
		raw_syscall(SYS_getrandom, p, 150UL << 20, 0);
	return 0;
}

static int print(long unused)
{
	char *p = reserve(2 * GIB);

	(void)unused;
	memset(p, '\r', 4 << 20);	/* more than it comes to; a terminal shows nothing */
	for (;;)
		raw_syscall(SYS_write, 1, p, 2 * GIB);
	return 0;
}

/* ---- what comes to an end ---- */

#define STEPS	10

/* The longest stretch of each step; the child fills it. */
static struct step {
	const char *what;
	struct q_latency latency;
	bool failed;
} *steps;
static int nr_steps;

static void step(long ret, const char *what)
{
	steps[nr_steps++] = (struct step){ what, longest(), ret < 0 };
}

static int nothing(long unused)
{
	(void)unused;
	return 0;
}

static void touch(char *p, unsigned long size)
{
	for (unsigned long i = 0; i < size; i += PAGE_SIZE)
		p[i] = 1;
}

/* One VMA with many pages. */
static int many_pages(long mib)
{
	unsigned long size = (unsigned long)mib << 20;
	char *p = reserve(size), *q = reserve(size);

	touch(p, size);
	longest();
	step(waitpid(spawn_child(nothing, 0), NULL, 0), "fork, and the child's exit");
	step(madvise(p, size, MADV_COLD), "MADV_COLD");
	step(madvise(p, size, MADV_FREE), "MADV_FREE");
	step(mprotect(p, size, PROT_READ), "mprotect");
	step(mremap(p, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q ? 0 : -1, "mremap");
	step(madvise(q, size / 2, MADV_DONTNEED), "MADV_DONTNEED of a half");
	step(munmap(q, size / 4 * 3), "munmap of three quarters");
	return 0;
}

/* An object of shared memory with many pages, in two views. */
static int many_shared(long mib)
{
	unsigned long size = (unsigned long)mib << 20;
	char *p = mmap(NULL, size, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *q;

	if (p == MAP_FAILED)
		return 1;
	touch(p, size);
	q = mremap(p, 0, size, MREMAP_MAYMOVE);
	touch(q, size);
	longest();
	step(madvise(p, size / 2, MADV_REMOVE), "MADV_REMOVE of a half");
	step(munmap(p, size) | munmap(q, size), "munmap of both views");
	return 0;
}

/* Every other page of a range is a VMA of its own. */
static int many_vmas(long nr)
{
	unsigned long size = (unsigned long)nr * PAGE_SIZE;
	char *p = reserve(size);

	for (long i = 0; i < nr; i += 2)
		if (mprotect(p + i * PAGE_SIZE, PAGE_SIZE, PROT_READ) != 0)
			return 1;
	longest();
	step(waitpid(spawn_child(nothing, 0), NULL, 0), "fork, and the child's exit");
	step(madvise(p, size, MADV_DONTFORK), "MADV_DONTFORK");
	step(raw_syscall(SYS_mlock2, p, size, (long)MLOCK_ONFAULT), "mlock2");
	step(mprotect(p, size / 2, RW), "mprotect of a half");
	step(munmap(p, size / 4 * 3), "munmap of three quarters");
	return 0;
}

static int sleep_on(long unused)
{
	(void)unused;
	for (;;)
		sleep_ms(1000000);
	return 0;
}

/* All of them map one page and are of one process group. */
static int many_tasks(long nr)
{
	unsigned long size = (unsigned long)nr * 2 * sizeof(struct q_task);
	struct q_task *tasks = (struct q_task *)reserve(size);
	static struct q_rmap mappings[256];
	long ended = 0;
	char *p = mmap(NULL, PAGE_SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*p = 1;
	setpgid(0, 0);
	longest();
	for (long i = 0; i < nr; i++)
		spawn_child(sleep_on, 0);
	step(0, "fork of each");
	step(query(QUERY_TASKS, 0, 0, tasks, size) > nr ? 0 : -1, "query of all tasks");
	step(query(QUERY_RMAP, 0, (unsigned long)p, mappings, sizeof(mappings)) == 256 ? 0 : -1, "query of mappings");
	signal(SIGTERM, SIG_IGN);
	step(kill(0, SIGTERM), "kill of the group");
	while (wait(NULL) > 0)
		ended++;
	step(ended == nr ? 0 : -1, "the end of each");
	return 0;
}

/* @measured: the kernel's own steps decide how long a stretch is, and not the serial line's speed. */
static void check_kill(int (*body)(long), const char *what, bool measured)
{
	pid_t pid = spawn_child(body, 0);
	unsigned long long ns;
	struct q_latency l;
	int status;

	sleep_ms(50);
	ns = now_ns();
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ns = now_ns() - ns;
	is(status, killed_by(SIGKILL), "%s is killed in the middle", what);
	ok(ns < KILL_NS, "it is gone after %llu us", ns / 1000);
	l = longest();
	if (measured)
		ok(l.ns < LIMIT_NS, "longest stretch %llu us, system call %ld", l.ns / 1000, l.call);
}

static void check_steps(int (*body)(long), long size, const char *of)
{
	steps = mmap(NULL, STEPS * sizeof(*steps), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (steps == MAP_FAILED)
		die("longcalls: mmap");
	is(in_child(body, size), exited_with(0), "a process with %ld %s", size, of);
	for (struct step *s = steps; s->what; s++)
		ok(!s->failed && s->latency.ns < LIMIT_NS, "%s: longest stretch %llu us, system call %ld", s->what,
		   s->latency.ns / 1000, s->latency.call);
	munmap(steps, STEPS * sizeof(*steps));
}

int main(int argc, char **argv)
{
	unsigned long mib = 128;

	if (argc > 2 || (argc == 2 && !parse_ulong(argv[1], &mib))) {
		fprintf(stderr, "usage: longcalls [MIB]\n");
		return 2;
	}
	longest();
	check_kill(populate, "MADV_POPULATE_READ of 200 GiB", true);
	check_kill(lock, "mlockall with 200 GiB", true);
	check_kill(look, "mincore of 64 GiB", true);
	check_kill(randomize, "getrandom of 150 MiB", true);
	check_kill(print, "write of 2 GiB to the console", false);
	check_steps(many_pages, (long)mib, "MiB of pages");
	check_steps(many_shared, (long)mib / 4, "MiB of shared memory");
	check_steps(many_vmas, 65000, "VMAs");
	check_steps(many_tasks, 2500, "children");
	return tap_done();
}
