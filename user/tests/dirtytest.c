/* SPDX-License-Identifier: MIT */
/*
 * dirtytest: an object nearly as large as memory, each page of which is written to, twice. It fits only if its pager is told of dirty pages, writes
 * them back, and can supply pages when memory is short. The pager stores one word of each page.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "user/libsys/census.h"
#include "user/libsys/pager.h"
#include "user/tests/tap.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ROOM	16UL			/* pages written back at once */

/* In memory that both share. */
static struct board {
	unsigned long notified, written_back, no_memory;
} *board;

static unsigned long object, endpoint, pages;

/* ---- the pager ---- */

static unsigned long *store;		/* a word of each page */
static unsigned long *buffer;		/* ROOM pages */

static void write_back(void)
{
	unsigned long offset = 0;
	long nr;

	while ((nr = memobj_writeback(object, &offset, buffer, ROOM)) > 0) {
		for (long i = 0; i < nr; i++)
			store[offset / PAGE_SIZE + (unsigned long)i] = buffer[(unsigned long)i * PAGE_SIZE / 8];
		memobj_written(object, offset, (unsigned long)nr, 0);
		offset += (unsigned long)nr * PAGE_SIZE;
		board->written_back += (unsigned long)nr;
	}
}

static long fill(unsigned long offset)
{
	long ret;

	for (int tries = 0; tries < 100; tries++) {
		buffer[0] = store[offset / PAGE_SIZE];
		ret = memobj_supply(object, offset, buffer, 1);
		if (ret != -ENOMEM)
			return ret;
		board->no_memory++;
		write_back();
	}
	return ret;
}

static int serve(long unused)
{
	struct ipc_msg m = { 0 };
	struct page_in_request need;

	(void)unused;
	store = calloc(pages, sizeof(*store));
	buffer = mmap(NULL, ROOM * PAGE_SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(store, 0, pages * sizeof(*store));
	memset(buffer, 0, ROOM * PAGE_SIZE);
	for (;;) {
		long kind = ipc_reply_recv(endpoint, &m);

		if (kind < 0)
			return 0;
		if (kind == IPC_MSG_NOTIFY && m.word[0] == PAGER_DIRTY) {
			board->notified++;
			write_back();
		} else if (is_page_in(kind, &m, &need)) {
			m.word[0] = fill(need.offset) == 1 ? 0 : 1;
		}
	}
}

/* ---- its client ---- */

static volatile unsigned long *word(char *p, unsigned long n) { return (unsigned long *)(p + n * PAGE_SIZE); }

static int write_twice(long at)
{
	char *p = (char *)at;

	for (unsigned long n = 0; n < pages; n++) {
		if (*word(p, n) != 0)
			return 1;
		*word(p, n) = 1000 + n;
	}
	for (unsigned long n = 0; n < pages; n++) {
		if (*word(p, n) != 1000 + n)
			return 2;
		*word(p, n) = ~n;
	}
	for (unsigned long n = pages; n-- > 0; )
		if (*word(p, n) != ~n)
			return 3;
	return 0;
}

int main(void)
{
	static struct census before;
	long send;
	pid_t pager;
	char *p;

	board = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(board, 0, sizeof(*board));
	handle_close((unsigned long)endpoint_create());		/* the table of handles stays */
	census_take(&before);
	pages = query_mem().free;
	endpoint = (unsigned long)endpoint_create();
	send = handle_dup(endpoint, RIGHT_SEND, 0);
	object = (unsigned long)memobj_create(pages * PAGE_SIZE, (unsigned long)send, 0);
	ok((long)object > 0, "an object of %lu pages, as many as are free", pages);
	p = memobj_map(object, NULL, pages * PAGE_SIZE, RW, MAP_SHARED, 0);
	pager = spawn_child(serve, 0);
	handle_close(endpoint);
	handle_close((unsigned long)send);
	is(in_child(write_twice, (long)p), 0, "each page keeps what was written to it");
	ok(board->notified > 0, "the pager was told that memory is short: %lu times", board->notified);
	ok(board->written_back > pages / 2, "it has written back %lu pages; %lu times it had no memory itself", board->written_back, board->no_memory);
	kill(pager, SIGKILL);
	waitpid(pager, NULL, 0);
	munmap(p, pages * PAGE_SIZE);
	handle_close(object);
	ok(census_same("dirtytest", &before), "every frame and every object came back");
	return tap_done();
}
