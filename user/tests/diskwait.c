/* SPDX-License-Identifier: MIT */
/*
 * diskwait: while a task waits for the swap disk, its hart runs others, and what several tasks wait for is on its way at the
 * same time. tests/qemu/test_swap_disk.py attaches a disk that takes long for a read.
 */
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

#define PAGES		64UL
#define WORDS		(PAGE_SIZE / 8)
#define CLUSTER		8UL		/* slots that one fault reads, at most */
#define READERS		4

static unsigned long *memory;

static void fill_and_page_out(void)
{
	memory = (unsigned long *)map_pages(PAGES);
	for (unsigned long i = 0; i < PAGES; i++)
		memory[i * WORDS] = i + 1;
	madvise(memory, PAGES * PAGE_SIZE, MADV_PAGEOUT);
}

static struct rusage usage(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) != 0)
		die("diskwait: getrusage");
	return u;
}

/* Until it is killed. */
static int count(long counter)
{
	volatile unsigned long *n = (volatile unsigned long *)counter;

	while (++*n)
		;
	return 1;
}

/*
 * A child counts while this process reads its pages and sleeps for each. Sleeps are counted, and no time: the host may stop a
 * hart at any moment, and then the task on it seems to run. That can also hide a wait, when the disk answers meanwhile.
 */
static void check_others_run(void)
{
	volatile unsigned long *counter = (volatile unsigned long *)mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
									 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rusage begin, end;
	unsigned long before, wrong = 0;
	unsigned long long since;
	int status;
	pid_t pid;

	fill_and_page_out();
	pid = spawn_child(count, (long)counter);
	while (*counter == 0)
		sleep_ms(1);
	before = *counter;
	since = now_ns();
	begin = usage();
	for (unsigned long i = 0; i < PAGES; i++)
		wrong += memory[i * WORDS] != i + 1;
	end = usage();
	since = now_ns() - since;
	is(wrong, 0, "every page comes back as it was");
	ok(since > 300000000ULL, "reading %lu pages takes long: %llu ms", PAGES, since / 1000000);
	ok(*counter > before, "another task counts meanwhile: to %lu", *counter - before);
	/* Failed once: the kernel polled. */
	ok(end.ru_majflt > begin.ru_majflt && 2 * (end.ru_nvcsw - begin.ru_nvcsw) >= end.ru_majflt - begin.ru_majflt,
	   "and the one that waits sleeps %ld times in %ld major faults", end.ru_nvcsw - begin.ru_nvcsw, end.ru_majflt - begin.ru_majflt);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	munmap(memory, PAGES * PAGE_SIZE);
}

static int read_cluster(long n)
{
	unsigned long page = (unsigned long)n * 2 * CLUSTER;

	return memory[page * WORDS] == page + 1 ? 0 : 1;
}

/* One fault reads a cluster; more requests than that at a time are those of several tasks. */
static void check_several_in_flight(void)
{
	unsigned long wrong = 0;
	int status;

	fill_and_page_out();
	for (long i = 0; i < READERS; i++)
		spawn_child(read_cluster, i);
	for (long i = 0; i < READERS; i++)
		wrong += wait4(-1, &status, 0, NULL) < 0 || status != exited_with(0);
	is(wrong, 0, "%d tasks read pages that are far from each other", READERS);
	ok(query_mem().swap_most_in_flight > CLUSTER, "at most %lu requests were in flight", query_mem().swap_most_in_flight);
	munmap(memory, PAGES * PAGE_SIZE);
}

int main(void)
{
	check_others_run();
	check_several_in_flight();
	return tap_done();
}
