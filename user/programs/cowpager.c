/* SPDX-License-Identifier: MIT */
/*
 * cowpager: snapshots of a memory object, by copy on write in a pager. The pager keeps blocks, each of one page. The object and its
 * snapshot are lists of blocks; what has not been written to since is in both:
 *
 *	object	 0 1 2 3		after a write to page 1		object	 0 4 2 3
 *	snapshot 0 1 2 3		and its write-back		snapshot 0 1 2 3
 *
 * To take a snapshot the pager writes back what is dirty, and then copies a list of numbers. There is one snapshot at a time.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "user/libsys/pager.h"
#include "user/libsys/serve.h"
#include "user/libsys/sys.h"

USAGE("usage: cowpager\n"
      "A pager that makes snapshots of a memory object, and copies written pages only.\n"
      "Exercises memobj_writeback(), memobj_written() and the fault of a first write.\n");

#define PAGES	8UL
#define SIZE	(PAGES * PAGE_SIZE)
#define BLOCKS	32
#define OBJECT	0UL		/* cookies of the two */
#define SNAPSHOT 1UL

/* What clients ask of it, beside what the kernel does. */
#define COWPAGER_PROTOCOL(CALL) \
	CALL(take_snapshot, 100, (int unused;), (unsigned long blocks;))
COWPAGER_PROTOCOL(PROTOCOL_TYPES)
COWPAGER_PROTOCOL(PROTOCOL_CLIENT)

static unsigned long handles[2];	/* of the object, of its snapshot */

/* ---- the pager ---- */

static char blocks[BLOCKS][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static int users[BLOCKS];		/* lists that a block is in; 0: it is free */
static int list[2][PAGES];		/* blocks by page; -1: zeroes */

static int new_block(void)
{
	int b = 0;

	while (users[b])
		b++;
	users[b] = 1;
	return b;
}

/* store() - page @n of the object has new contents: in its own block, or if the snapshot has that, too, in another one. */
static void store(unsigned long n, const char *contents)
{
	int b = list[OBJECT][n];

	if (b < 0 || users[b] > 1) {
		if (b >= 0)
			users[b]--;
		list[OBJECT][n] = new_block();
		printf("  pager: page %lu is written to block %d%s\n", n, list[OBJECT][n], b < 0 ? "" : ", its old one is the snapshot's");
		b = list[OBJECT][n];
	}
	memcpy(blocks[b], contents, PAGE_SIZE);
}

static void write_back(void)
{
	static char buffer[PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
	unsigned long offset = 0;
	long nr;

	while ((nr = memobj_writeback(handles[OBJECT], &offset, buffer, PAGES)) > 0) {
		for (long i = 0; i < nr; i++)
			store(offset / PAGE_SIZE + (unsigned long)i, buffer + (unsigned long)i * PAGE_SIZE);
		memobj_written(handles[OBJECT], offset, (unsigned long)nr, 0);
		offset += (unsigned long)nr * PAGE_SIZE;
	}
}

static long serve_take_snapshot(const struct take_snapshot_request *in, struct take_snapshot_reply *out, struct ipc_msg *m)
{
	(void)in;
	(void)m;
	write_back();
	for (unsigned long n = 0; n < PAGES; n++) {
		if (list[SNAPSHOT][n] >= 0)		/* of the snapshot before */
			users[list[SNAPSHOT][n]]--;
		list[SNAPSHOT][n] = list[OBJECT][n];
		if (list[OBJECT][n] >= 0)
			users[list[OBJECT][n]]++;
	}
	for (int b = 0; b < BLOCKS; b++)
		out->blocks += users[b] > 0;
	return 0;
}

static long serve_page_in(const struct page_in_request *in, struct page_in_reply *out, struct ipc_msg *m)
{
	static const char zeroes[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
	int b = list[in->cookie][in->offset / PAGE_SIZE];

	(void)out;
	(void)m;
	return memobj_supply(handles[in->cookie], in->offset, b < 0 ? zeroes : blocks[b], 1) == 1 ? 0 : -1;
}

#define ALL(CALL)	PAGER_PROTOCOL(CALL) COWPAGER_PROTOCOL(CALL)
PROTOCOL_DISPATCH(serve_one, ALL)

static void serve(unsigned long endpoint)
{
	struct ipc_msg m = { 0 };
	long kind;

	memset(list, -1, sizeof(list));
	while ((kind = ipc_reply_recv(endpoint, &m)) >= 0) {
		if (kind == IPC_MSG_CALL)
			serve_one(&m);
		else if (kind == IPC_MSG_NOTIFY)	/* PAGER_DIRTY */
			write_back();
	}
}

/* ---- its client ---- */

static char *map(unsigned long which)
{
	return memobj_map(handles[which], NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
}

static void snapshot(unsigned long endpoint)
{
	struct take_snapshot_request request = { 0 };
	struct take_snapshot_reply reply = { 0 };

	if (take_snapshot(endpoint, &request, &reply) != 0)
		die("take_snapshot");
	printf("client: a snapshot; the pager has %lu blocks for both\n", reply.blocks);
}

static int use(unsigned long endpoint)
{
	char *object = map(OBJECT), *old;

	for (unsigned long n = 0; n < 4; n++)
		snprintf(object + n * PAGE_SIZE, PAGE_SIZE, "page %lu, first edition", n);
	snapshot(endpoint);
	old = map(SNAPSHOT);
	strcpy(object + PAGE_SIZE, "page 1, second edition");
	printf("client: the object has \"%s\", the snapshot \"%s\"\n", object + PAGE_SIZE, old + PAGE_SIZE);
	printf("client: and on page 2 \"%s\", \"%s\"\n", object + 2 * PAGE_SIZE, old + 2 * PAGE_SIZE);
	if (strcmp(old + PAGE_SIZE, "page 1, first edition") != 0)
		return 1;
	munmap(old, SIZE);
	memobj_invalidate(handles[SNAPSHOT], 0, PAGES);		/* the next one is another snapshot */
	snapshot(endpoint);
	old = map(SNAPSHOT);
	printf("client: the second snapshot has \"%s\"\n", old + PAGE_SIZE);
	return strcmp(old + PAGE_SIZE, "page 1, second edition") != 0;
}

int main(void)
{
	unsigned long endpoint = (unsigned long)endpoint_create(), send = (unsigned long)handle_dup(endpoint, RIGHT_SEND, 1);
	pid_t pager;
	int failed;

	for (unsigned long i = 0; i < 2; i++)
		handles[i] = (unsigned long)memobj_create(SIZE, send, i);
	fflush(stdout);
	pager = fork();
	if (pager == 0) {
		serve(endpoint);
		_exit(0);
	}
	handle_close(endpoint);
	failed = use(send);
	kill(pager, SIGKILL);
	waitpid(pager, NULL, 0);
	return failed;
}
