/* SPDX-License-Identifier: MIT */
/* usagetest: what getrusage() and wait4() say of memory, faults and switches. */
#include "user/tests/tap.h"

#define PAGES	256L

static struct rusage_words usage(long who)
{
	struct rusage_words u;

	if (raw_syscall(SYS_getrusage, who, &u) != 0)
		die("usagetest: getrusage");
	return u;
}

static void touch(char *p)
{
	for (long i = 0; i < PAGES; i++)
		p[i * PAGE_SIZE] = 1;
}

static int child(long unused)
{
	char *p = map_pages(2 * PAGES);

	(void)unused;
	touch(p);
	touch(p + PAGES * PAGE_SIZE);
	munmap(p, 2 * PAGES * PAGE_SIZE);
	for (int i = 0; i < 5; i++)
		sleep_ms(1);
	return 0;
}

int main(void)
{
	struct rusage_words before = usage(0), after, waited;
	char *p = map_pages(PAGES);
	int status;
	pid_t pid;

	touch(p);
	after = usage(0);
	ok(after.minflt - before.minflt >= PAGES, "%ld pages touched, %ld faults", PAGES, after.minflt - before.minflt);
	calm_ok(after.maxrss - before.maxrss >= PAGES * 4, "maxrss grew by %ld KiB", after.maxrss - before.maxrss);
	munmap(p, PAGES * PAGE_SIZE);
	calm_ok(usage(0).maxrss >= after.maxrss, "and stays when the pages have gone");

	before = usage(0);
	for (int i = 0; i < 5; i++)
		sleep_ms(1);
	ok(usage(0).nvcsw - before.nvcsw >= 5, "5 sleeps, %ld voluntary switches", usage(0).nvcsw - before.nvcsw);

	pid = spawn_child(child, 0);
	is(raw_syscall(SYS_wait4, (long)pid, &status, 0L, &waited), pid, "wait4");
	calm_ok(waited.maxrss >= 2 * PAGES * 4 && waited.maxrss < 4 * PAGES * 4, "the child had %ld KiB", waited.maxrss);
	ok(waited.minflt >= 2 * PAGES && waited.nvcsw >= 5, "and %ld faults, %ld voluntary switches", waited.minflt, waited.nvcsw);
	after = usage(-1);
	is(after.maxrss, waited.maxrss, "RUSAGE_CHILDREN: the same maxrss");
	is(after.minflt, waited.minflt, "and faults");
	is_errno(raw_syscall(SYS_getrusage, 7L, &after), EINVAL, "getrusage of something else");

	if (query_mem().swap_total) {
		p = map_pages(PAGES);
		touch(p);
		madvise(p, PAGES * PAGE_SIZE, MADV_PAGEOUT);
		before = usage(0);
		touch(p);
		ok(usage(0).majflt > before.majflt, "pages from swap: %ld major faults", usage(0).majflt - before.majflt);
	}
	return tap_done();
}
