/* SPDX-License-Identifier: MIT */
/*
 * limittest: RLIMIT_AS, RLIMIT_DATA and RLIMIT_STACK, the map-count limit, the three overcommit modes.
 * Limits are tried in children, which they end with; knobs are put back.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/tests/tap.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ANON		(MAP_PRIVATE | MAP_ANONYMOUS)
#define MIB		(1UL << 20)

struct limit {
	unsigned long cur, max;
};

static struct q_mmstat mmstat(void)
{
	struct q_mmstat stat;

	if (query(QUERY_MMSTAT, 0, 0, &stat, sizeof(stat)) < 0)
		die("query");
	return stat;
}

static int set_limit(long which, unsigned long bytes)
{
	struct limit limit = { bytes, ~0UL };

	return raw_syscall(SYS_setrlimit, which, &limit);
}

/* map() - the kernel's answer: 0 or -errno. */
static long map(unsigned long len, int prot, int flags)
{
	long p = raw_syscall(SYS_mmap, 0L, len, (long)prot, (long)flags, -1L, 0L);

	return p < 0 && p > -4096 ? p : 0;
}

/* ---- limits of one process: a child's status is the number of the step that went wrong ---- */

static int limit_as(long unused)
{
	char *p = map_pages(16);

	(void)unused;
	if (set_limit(RLIMIT_AS, mmstat().total_vm * PAGE_SIZE + MIB) != 0)
		return 1;
	if (map(2 * MIB, PROT_READ, ANON) != -ENOMEM || map(MIB / 2, PROT_READ, ANON) != 0)
		return 2;
	if (map(MIB / 2 + PAGE_SIZE, PROT_NONE, ANON) != -ENOMEM)
		return 3;
	/* What is replaced does not count twice. */
	if (mmap(p, 16 * PAGE_SIZE, RW, ANON | MAP_FIXED, -1, 0) != p)
		return 4;
	if (mremap(p, 16 * PAGE_SIZE, MIB, MREMAP_MAYMOVE) != MAP_FAILED || errno != ENOMEM)
		return 5;
	if (sbrk(MIB) != (void *)-1)
		return 6;
	if (set_limit(RLIMIT_AS, ~0UL) != 0 || map(2 * MIB, PROT_READ, ANON) != 0)
		return 7;
	return 0;
}

static int limit_data(long unused)
{
	char *p = mmap(NULL, MIB, PROT_READ, ANON, -1, 0);

	(void)unused;
	if (p == MAP_FAILED || set_limit(RLIMIT_DATA, mmstat().data_vm * PAGE_SIZE + MIB / 2) != 0)
		return 1;
	if (map(MIB, RW, ANON) != -ENOMEM)
		return 2;
	if (map(MIB, PROT_READ, ANON) != 0 || map(MIB, RW, MAP_SHARED | MAP_ANONYMOUS) != 0)
		return 3;
	if (mprotect(p, MIB, RW) != -1 || errno != ENOMEM)
		return 4;
	if (mprotect(p, MIB / 4, RW) != 0)
		return 5;
	if (sbrk(MIB) != (void *)-1)
		return 6;
	return 0;
}

/* touch() - a byte @below the stack pointer. */
static void touch(unsigned long below)
{
	volatile char *sp = __builtin_frame_address(0);

	sp[-(long)below] = 1;
}

static int limit_stack(long below)
{
	if (set_limit(RLIMIT_STACK, MIB) != 0)
		return 1;
	touch(below);
	return 0;
}

static void check_rlimits(void)
{
	struct limit limit = { 0, 0 };

	is(raw_syscall(SYS_getrlimit, RLIMIT_STACK, &limit), 0, "getrlimit");
	is(limit.cur, 8 * MIB, "RLIMIT_STACK is 8 MiB");
	is(raw_syscall(SYS_prlimit64, 0L, RLIMIT_AS, 0L, &limit), 0, "prlimit64");
	ok(limit.cur == ~0UL && limit.max == ~0UL, "RLIMIT_AS is unlimited");
	limit = (struct limit){ 2, 1 };
	is_errno(raw_syscall(SYS_setrlimit, RLIMIT_AS, &limit), EINVAL, "a soft limit above the hard one");
	is_errno(raw_syscall(SYS_setrlimit, 99L, &limit), EINVAL, "no such limit");
	is(in_child(limit_as, 0), 0, "RLIMIT_AS: mmap, mremap and brk stop at it, a replaced mapping counts once");
	is(in_child(limit_data, 0), 0, "RLIMIT_DATA: private writable memory only, by mmap, mprotect or brk");
	is(in_child(limit_stack, MIB / 2), 0, "RLIMIT_STACK: half of it may be used");
	is(in_child(limit_stack, MIB + MIB / 2), killed_by(SIGSEGV), "beyond it, SIGSEGV");
}

/* ---- knobs ---- */

static long write_knob(const char *name, const char *text)
{
	char path[64];
	long fd, ret;

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	fd = open(path, O_RDWR);
	if (fd < 0)
		return -errno;
	ret = raw_syscall(SYS_write, fd, text, strlen(text));
	close(fd);
	return ret;
}

