/* SPDX-License-Identifier: MIT */
/*
 * stress [-n PROCESSES] [-t SECONDS] [-s SEED]: workers do random mmap, munmap, mprotect, madvise, brk, fork and touches, each
 * against its own model of what every page must hold; some workers are killed in the middle. When the
 * time is over every frame and every slab object has to be back: the exit status says so.
 *
 * A worker's arena, ARENA pages at a fixed place; the model has rights and content of each page:
 *
 *	[ rw 17 | rw 0 |  none  | r 4 | (hole) | rw 9 | ... ]
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/sys.h"

USAGE("usage: stress [-n WORKERS] [-t SECONDS] [-s SEED]\n"
      "Random mmap, munmap, mprotect, madvise, brk and fork by 1 to 64 workers that\n"
      "check every byte; then all frames and objects must be free again. Exercises\n"
      "do_mmap(), mm_munmap(), mm_mprotect(), mm_madvise(), mm_brk(), dup_mm().\n");

#define ARENA		96
#define MAX_WORKERS	64
#define HOLE		(-1)

struct page_model {
	int prot;		/* PROT_ bits, or HOLE */
	unsigned long value;	/* first and last word of the page; 0 for an untouched one */
};

struct worker {
	unsigned long rng;
	unsigned long operations;
	char *base;			/* the arena */
	struct page_model page[ARENA];
	char *heap;			/* break at the start */
	unsigned long heap_pages;
	unsigned long heap_value[ARENA];
};

static unsigned long below(struct worker *w, unsigned long n)
{
	return next_random(&w->rng) % n;
}

static void fail(struct worker *w, const char *what, unsigned long i, unsigned long got, unsigned long want)
{
	printf("stress: worker %d: %s, page %lu: 0x%lx instead of 0x%lx after %lu operations\n", getpid(), what, i,
	       got, want, w->operations);
	fflush(stdout);
	_exit(99);
}

static void check_page(struct worker *w, const char *what, const char *start, unsigned long i, unsigned long want)
{
	volatile const unsigned long *words = (volatile const unsigned long *)(start + i * PAGE_SIZE);

	if (words[0] != want)
		fail(w, what, i, words[0], want);
	if (words[PAGE_SIZE / 8 - 1] != want)
		fail(w, what, i, words[PAGE_SIZE / 8 - 1], want);
}

static void write_page(char *start, unsigned long i, unsigned long value)
{
	volatile unsigned long *words = (volatile unsigned long *)(start + i * PAGE_SIZE);

	words[0] = value;
	words[PAGE_SIZE / 8 - 1] = value;
}

/* check_all() - every readable page of arena and heap against the model. */
static void check_all(struct worker *w, const char *what)
{
	for (int i = 0; i < ARENA; i++)
		if (w->page[i].prot != HOLE && (w->page[i].prot & PROT_READ))
			check_page(w, what, w->base, i, w->page[i].value);
	for (unsigned long i = 0; i < w->heap_pages; i++)
		check_page(w, "heap", w->heap, i, w->heap_value[i]);
}

static void op_touch(struct worker *w)
{
	unsigned long i = below(w, ARENA);
	struct page_model *page = &w->page[i];

	if (page->prot == HOLE || !(page->prot & PROT_READ))
		return;
	check_page(w, "touch", w->base, i, page->value);
	if (page->prot & PROT_WRITE) {
		page->value = next_random(&w->rng) | 1;
		write_page(w->base, i, page->value);
	}
}

/* A call that runs out of memory may have done part of its work: the model cannot go on. */
static void require(struct worker *w, bool done, const char *what, unsigned long i)
{
	if (!done)
		fail(w, what, i, errno, 0);
}

static void op_map(struct worker *w, unsigned long i, unsigned long n)
{
	char *want = w->base + i * PAGE_SIZE;

	require(w, mmap(want, n * PAGE_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == want, "mmap", i);
	for (; n > 0; n--, i++)
		w->page[i] = (struct page_model){ .prot = PROT_READ | PROT_WRITE };
}

static void op_unmap(struct worker *w, unsigned long i, unsigned long n)
{
	require(w, munmap(w->base + i * PAGE_SIZE, n * PAGE_SIZE) == 0, "munmap", i);
	for (; n > 0; n--, i++)
		w->page[i].prot = HOLE;
}

static void op_protect(struct worker *w, unsigned long i, unsigned long n)
{
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE };
	int prot = prots[below(w, 4)];

	for (unsigned long k = i; k < i + n; k++)
		if (w->page[k].prot == HOLE)
			return;
	require(w, mprotect(w->base + i * PAGE_SIZE, n * PAGE_SIZE, prot) == 0, "mprotect", i);
	for (; n > 0; n--, i++)
		w->page[i].prot = prot;
}

