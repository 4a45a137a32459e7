/* SPDX-License-Identifier: MIT */
/*
 * sharedread [-t SECONDS] [PATH ...]: processes that got one open file by fork read it at the same time, in pieces of
 * various sizes. Together they must get each byte once, and nothing that is not in the file. Without a PATH:
 * the maps of a process with many areas, and a knob.
 *
 *	parent: open OPEN times, fork READERS	readers: all at descriptor 0, all at descriptor 1, ...
 *	shared memory: how often each byte was read from each of them
 *
 * A reader's buffer has no memory before each read, so that the kernel faults while it copies: that takes long
 * enough for another one to come in between.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define AREAS		160
#define OPEN		24
#define READERS		4
#define BUFFER_PAGES	2
#define LONGEST		700	/* bytes in a read */

static struct shared {
	unsigned int bytes[OPEN][256];
	unsigned int arrived;			/* readers at the barrier, counted on and on */
	unsigned int strange, too_many, errors, endless;
} *shared;

static unsigned int want[256];			/* of one whole file */
static unsigned long size;
static unsigned long rounds, seconds = 2;

static void add(unsigned int *counter, unsigned int n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

/* Wait for all readers, for the @n-th time. */
static void barrier(unsigned int n)
{
	add(&shared->arrived, 1);
	while (__atomic_load_n(&shared->arrived, __ATOMIC_RELAXED) < n * READERS)
		sched_yield();
}

/* read_piece() - one read, looked at. Returns the number of bytes, or 0 when there is no use in going on. */
static size_t read_piece(int fd, int i, unsigned char *buf, size_t n)
{
	ssize_t got;

	madvise(buf, BUFFER_PAGES * PAGE_SIZE, MADV_DONTNEED);
	got = read(fd, buf, n);
	if (got < 0) {
		add(&shared->errors, 1);
		return 0;
	}
	if ((size_t)got > n)
		add(&shared->too_many, 1);
	for (ssize_t k = got; k < (ssize_t)(BUFFER_PAGES * PAGE_SIZE); k++)
		if (buf[k] != 0) {
			add(&shared->too_many, 1);
			break;
		}
	for (ssize_t k = 0; k < got; k++) {
		if (!want[buf[k]])
			add(&shared->strange, 1);
		add(&shared->bytes[i][buf[k]], 1);
	}
	return (size_t)got;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Descriptors @first ... @first + OPEN - 1, each to its end. */
static int read_all(long first)
{
	unsigned char *buf = (unsigned char *)map_pages(BUFFER_PAGES);
	unsigned long rng = getpid();

	for (int i = 0; i < OPEN; i++) {
		size_t n, total = 0;

		barrier(i + 1);
		do {
			rng = rng * 6364136223846793005UL + 1442695040888963407UL;
			n = read_piece(first + i, i, buf, 1 + (rng >> 33) % min_size(LONGEST, size));
			total += n;
		} while (n > 0 && total <= 2 * size);
		if (n > 0)
			add(&shared->endless, 1);
	}
	return 0;
}

/* What a single reader finds. */
static void read_alone(const char *path)
{
	unsigned char buf[64];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		die("sharedread: %s", path);
	memset(want, 0, sizeof(want));
	size = 0;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			want[buf[i]]++;
		size += n;
	}
	close(fd);
}

/* One round. Returns how many of the files were read wrongly. */
static int read_together(const char *path)
{
	pid_t pids[READERS];
	int first = 0, wrong = 0, status;

	memset(shared->bytes, 0, sizeof(shared->bytes));
	shared->arrived = 0;
	for (int i = 0; i < OPEN; i++) {
		int fd = open(path, O_RDONLY);

		if (fd < 0)
			die("sharedread: %s", path);
		first = i == 0 ? fd : first;
	}
	for (int i = 0; i < READERS; i++)
		pids[i] = spawn_child(read_all, first);
	for (int i = 0; i < READERS; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status != 0)
			shared->errors++;
	for (int i = 0; i < OPEN; i++) {
		close(first + i);
		wrong += memcmp(shared->bytes[i], want, sizeof(want)) != 0;
	}
	return wrong;
}

static void check_file(const char *path)
{
	unsigned long long end = now_ns() + seconds * 1000000000ULL;
	int wrong = 0;

	read_alone(path);
	ok(size > 0, "%s has %lu bytes", path, size);
	memset(shared, 0, sizeof(*shared));
	rounds = 0;
	do {
		wrong += read_together(path);
		rounds++;
	} while (now_ns() < end && !wrong);
	is(shared->strange, 0, "%s: no byte was read that is not in it", path);
	is(shared->too_many, 0, "no read gave more than it was asked for");
	is(shared->errors, 0, "no read failed");
	is(shared->endless, 0, "every reader came to the end");
	is(wrong, 0, "%lu times %d: the readers got each byte once", rounds, OPEN);
}

/* A process with many areas, which sleeps until it is killed. */
static int have_areas(long ready)
{
	char *p = map_pages(AREAS);

	for (int i = 0; i < AREAS; i += 2)
		mprotect(p + i * PAGE_SIZE, PAGE_SIZE, PROT_READ);
	if (write(ready, "x", 1) != 1)
		return 1;
	for (;;)
		sleep_ms(1000);
}

static void check_maps(void)
{
	char path[32], byte;
	int ready[2];
	pid_t pid;

	if (pipe(ready) != 0)
		die("sharedread: pipe");
	pid = spawn_child(have_areas, ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		die("sharedread: no areas");
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	check_file(path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}

int main(int argc, char **argv)
{
	int i = 1;

	if (argc > 2 && strcmp(argv[1], "-t") == 0) {
		if (!parse_ulong(argv[2], &seconds)) {
			fprintf(stderr, "usage: sharedread [-t SECONDS] [PATH ...]\n");
			return 2;
		}
		i = 3;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("sharedread: mmap");
	if (i == argc) {
		check_maps();
		check_file("/proc/sys/vm/max_map_count");
	}
	for (; i < argc; i++)
		check_file(argv[i]);
	return tap_done();
}
