/* SPDX-License-Identifier: MIT */
/*
 * swaprace [-t SECONDS] once|write|toggle: swapon() and swapoff() of an area in RAM from several processes at once.
 *
 *	once	all call swapon() together: one gets the area and its frames, the others -EBUSY
 *	write	two that share pages copy on write write to those that swapoff() has just brought back
 *	toggle	all turn it on and off as they like, while others page out and check what comes back
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define TOGETHER	3	/* more only wait for each other */
#define TOGGLERS	6
#define KEEPERS		2
#define KEPT		64		/* pages of each keeper */
#define COPIED		900UL
#define AREA_PAGES	1024UL

static struct shared {
	unsigned int arrived;		/* at the barrier */
	unsigned long stop;
	unsigned long long end;
	unsigned long rounds, bad_answers, lost_area, changed;
	long answers[TOGETHER];		/* of swapon() */
	long off;			/* of swapoff() */
	unsigned long out, left[2];	/* the pages are in swap; how many of each writer still are */
	unsigned long calls, strange;	/* answers that do not belong there */
	long strange_answer;
} *shared;

static unsigned long seconds = 2;

static long swap_on(void)
{
	return raw_syscall(SYS_swapon, "4M", 0L);
}

static long swap_off(void)
{
	return raw_syscall(SYS_swapoff, "x");
}

/* ---- pages that are known ---- */

static unsigned long word_of(unsigned long page, unsigned long n)
{
	return (unsigned long)getpid() << 48 | page << 16 | n;
}

static void write_pages(unsigned long *p)
{
	for (unsigned long page = 0; page < KEPT; page++)
		for (unsigned long n = 0; n < PAGE_SIZE / 8; n += 8)
			p[page * PAGE_SIZE / 8 + n] = word_of(page, n);
}

/* How many pages hold something else. */
static unsigned long count_changed(const unsigned long *p)
{
	unsigned long changed = 0;

	for (unsigned long page = 0; page < KEPT; page++)
		for (unsigned long n = 0; n < PAGE_SIZE / 8; n += 8)
			if (p[page * PAGE_SIZE / 8 + n] != word_of(page, n)) {
				changed++;
				break;
			}
	return changed;
}

/* ---- once ---- */

/* Wait for the others, for the @n-th time. */
static void barrier(unsigned int n)
{
	__atomic_add_fetch(&shared->arrived, 1, __ATOMIC_ACQ_REL);
	for (int i = 0; __atomic_load_n(&shared->arrived, __ATOMIC_ACQUIRE) < n * TOGETHER; i++)
		if (i % 4096 == 4095)
			sched_yield();
}

/* All have had their answers: is the area whole and ours? Then off it goes. */
static void look_at_round(unsigned long *p)
{
	unsigned long free = query_mem().free;
	int winners = 0, busy = 0;

	for (int i = 0; i < TOGETHER; i++) {
		winners += shared->answers[i] == 0;
		busy += shared->answers[i] == -EBUSY;
	}
	shared->bad_answers += winners != 1 || busy != TOGETHER - 1;
	if (shared->rounds % 16 == 0) {
		write_pages(p);
		madvise(p, KEPT * PAGE_SIZE, MADV_PAGEOUT);
		shared->changed += count_changed(p);
	}
	shared->off = swap_off();
	shared->lost_area += query_mem().free < free + AREA_PAGES / 2;
	shared->rounds++;
	shared->stop = shared->bad_answers || shared->lost_area || shared->changed || shared->off != 0 ||
		       now_ns() > shared->end;
}

/* swapon() and barriers until the first of us says that it is over; then these answers can be looked at. */
static int swap_on_together(long i)
{
	unsigned long *p = (unsigned long *)map_pages(KEPT);
	unsigned int n = 0;

	do {
		barrier(++n);
		shared->answers[i] = swap_on();
		barrier(++n);
		if (i == 0)
			look_at_round(p);
		barrier(++n);
	} while (!shared->stop);
	return 0;
}

static void check_once(void)
{
	pid_t pids[TOGETHER];
	int status;

	shared->end = now_ns() + seconds * 1000000000ULL;
	for (long i = 0; i < TOGETHER; i++)
		pids[i] = spawn_child(swap_on_together, i);
	for (int i = 0; i < TOGETHER; i++)
		waitpid(pids[i], &status, 0);
	ok(!shared->bad_answers, "%lu times %d calls of swapon: one gets the area", shared->rounds, TOGETHER);
	if (shared->bad_answers)
		for (int i = 0; i < TOGETHER; i++)
			printf("#   answer %ld\n", shared->answers[i]);
	is(shared->lost_area, 0, "its frames are taken as long as it is on");
	is(shared->changed, 0, "what is in swap does not change");
	is(shared->off, 0, "swapoff");
}

/* ---- toggle ---- */

static void note_answer(long answer)
{
	__atomic_add_fetch(&shared->calls, 1, __ATOMIC_RELAXED);
	if (answer == 0 || answer == -EBUSY || answer == -EINVAL || answer == -ENOMEM)
		return;
	shared->strange_answer = answer;
	__atomic_add_fetch(&shared->strange, 1, __ATOMIC_RELAXED);
}

static bool stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static int toggle(long unused)
{
	(void)unused;
	while (!stopped()) {
		note_answer(swap_on());
		note_answer(swap_off());
	}
	return 0;
}

