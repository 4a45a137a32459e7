/* SPDX-License-Identifier: MIT */
/*
 * sharetest: many processes at one kernel object. Some look into an address space while its owner changes
 * it (readers and a writer of one mmap_lock); some write records into one pipe that others take out
 * (its lock and its queue of sleepers). Nothing may get lost, torn or stuck.
 */
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

#define LOOKERS		4
#define CHANGES		150
#define WRITERS		4
#define READERS		3
#define RECORDS		80		/* of each writer */
#define RECORD		600		/* bytes; does not divide the pipe's size */

/* Until it is killed: all kinds of looks at process @pid. */
static int look(long pid)
{
	static struct q_vma vmas[16];
	static struct q_mmstat stat;
	static char text[2048];

	for (;;) {
		if (query(QUERY_VMAS, (int)pid, 0, vmas, sizeof(vmas)) <= 0 ||
		    query(QUERY_MAPS, (int)pid, 0, text, sizeof(text)) <= 0 ||
		    query(QUERY_MMSTAT, (int)pid, 0, &stat, sizeof(stat)) < 0)
			_exit(1);
	}
}

static pid_t spawn(int (*body)(long), long arg)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(body(arg));
	return pid;
}

static void check_looking(void)
{
	pid_t lookers[LOOKERS];
	bool good = true;
	int status;

	for (int i = 0; i < LOOKERS; i++)
		lookers[i] = spawn(look, getpid());
	for (unsigned long i = 0; i < CHANGES; i++) {
		unsigned long *p = map_pages(8);

		p[i % 8 * 512] = i;
		good = good && mprotect((char *)p + 4096, 4096, PROT_READ) == 0 && p[i % 8 * 512] == i &&
		       munmap(p, 8 * PAGE_SIZE) == 0;
	}
	ok(good, "%d changes of an address space that %d others look at", CHANGES, LOOKERS);
	for (int i = 0; i < LOOKERS; i++) {
		kill(lookers[i], SIGKILL);
		waitpid(lookers[i], &status, 0);
		good = good && status == killed_by(SIGKILL);
	}
	ok(good, "they all could look until they were killed");
}

static int records[2], sums[2];

static int write_records(long who)
{
	unsigned char record[RECORD];

	for (int i = 0; i < RECORDS; i++) {
		memset(record, (int)(who * RECORDS + i) & 0xff, sizeof(record));
		if (write(records[1], record, sizeof(record)) != sizeof(record))
			return 1;
	}
	return 0;
}

/* Bytes may be divided among readers, so they count by value: each value's total must be right. */
static int read_bytes(long unused)
{
	static unsigned long count[256];
	unsigned char buf[257];
	ssize_t n;

	(void)unused;
	close(records[1]);
	while ((n = read(records[0], buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			count[buf[i]]++;
	return n < 0 || write(sums[1], count, sizeof(count)) != sizeof(count);
}

static void check_pipe(void)
{
	static unsigned long total[256], want[256], part[256];
	pid_t pids[WRITERS + READERS];
	bool good = true;
	int status;

	if (pipe(records) != 0 || pipe(sums) != 0)
		die("sharetest: pipe");
	for (long i = 0; i < READERS; i++)
		pids[i] = spawn(read_bytes, i);
	for (long i = 0; i < WRITERS; i++)
		pids[READERS + i] = spawn(write_records, i);
	close(records[1]);
	for (int i = 0; i < READERS; i++) {
		good = good && read(sums[0], part, sizeof(part)) == sizeof(part);
		for (int v = 0; v < 256; v++)
			total[v] += part[v];
	}
	for (int i = 0; i < WRITERS * RECORDS; i++)
		want[i & 0xff] += RECORD;
	ok(good && memcmp(total, want, sizeof(want)) == 0, "%d bytes through one pipe, %d writers, %d readers",
	   WRITERS * RECORDS * RECORD, WRITERS, READERS);
	for (int i = 0; i < WRITERS + READERS; i++)
		good = good && waitpid(pids[i], &status, 0) == pids[i] && status == 0;
	ok(good, "all ended well");
}

/* One reader, many writers: a record of up to PIPE_BUF bytes is never torn. */
static void check_atomic(void)
{
	unsigned char record[RECORD];
	bool whole = true;
	pid_t pids[WRITERS];
	int n = 0, status;

	if (pipe(records) != 0)
		die("sharetest: pipe");
	for (long i = 0; i < WRITERS; i++)
		pids[i] = spawn(write_records, i);
	close(records[1]);
	for (;;) {
		size_t got = 0;
		ssize_t part = 1;

		while (got < RECORD && (part = read(records[0], record + got, RECORD - got)) > 0)
			got += (size_t)part;
		if (got < RECORD)
			break;
		n++;
		for (int i = 1; i < RECORD; i++)
			whole = whole && record[i] == record[0];
	}
	is(n, WRITERS * RECORDS, "every record arrives");
	ok(whole, "and none is torn");
	for (int i = 0; i < WRITERS; i++)
		waitpid(pids[i], &status, 0);
	close(records[0]);
}

int main(void)
{
	check_looking();
	check_pipe();
	check_atomic();
	return tap_done();
}