/* op_advise() - throw contents away (pages read as zeroes again), or only hint that they are not needed soon. */
static void op_advise(struct worker *w, unsigned long i, unsigned long n)
{
	static const int advices[] = { MADV_DONTNEED, MADV_COLD, MADV_PAGEOUT };
	int advice = advices[below(w, 3)];

	for (unsigned long k = i; k < i + n; k++)
		if (w->page[k].prot == HOLE)
			return;
	require(w, madvise(w->base + i * PAGE_SIZE, n * PAGE_SIZE, advice) == 0, "madvise", i);
	for (; advice == MADV_DONTNEED && n > 0; n--, i++)
		w->page[i].value = 0;
}

static void op_brk(struct worker *w)
{
	unsigned long pages = below(w, ARENA);

	require(w, brk(w->heap + pages * PAGE_SIZE) == 0, "brk", pages);
	for (; w->heap_pages < pages; w->heap_pages++)
		w->heap_value[w->heap_pages] = 0;
	w->heap_pages = pages;
	if (pages > 0) {
		unsigned long i = below(w, pages);

		check_page(w, "heap", w->heap, i, w->heap_value[i]);
		w->heap_value[i] = next_random(&w->rng) | 1;
		write_page(w->heap, i, w->heap_value[i]);
	}
}

/* on_hole() - a child touched a page that is not mapped, as it meant to: SIGSEGV has come. */
static void on_hole(int sig)
{
	(void)sig;
	_exit(34);
}

/* grandchild() - the copy of a worker: sees what the worker had, writes over it, may touch a hole. */
static void grandchild(struct worker *w)
{
	w->rng ^= getpid();
	signal(SIGSEGV, on_hole);
	check_all(w, "inherited");
	for (int i = 0; i < 24; i++)
		op_touch(w);
	check_all(w, "child's own");
	for (int i = 0; i < ARENA; i++)
		if (w->page[i].prot == HOLE && below(w, 8) == 0) {
			w->base[i * PAGE_SIZE] = 1;
			_exit(35);
		}
	_exit(33);
}

/* op_fork() - both sides write and check at the same time. */
static void op_fork(struct worker *w)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return;
	if (pid == 0)
		grandchild(w);
	for (int i = 0; i < 24; i++)
		op_touch(w);
	check_all(w, "parent's own");
	require(w, waitpid(pid, &status, 0) == pid, "wait", 0);
	if (exit_code(status) != 33 && exit_code(status) != 34)
		fail(w, "child's status", 0, status, 33);
}

static void one_operation(struct worker *w)
{
	unsigned long i = below(w, ARENA), n = 1 + below(w, 16);

	if (n > ARENA - i)
		n = ARENA - i;
	switch (below(w, 32)) {
	case 0 ... 3: op_map(w, i, n); break;
	case 4 ... 6: op_unmap(w, i, n); break;
	case 7 ... 10: op_protect(w, i, n); break;
	case 11 ... 12: op_brk(w); break;
	case 13: op_fork(w); break;
	case 14: op_advise(w, i, n); break;
	default: op_touch(w); break;
	}
	w->operations++;
}

static void worker_main(unsigned long seed, unsigned long long deadline, int report)
{
	static struct worker w;

	w.rng = seed;
	w.heap = sbrk(0);
	w.heap = (char *)(((unsigned long)w.heap + PAGE_SIZE - 1) & -PAGE_SIZE);
	if (brk(w.heap) != 0)
		fail(&w, "brk", 0, errno, 0);
	w.base = map_pages(ARENA);
	for (int i = 0; i < ARENA; i++)
		w.page[i].prot = PROT_READ | PROT_WRITE;
	while (now_ns() < deadline)
		for (int i = 0; i < 16; i++)
			one_operation(&w);
	check_all(&w, "at the end");
	_exit(write(report, &w.operations, sizeof(w.operations)) == sizeof(w.operations) ? 0 : 98);
}

/* ---- the parent ---- */

struct options {
	unsigned long workers, seconds, seed;
};

static bool others;			/* other programs were seen: what memory they take or give back is not ours */
static pid_t workers[MAX_WORKERS];	/* those that have not been waited for; else 0 */
static unsigned long nr_started;
static unsigned long nr_reports;	/* workers that ended by themselves: each has written one */

