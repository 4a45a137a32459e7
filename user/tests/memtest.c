/* SPDX-License-Identifier: MIT */
/*
 * memtest: brk, mmap, munmap, mprotect and the stack, checked by contents, by the areas that /proc/self/maps
 * shows, and by what faults.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

extern char __ehdr_start[];	/* user.ld: where the image begins */

/* areas() - how many VMAs lie within the @n pages at @p. */
static int areas(const char *p, int n)
{
	static struct q_vma vmas[128];
	unsigned long end = (unsigned long)p + n * PAGE_SIZE;
	long nr = query(QUERY_VMAS, 0, (unsigned long)p, vmas, sizeof(vmas));
	int count = 0;

	for (long i = 0; i < nr && vmas[i].start < end; i++)
		count++;
	return count;
}

/* room() - @n pages with an inaccessible neighbour on either side, so that nothing else merges. */
static char *room(int n)
{
	char *p = mmap(NULL, (n + 2) * PAGE_SIZE, PROT_NONE, ANON, -1, 0);

	if (p == MAP_FAILED || mmap(p + PAGE_SIZE, n * PAGE_SIZE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("room");
	return p + PAGE_SIZE;
}

static void drop(char *p, int n)
{
	munmap(p - PAGE_SIZE, (n + 2) * PAGE_SIZE);
}

static int store(long addr)
{
	*(volatile char *)addr = 1;
	return 0;
}

static int load(long addr)
{
	(void)*(volatile char *)addr;
	return 0;
}

static bool can_load(const char *p)
{
	return in_child(load, (long)p) == 0;
}

static bool can_store(const char *p)
{
	return in_child(store, (long)p) == 0;
}

static void check_brk(void)
{
	char *start = sbrk(0), *p;
	int bad = 0;

	start = (char *)(((unsigned long)start + PAGE_SIZE - 1) & -PAGE_SIZE);
	is(brk(start + 10 * PAGE_SIZE), 0, "brk up by 10 pages");
	memset(start, 0x55, 10 * PAGE_SIZE);
	is(brk(start + 4 * PAGE_SIZE), 0, "brk down to 4");
	ok(can_load(start + 4 * PAGE_SIZE - 1), "the last byte below the break is there");
	ok(!can_load(start + 4 * PAGE_SIZE), "the next page is not");
	is(brk(start + 10 * PAGE_SIZE), 0, "brk up again");
	for (p = start; p < start + 4 * PAGE_SIZE; p++)
		bad += *p != 0x55;
	for (; p < start + 10 * PAGE_SIZE; p++)
		bad += *p != 0;
	is(bad, 0, "old pages kept their bytes, new ones are zero");
	is(brk(start), 0, "brk back");
}

static void check_split_and_merge(void)
{
	char *p = room(8);

	is(areas(p, 8), 1, "8 pages, one area");
	is(mprotect(p + 2 * PAGE_SIZE, PAGE_SIZE, PROT_READ), 0, "mprotect of the third page");
	is(areas(p, 8), 3, "three areas");
	is(mprotect(p + 2 * PAGE_SIZE, PAGE_SIZE, RW), 0, "and back");
	is(areas(p, 8), 1, "one area");
	for (int i = 0; i < 8; i++)
		p[i * PAGE_SIZE] = i;
	for (int i = 0; i < 8; i += 2)
		mprotect(p + i * PAGE_SIZE, PAGE_SIZE, PROT_READ);
	is(areas(p, 8), 8, "every other page read-only: 8 areas");
	ok(!can_store(p) && can_load(p) && can_store(p + PAGE_SIZE), "with the right to write where it should be");
	is(mprotect(p, 8 * PAGE_SIZE, RW), 0, "all writable");
	is(areas(p, 8), 1, "one area");
	for (int i = 0; i < 8; i++)
		if (p[i * PAGE_SIZE] != i)
			ok(false, "page %d kept its content", i);
	is(mprotect(p, 8 * PAGE_SIZE, PROT_NONE), 0, "no right at all");
	ok(!can_load(p + PAGE_SIZE), "cannot be read");
	is(mprotect(p, 8 * PAGE_SIZE, PROT_READ), 0, "readable again");
	is(p[5 * PAGE_SIZE], 5, "the content is still there");
	drop(p, 8);
}

static void check_munmap(void)
{
	char *p = room(8);

	memset(p, 7, 8 * PAGE_SIZE);
	is(munmap(p + 3 * PAGE_SIZE, 2 * PAGE_SIZE), 0, "munmap in the middle");
	is(areas(p, 8), 2, "two areas");
	ok(!can_load(p + 3 * PAGE_SIZE) && !can_load(p + 4 * PAGE_SIZE), "the pages are gone");
	ok(p[3 * PAGE_SIZE - 1] == 7 && p[5 * PAGE_SIZE] == 7, "their neighbours are not");
	is(munmap(p, 1), 0, "munmap of one byte takes its page");
	ok(!can_load(p + PAGE_SIZE - 1) && can_load(p + PAGE_SIZE), "just that page");
	ok(mmap(p + 3 * PAGE_SIZE, 2 * PAGE_SIZE, RW, ANON | MAP_FIXED, -1, 0) == p + 3 * PAGE_SIZE, "map the hole");
	is(p[3 * PAGE_SIZE], 0, "it is zero");
	is(areas(p + PAGE_SIZE, 7), 1, "and merged with both sides");
	ok(mmap(p + 4 * PAGE_SIZE, PAGE_SIZE, RW, ANON | MAP_FIXED, -1, 0) != MAP_FAILED, "map over mapped memory");
	ok(p[4 * PAGE_SIZE] == 0 && p[5 * PAGE_SIZE] == 7, "replaces just that page");
	drop(p, 8);
}

static void check_placement(void)
{
	char *a = mmap(NULL, 3 * PAGE_SIZE, RW, ANON, -1, 0);
	char *b = mmap(NULL, 5 * PAGE_SIZE, RW, ANON, -1, 0);
	char *c;

	ok(b + 5 * PAGE_SIZE == a, "mmap goes top-down: the next one lies right below");
	munmap(a, 3 * PAGE_SIZE);
	c = mmap(NULL, 3 * PAGE_SIZE, RW, ANON, -1, 0);
	ok(c == a, "a hole of the right size is used again");
	munmap(c, 3 * PAGE_SIZE);
	munmap(b, 5 * PAGE_SIZE);
	c = mmap(NULL, 1UL << 30, RW, ANON | MAP_NORESERVE, -1, 0);
	ok(c != MAP_FAILED, "a gigabyte of address space costs nothing");
	if (c == MAP_FAILED)
		return;
	c[0] = 1;
	c[(1UL << 30) - 1] = 2;
	ok(c[0] == 1 && c[1UL << 29] == 0 && c[(1UL << 30) - 1] == 2, "touched at both ends");
	is(munmap(c, 1UL << 30), 0, "munmap of it");
}

static void check_populate(void)
{
	char *p = mmap(NULL, 16 * PAGE_SIZE, RW, ANON | MAP_POPULATE, -1, 0);
	struct q_walk walk = { .present = 0 };

	ok(p != MAP_FAILED, "mmap with MAP_POPULATE");
	query(QUERY_PTE, 0, (unsigned long)p + 15 * PAGE_SIZE, &walk, sizeof(walk));
	calm_ok(walk.present, "its last page is there before any touch");
	munmap(p, 16 * PAGE_SIZE);
	p = mmap(NULL, PAGE_SIZE, RW, ANON, -1, 0);
	query(QUERY_PTE, 0, (unsigned long)p, &walk, sizeof(walk));
	ok(!walk.present, "without it, it is not");
	munmap(p, PAGE_SIZE);
}

static void check_exec(void)
{
	unsigned int *p = (unsigned int *)map_pages(1);

	p[0] = 0x00700513;	/* li a0, 7 */
	p[1] = 0x00008067;	/* ret */
	asm volatile("fence.i" ::: "memory");
	is(mprotect(p, PAGE_SIZE, PROT_READ | PROT_EXEC), 0, "mprotect to executable");
	is(((int (*)(void))p)(), 7, "code that was written as data runs");
	munmap(p, PAGE_SIZE);
}

/* deep() - use @pages of stack and read the deepest byte back. */
static int deep(long pages)
{
	volatile char room[4096];

	room[0] = pages;
	if (pages > 0 && deep(pages - 1) != (char)(pages - 1))
		return -1;
	return room[0];
}

/* far_below() - the stack grows by a touch far below sp, too, but not without limit. */
static int far_below(long distance)
{
	volatile char *sp = __builtin_frame_address(0);

	*(sp - distance) = 1;
	return 0;
}

static void check_stack(void)
{
	is(in_child(deep, 100), exited_with(100), "a stack of 100 pages");
	is(in_child(far_below, 1 << 20), 0, "a touch 1 MiB below sp extends the stack");
	is(in_child(far_below, 1L << 30) & 0x7f, SIGSEGV, "1 GiB below does not");
}

/* The text of /proc/self/maps, as Linux writes it. */
static void check_proc_maps(void)
{
	static char text[8192], line[100];
	int fd = open("/proc/self/maps", O_RDONLY), n = 0;
	ssize_t got;
	char *p = room(2);

	ok(fd >= 0, "open /proc/self/maps");
	while (fd >= 0 && (got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	close(fd);
	text[n] = '\0';
	snprintf(line, sizeof(line), "%lx-%lx rw-p 00000000 00:00 0", (unsigned long)p, (unsigned long)p + 2 * PAGE_SIZE);
	ok(strstr(text, line) != NULL, "it has a line for my mapping: %s", line);
	ok(strstr(text, "[stack]\n") != NULL && strstr(text, "/bin/memtest\n") != NULL, "and names stack and program");
	snprintf(line, sizeof(line), "%08lx-", (unsigned long)__ehdr_start);
	ok(strncmp(text, line, strlen(line)) == 0, "the lowest area comes first: %s", line);
	drop(p, 2);
}

/* Allocation failures, one after another: mmap and touch either work or say -ENOMEM. */
static int survive_failures(long unused)
{
	(void)unused;
	for (unsigned long nth = 1; nth < 30; nth++) {
		char *p;

		fail_alloc(nth);
		p = mmap(NULL, 3 * PAGE_SIZE, RW, ANON, -1, 0);
		if (p != MAP_FAILED) {
			mprotect(p + PAGE_SIZE, PAGE_SIZE, PROT_READ);
			munmap(p, 3 * PAGE_SIZE);
		} else if (errno != ENOMEM) {
			return 1;
		}
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0 && errno != ENOMEM && errno != EAGAIN)
			return 2;
		fail_alloc(0);
		if (p != MAP_FAILED)
			munmap(p, 3 * PAGE_SIZE);
		if (pid > 0 && waitpid(pid, NULL, 0) != pid)
			return 3;
	}
	return 0;
}

int main(void)
{
	check_brk();
	check_split_and_merge();
	check_munmap();
	check_placement();
	check_populate();
	check_exec();
	check_stack();
	check_proc_maps();
	is(in_child(survive_failures, 0), 0, "calls whose n-th allocation fails say -ENOMEM and leave nothing behind");
	return tap_done();
}
