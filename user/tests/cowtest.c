/* SPDX-License-Identifier: MIT */
/* cowtest: after fork each side sees its own writes only; both sides are read after every write. */
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

#define PAGES	64

static volatile char *area;

static unsigned long frame(const volatile void *addr)
{
	struct q_page page;

	if (query(QUERY_PAGE, 0, (unsigned long)addr, &page, sizeof(page)) < 0)
		die("query page");
	return page.pfn;
}

static void fill(char c)
{
	for (int i = 0; i < PAGES; i++)
		area[i * PAGE_SIZE] = c + i % 16;
}

static int count(char c)
{
	int n = 0;

	for (int i = 0; i < PAGES; i++)
		n += area[i * PAGE_SIZE] == (char)(c + i % 16);
	return n;
}

/* step() - one side signals the other and waits for its turn. */
static void step(int to, int from)
{
	char c = 0;

	if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
		_exit(90);
}

static int child_of_writes(int to, int from)
{
	int bad = 0;

	bad += count('a') != PAGES;		/* inherited */
	step(to, from);				/* parent writes 'P' */
	bad += count('a') != PAGES;
	fill('C');
	bad += count('C') != PAGES;
	step(to, from);				/* parent looks */
	bad += count('C') != PAGES;
	return bad;
}

static void check_both_sides(void)
{
	int down[2], up[2], status;
	char c;
	pid_t pid;

	pipe(down);
	pipe(up);
	fill('a');
	pid = fork();
	if (pid == 0)
		_exit(child_of_writes(up[1], down[0]));
	read(up[0], &c, 1);
	is(count('a'), PAGES, "parent after fork");
	fill('P');
	is(count('P'), PAGES, "parent after its own writes");
	step(down[1], up[0]);
	is(count('P'), PAGES, "parent after the child's writes");
	write(down[1], &c, 1);
	waitpid(pid, &status, 0);
	is(status, 0, "the child always saw its own values");
	is(count('P'), PAGES, "parent after the child's end");
	close(down[0]); close(down[1]); close(up[0]); close(up[1]);
}

/* The last owner of a page writes to it in place. */
static void check_reuse(void)
{
	unsigned long before, after;
	int status;
	pid_t pid;

	fill('a');
	before = frame(area);
	pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, &status, 0);
	area[0] = 'z';
	after = frame(area);
	calm_is(after, before, "the child is gone: the parent's write needs no copy");
	pid = fork();
	if (pid == 0)
		_exit(frame(area) == before ? 0 : 1);
	waitpid(pid, &status, 0);
	calm_is(status, 0, "the next child shares that frame");
}

static int generations(long depth)
{
	int status;
	pid_t pid;

	fill('A' + depth);
	if (depth == 0)
		return count('A') == PAGES ? 0 : 1;
	pid = fork();
	if (pid == 0)
		_exit(generations(depth - 1));
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 1;
	return count('A' + depth) == PAGES ? 0 : 1;
}

/* Reading a page before its first write shows zeroes from the shared zero page. */
static void check_zero_page(void)
{
	volatile char *p = map_pages(2);
	struct q_page page;
	int sum = p[5] + p[PAGE_SIZE + 7], status;
	pid_t pid;

	is(sum, 0, "untouched pages read as zeroes");
	query(QUERY_PAGE, 0, (unsigned long)p, &page, sizeof(page));
	ok(page.is_zero_page, "and have the zero page behind them");
	pid = fork();
	if (pid == 0) {
		p[0] = 1;
		_exit(p[0] == 1 && p[PAGE_SIZE] == 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is(status, 0, "a child writes to its own copy of the zero page");
	is(p[0], 0, "the parent still reads 0");
	p[0] = 2;
	query(QUERY_PAGE, 0, (unsigned long)p, &page, sizeof(page));
	ok(!page.is_zero_page, "the first write brings a frame of one's own");
	munmap((void *)p, 2 * PAGE_SIZE);
}

/* The kernel's own writes (read(2) into a buffer) break sharing just as a store does. */
static void check_kernel_write(void)
{
	int fds[2], status;
	pid_t pid;

	pipe(fds);
	write(fds[1], "kernel", 6);
	fill('a');
	pid = fork();
	if (pid == 0) {
		read(fds[0], (void *)area, 6);
		_exit(memcmp((void *)area, "kernel", 6) == 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is(status, 0, "the child read from a pipe into a shared page");
	is(area[0], 'a', "the parent's page did not change");
	close(fds[0]);
	close(fds[1]);
}

/* Program data and text are private, too. */
static char initialised[8192] = "from the file";

static void check_file_pages(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		strcpy(initialised, "changed");
		_exit(strcmp(initialised, "changed"));
	}
	waitpid(pid, &status, 0);
	is(status, 0, "the child changed a page of the program's data");
	ok(strcmp(initialised, "from the file") == 0, "the parent's did not change");
}

static void check_shared(void)
{
	volatile char *p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	if (!ok(p != MAP_FAILED, "MAP_SHARED memory"))
		return;
	p[0] = 'a';
	pid = fork();
	if (pid == 0) {
		p[1] = p[0] + 1;
		p[0] = 'c';
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ok(p[0] == 'c' && p[1] == 'b', "shared memory shows the child's writes");
	munmap((void *)p, PAGE_SIZE);
}

static void check_protection(void)
{
	int status;
	pid_t pid;

	fill('a');
	pid = fork();
	if (pid == 0) {
		mprotect((void *)area, PAGE_SIZE, PROT_READ);
		mprotect((void *)area, PAGE_SIZE, PROT_READ | PROT_WRITE);
		area[0] = 'x';
		_exit(area[0] == 'x' ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is(status, 0, "mprotect to read-only and back in a child, then a write");
	is(area[0], 'a', "it did not reach the parent's page");
}

int main(void)
{
	area = map_pages(PAGES);
	check_both_sides();
	check_reuse();
	is(in_child(generations, 6), 0, "seven generations, each with its own values");
	check_zero_page();
	check_kernel_write();
	check_file_pages();
	check_shared();
	check_protection();
	return tap_done();
}