static long read_knob(const char *name)
{
	char path[64], text[24] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	close(fd);
	return atol(text);
}

static void check_knobs(void)
{
	is(read_knob("overcommit_memory"), 0, "overcommit_memory is 0");
	is(read_knob("max_map_count"), 65530, "max_map_count is 65530");
	is_errno(write_knob("overcommit_memory", "3\n"), EINVAL, "overcommit_memory 3");
	is_errno(write_knob("overcommit_memory", "one"), EINVAL, "overcommit_memory one");
	is_errno(write_knob("max_map_count", "65530 areas"), EINVAL, "max_map_count with a word behind it");
	is_errno(write_knob("no_such_knob", "1"), ENOENT, "a knob that is none");
	is(read_knob("overcommit_memory"), 0, "overcommit_memory is still 0");
}

/* ---- the number of areas ---- */

static int map_limit(long unused)
{
	char *p = map_pages(64), text[24];
	unsigned long before = mmstat().map_count, i;
	int ret = 0;

	(void)unused;
	snprintf(text, sizeof(text), "%lu\n", before + 10);
	if (write_knob("max_map_count", text) <= 0)
		return 1;
	for (i = 1; i < 64; i += 2)		/* each makes two areas of one */
		if (mprotect(p + i * PAGE_SIZE, PAGE_SIZE, PROT_READ) != 0)
			break;
	if (errno != ENOMEM || i != 11 || mmstat().map_count != before + 10)
		ret = 2;
	else if (munmap(p + 40 * PAGE_SIZE, PAGE_SIZE) != -1 || errno != ENOMEM)
		ret = 3;		/* a hole in the middle of an area makes two */
	else if (mmstat().map_count != before + 10 || munmap(p + 63 * PAGE_SIZE, PAGE_SIZE) != 0)
		ret = 4;		/* at its end it does not */
	else if (map(PAGE_SIZE, PROT_NONE, ANON) != 0 || mmstat().map_count != before + 11)
		ret = 6;		/* mmap still makes one more ... */
	else if (map(PAGE_SIZE, PROT_WRITE, ANON) != -ENOMEM || sbrk(PAGE_SIZE) != (void *)-1)
		ret = 7;		/* ... but not two, nor does brk */
	else if (munmap(p, 4 * PAGE_SIZE) != 0 || munmap(p + 40 * PAGE_SIZE, PAGE_SIZE) != 0)
		ret = 5;		/* and now there is room */
	return ret;
}

/* ---- overcommit ---- */

static unsigned long ram(void)
{
	struct q_mem mem = query_mem();

	return (mem.total + mem.swap_total) * PAGE_SIZE;
}

static int overcommit_guess(long unused)
{
	(void)unused;
	if (map(ram() + MIB, RW, ANON) != -ENOMEM)
		return 1;
	if (map(ram() * 3 / 4, RW, ANON) != 0 || map(ram() * 3 / 4, RW, ANON) != 0)
		return 2;
	if (map(ram() * 4, RW, ANON | MAP_NORESERVE) != 0 || map(ram() * 4, PROT_READ, ANON) != 0)
		return 3;
	return 0;
}

static int overcommit_always(long unused)
{
	(void)unused;
	return map(ram() * 4, RW, ANON) != 0 || map(ram() * 4, RW, ANON) != 0;
}

static int overcommit_never(long unused)
{
	unsigned long most = ram() * 3 / 4;	/* of RAM, half is promised */
	char *p;

	(void)unused;
	if (map(most, RW, ANON) != -ENOMEM || map(most, RW, ANON | MAP_NORESERVE) != -ENOMEM)
		return 1;
	if (map(most, RW, MAP_SHARED | MAP_ANONYMOUS) != -ENOMEM)
		return 2;
	p = mmap(NULL, most, PROT_READ, ANON, -1, 0);
	if (p == MAP_FAILED)
		return 3;
	if (mprotect(p, most, RW) != -1 || errno != ENOMEM)
		return 4;
	if (map(ram() / 4, RW, ANON) != 0 || map(ram() / 2, RW, ANON) != -ENOMEM)
		return 5;	/* it is the sum that counts */
	if (mprotect(p, MIB, RW) != 0 || sbrk(ram() / 2) != (void *)-1)
		return 6;
	return 0;
}

static void check_overcommit(void)
{
	is(in_child(overcommit_guess, 0), 0, "mode 0 refuses one request for more than there is, unless NORESERVE");
	is(write_knob("overcommit_memory", "1\n"), 2, "mode 1");
	is(in_child(overcommit_always, 0), 0, "promises everything");
	is(write_knob("overcommit_memory", "2"), 1, "mode 2");
	is(in_child(overcommit_never, 0), 0, "promises half of RAM, NORESERVE or not");
	is(in_child(overcommit_never, 0), 0, "and a dead process's promises are void");
	is(write_knob("overcommit_memory", "0"), 1, "back to mode 0");
}

int main(void)
{
	check_rlimits();
	check_knobs();
	is(in_child(map_limit, 0), 0, "max_map_count: a split is refused and leaves no trace, a shrinking works");
	is(write_knob("max_map_count", "65530"), 5, "max_map_count is put back");
	check_overcommit();
	return tap_done();
}
