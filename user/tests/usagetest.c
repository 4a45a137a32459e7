/* SPDX-License-Identifier: MIT */
/* usagetest: what getrusage() and wait4() say of memory, faults and switches. */
#include "user/tests/tap.h"

#define PAGES	256L

static struct rusage usage(int who)
{
	struct rusage u;

	if (getrusage(who, &u) != 0)
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
	struct rusage before = usage(RUSAGE_SELF), after, waited;
	char *p = map_pages(PAGES);
	int status;
	pid_t pid;

	touch(p);
	after = usage(RUSAGE_SELF);
	ok(after.ru_minflt - before.ru_minflt >= PAGES, "%ld pages touched, %ld faults", PAGES, after.ru_minflt - before.ru_minflt);
	calm_ok(after.ru_maxrss - before.ru_maxrss >= PAGES * 4, "maxrss grew by %ld KiB", after.ru_maxrss - before.ru_maxrss);
	munmap(p, PAGES * PAGE_SIZE);
	calm_ok(usage(RUSAGE_SELF).ru_maxrss >= after.ru_maxrss, "and stays when the pages have gone");

	before = usage(RUSAGE_SELF);
	for (int i = 0; i < 5; i++)
		sleep_ms(1);
	ok(usage(RUSAGE_SELF).ru_nvcsw - before.ru_nvcsw >= 5, "5 sleeps, %ld voluntary switches", usage(RUSAGE_SELF).ru_nvcsw - before.ru_nvcsw);

	pid = spawn_child(child, 0);
	is(wait4(pid, &status, 0, &waited), pid, "wait4");
	calm_ok(waited.ru_maxrss >= 2 * PAGES * 4 && waited.ru_maxrss < 4 * PAGES * 4, "the child had %ld KiB", waited.ru_maxrss);
	ok(waited.ru_minflt >= 2 * PAGES && waited.ru_nvcsw >= 5, "and %ld faults, %ld voluntary switches", waited.ru_minflt, waited.ru_nvcsw);
	after = usage(RUSAGE_CHILDREN);
	is(after.ru_maxrss, waited.ru_maxrss, "RUSAGE_CHILDREN: the same maxrss");
	is(after.ru_minflt, waited.ru_minflt, "and faults");
	is_errno(raw_syscall(SYS_getrusage, 7L, &after), EINVAL, "getrusage of something else");

	if (query_mem().swap_total) {
		p = map_pages(PAGES);
		touch(p);
		madvise(p, PAGES * PAGE_SIZE, MADV_PAGEOUT);
		before = usage(RUSAGE_SELF);
		touch(p);
		ok(usage(RUSAGE_SELF).ru_majflt > before.ru_majflt, "pages from swap: %ld major faults", usage(RUSAGE_SELF).ru_majflt - before.ru_majflt);
	}
	return tap_done();
}