static void start_worker(int slot, const struct options *opt, unsigned long long deadline, int report)
{
	pid_t pid = fork();

	if (pid < 0)
		die("stress: fork");
	nr_started++;
	if (pid == 0)
		worker_main(opt->seed * 1000003 + nr_started, deadline, report);
	workers[slot] = pid;
}

/*
 * reap() - wait for a child; @killed is the one that was killed on purpose, or 0. Returns false for a bad end. On a machine that
 * is held up any worker may be at its deadline by now.
 */
static bool reap(pid_t killed)
{
	int status, slot = 0;
	pid_t who = wait(&status);

	if (who < 0)
		die("stress: wait");
	while (slot < MAX_WORKERS && workers[slot] != who)
		slot++;
	if (slot == MAX_WORKERS)
		return true;	/* an orphan, when this process is init */
	workers[slot] = 0;
	nr_reports += status == 0;
	if (status == 0 || (who == killed && status == SIGKILL))
		return true;
	printf("stress: worker %d: %s\n", who, describe_status(status));
	return false;
}

/* replace_one() - kill a worker, whatever it is doing, and start another. */
static bool replace_one(int slot, const struct options *opt, unsigned long long deadline, int report)
{
	pid_t victim = workers[slot];
	bool good = true;

	if (victim)
		kill(victim, SIGKILL);
	while (workers[slot])
		good &= reap(victim);
	start_worker(slot, opt, deadline, report);
	return good;
}

/* finish() - wait for all workers and add up what they report. */
static bool finish(int from, unsigned long *operations)
{
	bool good = true;

	for (int i = 0; i < MAX_WORKERS; i++)
		while (workers[i])
			good &= reap(0);
	for (; good && nr_reports > 0; nr_reports--) {
		unsigned long one;

		if (read(from, &one, sizeof(one)) != sizeof(one))
			die("stress: report");
		*operations += one;
	}
	return good;
}

static bool run_workers(const struct options *opt, unsigned long ms, unsigned long *operations)
{
	unsigned long long deadline = now_ns() + ms * 1000000ULL;
	unsigned long rng = opt->seed;
	bool good = true;
	int report[2];

	if (pipe(report) != 0)
		die("stress: pipe");
	for (unsigned long i = 0; i < opt->workers; i++)
		start_worker(i, opt, deadline, report[1]);
	while (now_ns() + 500 * 1000000ULL < deadline) {
		sleep_ms(100);
		others |= others_run();
		good &= replace_one(next_random(&rng) % opt->workers, opt, deadline, report[1]);
	}
	good &= finish(report[0], operations);
	close(report[0]);
	close(report[1]);
	return good;
}

static struct census before;

/* tell_memory() - the last line: did all memory come back? False: no, and no other program can have taken it. */
static bool tell_memory(unsigned long operations)
{
	bool back;

	others |= others_run();
	back = census_same(others ? NULL : "stress", &before);
	others |= others_run();
	if (!back && !others) {
		printf("stress: FAILED: memory was lost\n");
		return false;
	}
	printf("stress: %lu operations by %lu workers; %s\n", operations, nr_started,
	       back ? "every frame and every object came back" : "other programs ran: memory was not counted");
	return true;
}

static bool parse_options(int argc, char **argv, struct options *opt)
{
	for (int i = 1; i < argc; i += 2) {
		unsigned long value;

		if (argv[i][0] != '-' || i + 1 == argc || !parse_ulong(argv[i + 1], &value))
			return false;
		switch (argv[i][1]) {
		case 'n': opt->workers = value; break;
		case 't': opt->seconds = value; break;
		case 's': opt->seed = value; break;
		default: return false;
		}
	}
	return opt->workers >= 1 && opt->workers <= MAX_WORKERS && opt->seconds >= 1;
}

int main(int argc, char **argv)
{
	struct options opt = { .workers = 4, .seconds = 5, .seed = 1 };
	unsigned long operations = 0, warm = 0;
	bool good;

	if (!parse_options(argc, argv, &opt))
		return wrong_usage();
	printf("stress: %lu workers, %lu s, seed %lu\n", opt.workers, opt.seconds, opt.seed);

	/* A short round first: what is loaded once and stays is there before we count. */
	if (!run_workers(&opt, 700, &warm))
		return 1;
	nr_started = 0;
	others = others_run();
	census_take(&before);
	good = run_workers(&opt, opt.seconds * 1000, &operations);
	if (!good) {
		printf("stress: FAILED: a worker went wrong\n");
		return 1;
	}
	return tell_memory(operations) ? 0 : 1;
}
