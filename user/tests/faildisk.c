/* SPDX-License-Identifier: MIT */
/*
 * faildisk read|write|slow: a swap disk that fails; tests/qemu/test_failing_disk.py attaches it.
 *
 *	read	some or all reads fail: who needs such a page gets SIGBUS, swapoff() ends with -EIO and the area stays on,
 *		until nobody has the page any more
 *	write	some or all writes fail: the page stays in memory and keeps its contents
 *	slow	reads take long: a swapoff() that is at work dies of SIGKILL, and the area stays on
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define PAGES		64UL
#define SLOW_PAGES	800UL
#define WORDS		(PAGE_SIZE / 8)
#define PATIENCE_MS	4000		/* for what a right kernel does in a moment */

static unsigned long *memory;

static unsigned long word_of(unsigned long page)
{
	return page * 3 + 1;
}

/* Write to @n pages and send them to swap. */
static void fill_and_page_out(unsigned long n)
{
	memory = (unsigned long *)map_pages(n);
	for (unsigned long i = 0; i < n; i++)
		memory[i * WORDS] = memory[i * WORDS + WORDS - 1] = word_of(i);
	madvise(memory, n * PAGE_SIZE, MADV_PAGEOUT);
}

static unsigned long pages_out(void)
{
	struct q_mmstat stat;

	if (query(QUERY_MMSTAT, 0, 0, &stat, sizeof(stat)) < 0)
		die("faildisk: query");
	return stat.nr_swap;
}

/* Pages that went to the disk since the machine was started. */
static unsigned long written(void)
{
	return query_counter(Q_PSWPOUT);
}

static void on_bus_error(int sig)
{
	(void)sig;
	_exit(5);
}

/* look_at() - 3: the page is right, 4: it is not, 5: SIGBUS. */
static int look_at(long page)
{
	volatile unsigned long *p = memory + page * WORDS;

	signal(SIGBUS, on_bus_error);
	return p[0] == word_of(page) && p[WORDS - 1] == word_of(page) ? 3 : 4;
}

/* look_at_all() - each page by a child of its own. How many cannot be read (SIGBUS); others have to be right. */
static unsigned long look_at_all(unsigned long n)
{
	unsigned long bad = 0, wrong = 0;

	for (unsigned long i = 0; i < n; i++) {
		int status = in_child(look_at, i);

		bad += status == exited_with(5);
		wrong += status != exited_with(5) && status != exited_with(3);
	}
	is(wrong, 0, "every page can be read and is right, or gives SIGBUS");
	return bad;
}

/* ---- swapoff in a process of its own ---- */

static int swap_off(long unused)
{
	(void)unused;
	return (int)-raw_syscall(SYS_swapoff, "x");
}

/* ends() - wait for @pid, but not for ever. */
static bool ends(pid_t pid, int *status)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += 10) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		sleep_ms(10);
	}
	return false;
}

static void check_swapoff(int want, const char *what)
{
	pid_t pid = spawn_child(swap_off, 0);
	int status = -1;

	if (ok(ends(pid, &status), "swapoff comes to an end"))
		is(status, exited_with(want), "%s", what);
	else
		kill(pid, SIGKILL);
}

static void check_still_on(void)
{
	is_errno(raw_syscall(SYS_swapon, "/dev/vda", 0L), EBUSY, "the area is still on");
}

static void check_read(void)
{
	unsigned long bad;

	fill_and_page_out(PAGES);
	is(pages_out(), PAGES, "all pages are out");
	bad = look_at_all(PAGES);
	ok(bad > 0, "%lu of %lu pages cannot be read", bad, PAGES);
	/* Failed once: swapoff tried for ever, and did not even die of SIGKILL. */
	check_swapoff(EIO, "with -EIO");
	check_still_on();
	is(look_at_all(PAGES), bad, "as many pages as before cannot be read");
	munmap(memory, PAGES * PAGE_SIZE);
	check_swapoff(0, "with 0, when nobody needs these pages");
	is(raw_syscall(SYS_swapon, "/dev/vda", 0L), 0, "and on again");
}

static void check_write(void)
{
	fill_and_page_out(PAGES);
	ok(written() < PAGES, "%lu of %lu pages went to the disk", written(), PAGES);
	is(look_at_all(PAGES), 0, "no page is lost");
	for (unsigned long i = 0; i < PAGES; i++)
		memory[i * WORDS] = word_of(i);
	madvise(memory, PAGES * PAGE_SIZE, MADV_PAGEOUT);
	is(look_at_all(PAGES), 0, "nor when it is tried again");
	check_swapoff(0, "with 0");
	is(look_at_all(PAGES), 0, "and afterwards all are there");
}

static void check_slow(void)
{
	int status = -1;
	pid_t pid;

	fill_and_page_out(SLOW_PAGES);
	ok(pages_out() == SLOW_PAGES, "%lu pages are out", pages_out());
	pid = spawn_child(swap_off, 0);
	sleep_ms(300);
	is(waitpid(pid, &status, WNOHANG), 0, "swapoff is at work");
	kill(pid, SIGKILL);
	/* Failed once: it went on to the end, or, if the disk failed, for ever. */
	ok(ends(pid, &status), "SIGKILL ends it");
	is(status, killed_by(SIGKILL), "and not itself");
	check_still_on();
	for (unsigned long i = 0; i < 16; i++)
		status = status == killed_by(SIGKILL) && look_at(i) == 3 ? status : 0;
	is(status, killed_by(SIGKILL), "what is still out can be read");
	munmap(memory, SLOW_PAGES * PAGE_SIZE);
	check_swapoff(0, "with 0, when nothing is in swap");
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "read") == 0) {
		check_read();
	} else if (strcmp(what, "write") == 0) {
		check_write();
	} else if (strcmp(what, "slow") == 0) {
		check_slow();
	} else {
		fprintf(stderr, "usage: faildisk read|write|slow\n");
		return 2;
	}
	return tap_done();
}