/* Page out again and again; the exit status says whether it all came back. */
static int keep(long unused)
{
	unsigned long *p = (unsigned long *)map_pages(KEPT);

	(void)unused;
	write_pages(p);
	while (!stopped()) {
		madvise(p, KEPT * PAGE_SIZE, MADV_PAGEOUT);
		if (count_changed(p))
			return 4;
		write_pages(p);
	}
	return 3;
}

static void check_toggle(void)
{
	pid_t pids[TOGGLERS + KEEPERS];
	bool good = true, kept = true;
	int status;

	for (long i = 0; i < TOGGLERS + KEEPERS; i++)
		pids[i] = spawn_child(i < TOGGLERS ? toggle : keep, i);
	sleep_ms(seconds * 1000);
	shared->stop = 1;
	for (int i = 0; i < TOGGLERS + KEEPERS; i++) {
		good = waitpid(pids[i], &status, 0) == pids[i] && good;
		if (i < TOGGLERS)
			good = good && status == 0;
		else
			kept = kept && status == exited_with(3);
	}
	ok(good, "%lu calls of swapon and swapoff by %d processes", shared->calls, TOGGLERS);
	ok(kept, "what is in swap does not change");
	is(shared->strange, 0, "each answer is 0, EBUSY, EINVAL or ENOMEM");
	if (shared->strange)
		printf("#   one was %ld\n", shared->strange_answer);
	/* Nobody is at it any more: it goes on and off. */
	swap_off();
	is(swap_on(), 0, "on");
	is_errno(swap_on(), EBUSY, "and not on twice");
	is(swap_off(), 0, "off");
	is_errno(swap_off(), EINVAL, "and not off twice");
}

/* ---- write ---- */

static volatile unsigned long *copied;	/* COPIED pages, which both writers share copy on write */

static unsigned long pages_out(void)
{
	struct q_mmstat stat;

	if (query(QUERY_MMSTAT, 0, 0, &stat, sizeof(stat)) < 0)
		die("swaprace: query");
	return stat.nr_swap;
}

/*
 * latest_page() - swapoff() goes through one process after the other, from low to high addresses: the page that
 * it has just given back to the second of the two writers, or -1.
 */
static long latest_page(int me)
{
	unsigned long mine = pages_out(), others;

	__atomic_store_n(&shared->left[me], mine, __ATOMIC_RELEASE);
	others = __atomic_load_n(&shared->left[!me], __ATOMIC_ACQUIRE);
	return mine && others ? -1 : (long)(COPIED - (mine + others)) - 1;
}

/*
 * write_latest() - a writer: at once to what both have now. So the page has lost its mappings perhaps before
 * swapoff() has let go of it. The exit status says whether all contents are right at the end.
 */
static int write_latest(long me)
{
	static bool written[COPIED];
	unsigned long bad = 0;

	if (me == 0)
		madvise((void *)copied, COPIED * PAGE_SIZE, MADV_PAGEOUT);
	else
		while (!__atomic_load_n(&shared->out, __ATOMIC_ACQUIRE))
			sleep_ms(1);
	__atomic_store_n(&shared->out, 1, __ATOMIC_RELEASE);
	while (!stopped()) {
		long page = latest_page(me);

		if (page >= 0 && !written[page]) {
			copied[page * PAGE_SIZE / 8] = page + me + 1;
			written[page] = true;
		}
	}
	for (unsigned long i = 0; i < COPIED; i++)
		bad += copied[i * PAGE_SIZE / 8] != (written[i] ? i + me + 1 : 0) ||
		       copied[i * PAGE_SIZE / 8 + 1] != ~i;
	return bad ? 4 : 3;
}

/* Returns whether both had the right contents at the end. */
static bool write_round(void)
{
	pid_t pids[2];
	bool good = true;
	int status;

	copied = (volatile unsigned long *)map_pages(COPIED);
	for (unsigned long i = 0; i < COPIED; i++)
		copied[i * PAGE_SIZE / 8 + 1] = ~i;
	shared->stop = shared->out = 0;
	shared->left[0] = shared->left[1] = COPIED;
	swap_on();
	for (long i = 0; i < 2; i++)
		pids[i] = spawn_child(write_latest, i);
	munmap((void *)copied, COPIED * PAGE_SIZE);
	while (!__atomic_load_n(&shared->out, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	shared->off = swap_off();
	shared->stop = 1;
	for (int i = 0; i < 2; i++)
		good = waitpid(pids[i], &status, 0) == pids[i] && status == exited_with(3) && good;
	return good;
}

static void check_write(void)
{
	unsigned long long end = now_ns() + seconds * 1000000000ULL;
	unsigned long rounds = 0;
	bool good = true;

	for (; good && shared->off == 0 && now_ns() < end; rounds++)
		good = write_round();
	ok(good, "%lu times %lu pages written by two while swapoff brought them back: all right", rounds, COPIED);
	is(shared->off, 0, "swapoff");
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "-t") == 0 && parse_ulong(argv[2], &seconds)) {
		argv += 2;
		argc -= 2;
	}
	if (argc != 2) {
		fprintf(stderr, "usage: swaprace [-t SECONDS] once|write|toggle\n");
		return 2;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("swaprace: mmap");
	if (strcmp(argv[1], "once") == 0)
		check_once();
	else if (strcmp(argv[1], "write") == 0)
		check_write();
	else
		check_toggle();
	return tap_done();
}
