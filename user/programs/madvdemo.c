/* SPDX-License-Identifier: MIT */
/*
 * madvdemo: what madvise does to pages that are there, and to a child's copy of them.
 *
 *	page		0		1		2		3
 *	advice		DONTNEED	WIPEONFORK	DONTFORK	(none)
 *	parent reads	0		what it wrote	what it wrote	what it wrote
 *	child reads	0		0		SIGSEGV		what the parent wrote
 */
#include <signal.h>
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: madvdemo\n"
      "What madvise does to pages that have memory, and to a child's copy of them:\n"
      "DONTNEED, WIPEONFORK, DONTFORK, POPULATE_WRITE.\n"
      "Exercises mm_madvise(), dup_vmas() and mm_populate().\n");

#define PAGES	4

static unsigned long resident_pages(void)
{
	struct q_mmstat stat;

	if (query(QUERY_MMSTAT, 0, 0, &stat, sizeof(stat)) < 0)
		die("query");
	return stat.nr_anon;
}

/* A child reads page @i of @p and ends with it as its status; the fault, if there is one, ends it. */
static int child_reads(const volatile char *p, int i)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		_exit(p[i * PAGE_SIZE]);
	waitpid(pid, &status, 0);
	return status;
}

static void advise(char *p, int page, int advice, const char *name)
{
	if (madvise(p + page * PAGE_SIZE, PAGE_SIZE, advice) != 0)
		die("madvise %s", name);
	printf("madvise(page %d, %s)\n", page, name);
}

int main(void)
{
	static const int wanted[PAGES] = { 0, 0, SIGSEGV, 4 << 8 };
	unsigned long before = resident_pages(), filled;
	char *p = map_pages(PAGES), *more;
	bool good = true;

	for (int i = 0; i < PAGES; i++)
		p[i * PAGE_SIZE] = i + 1;
	printf("Four pages written: %lu more are resident\n", resident_pages() - before);
	advise(p, 0, MADV_DONTNEED, "MADV_DONTNEED");
	advise(p, 1, MADV_WIPEONFORK, "MADV_WIPEONFORK");
	advise(p, 2, MADV_DONTFORK, "MADV_DONTFORK");
	for (int i = 0; i < PAGES; i++) {
		int status = child_reads(p, i);

		printf("page %d reads %d; a child that reads it: %s\n", i, p[i * PAGE_SIZE],
		       describe_status(status));
		good = good && p[i * PAGE_SIZE] == (i == 0 ? 0 : i + 1) && status == wanted[i];
	}

	more = map_pages(16);
	before = resident_pages();
	if (madvise(more, 16 * PAGE_SIZE, MADV_POPULATE_WRITE) != 0)
		die("madvise");
	filled = resident_pages() - before;
	printf("MADV_POPULATE_WRITE brought in %lu pages that nobody has touched yet\n", filled);
	return good && filled == 16 ? 0 : 1;
}
