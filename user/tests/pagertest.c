/* SPDX-License-Identifier: MIT */
/*
 * pagertest [hoard]: memory objects whose pages come from another process. The pager is told on the board what it is to do wrong. Each
 * group of checks in a child; afterwards every frame and every object of the kernel is back.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "user/libsys/census.h"
#include "user/libsys/pager.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define PAGES	16UL
#define SIZE	(PAGES * PAGE_SIZE)
#define RW	(PROT_READ | PROT_WRITE)
#define KEY	0x5eedUL	/* the badge of the kernel's requests */
#define COOKIE	7UL

enum mode {
	GOOD,
	REFUSES,	/* answers with an error */
	EMPTY_ONCE,	/* the first answer comes without a page */
	SILENT,		/* never answers */
	DIES,
	TWICE,		/* supplies again what is there */
	AHEAD,		/* supplies the page after it as well */
	WRONG,		/* supplies behind the end, from nothing, and by a handle without CONTROL */
};

/* In memory that all share. */
static struct board {
	enum mode mode;
	unsigned long asked[PAGES], writes, cancels, dirty, ahead[PAGES];
	long answers[4];
	int ready;
} *board;

static unsigned long object, endpoint;
static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static unsigned long contents(unsigned long n) { return 1000 + n; }
static unsigned long *word(char *map, unsigned long n) { return (unsigned long *)(map + n * PAGE_SIZE); }
static unsigned long load(char *map, unsigned long n) { return *(volatile unsigned long *)word(map, n); }

/* ---- the pager ---- */

static long supply(unsigned long n, unsigned long value)
{
	*(unsigned long *)page = value;
	return memobj_supply(object, n * PAGE_SIZE, page, 1);
}

/* Each must be refused. */
static void supply_wrongly(void)
{
	long weak = handle_dup(object, RIGHT_MAP, 0);

	board->answers[0] = memobj_supply(object, SIZE, page, 1);
	board->answers[1] = memobj_supply(object, 0, (void *)0x1000, 1);
	board->answers[2] = memobj_supply((unsigned long)weak, 0, page, 1);
	board->answers[3] = memobj_supply(object, 0, page, ~0UL);
	handle_close((unsigned long)weak);
}

/* The first word of the reply, or -1: there is none. */
static long answer(const struct page_in_request *need)
{
	unsigned long n = need->offset / PAGE_SIZE;

	board->asked[n]++;
	board->ahead[n] = need->pages;
	board->writes += need->write;
	switch (board->mode) {
	case REFUSES:
		return 1;
	case EMPTY_ONCE:
		board->mode = GOOD;
		return 0;
	case SILENT:
		__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
		return -1;
	case DIES:
		_exit(0);
	case TWICE:
		supply(n, contents(n));
		supply(n, 1);
		break;
	case AHEAD:
		supply(n + 1, contents(n + 1));
		break;
	case WRONG:
		supply_wrongly();
		break;
	case GOOD:
		break;
	}
	supply(n, contents(n));
	return 0;
}

static void serve(void)
{
	struct ipc_msg m = { 0 };
	struct page_in_request need;

	for (;;) {
		long kind = ipc_reply_recv(endpoint, &m);
		long word0;

		if (kind < 0)
			_exit(0);
		board->cancels += kind == IPC_MSG_CANCEL;
		board->dirty += kind == IPC_MSG_NOTIFY && m.word[0] == PAGER_DIRTY;
		if (m.badge != KEY || !is_page_in(kind, &m, &need) || need.cookie != COOKIE)
			continue;
		word0 = answer(&need);
		if (word0 < 0)
			m.reply = 0;		/* the reply handle stays, and is of no use any more */
		else
			m.word[0] = (unsigned long)word0;
	}
}

/* A fresh object with a pager in @mode. */
static pid_t start(enum mode mode)
{
	long send;
	pid_t pid;

	memset(board, 0, sizeof(*board));
	board->mode = mode;
	endpoint = (unsigned long)endpoint_create();
	send = handle_dup(endpoint, RIGHT_SEND, KEY);
	object = (unsigned long)memobj_create(SIZE, (unsigned long)send, COOKIE);
	handle_close((unsigned long)send);
	pid = fork();
	if (pid == 0)
		serve();
	handle_close(endpoint);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	handle_close(object);
}

static char *map(int flags)
{
	return memobj_map(object, NULL, SIZE, RW, flags, 0);
}

/* In a child: its status, after it has read page @n. */
static int read_in_child(char *p, unsigned long n)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(load(p, n) == contents(n) ? 0 : 1);
	waitpid(pid, &status, 0);
	return status;
}

/* ---- pages come ---- */

static void check_pages(void)
{
	pid_t pager = start(GOOD);
	char *p = map(MAP_SHARED), *q;
	int fds[2];

	is((long)load(p, 3), (long)contents(3), "a page is made when it is read");
	is((long)load(p, 3), (long)contents(3), "and is there from then on");
	is(read_in_child(p, 3), 0, "for a child, too");
	calm_is((long)board->asked[3], 1, "the pager was asked once");
	*word(p, 4) = 5;
	calm_is((long)board->writes, 1, "it is told of a write");
	q = map(MAP_SHARED);
	is((long)load(q, 4), 5, "another mapping shows what was stored");
	munmap(q, SIZE);
	q = map(MAP_PRIVATE);
	*word(q, 3) = 6;
	is((long)load(p, 3), (long)contents(3), "a private mapping has a copy");
	*word(q, 6) = 6;
	is((long)load(p, 6), (long)contents(6), "also of a page that nobody had before");
	munmap(q, SIZE);
	is(pipe(fds), 0, "a pipe");
	is(write(fds[1], p + 7 * PAGE_SIZE, 8), 8, "a call that reads such memory waits for the pager, too");
	is(read(fds[0], p + 8 * PAGE_SIZE, 8), 8, "and one that writes there");
	is((long)load(p, 8), (long)contents(7), "with the right bytes");
	calm_is((long)(board->asked[7] + board->asked[8]), 2, "each was asked for");
	close(fds[0]);
	close(fds[1]);
	is(madvise(p, SIZE, MADV_POPULATE_READ), 0, "all others at once");
	calm_is((long)board->asked[15], 1, "are asked for one by one");
	is(memobj_invalidate(object, 3 * PAGE_SIZE, 2), 0, "two pages are given up");
	is((long)load(p, 4), (long)contents(4), "and come anew");
	calm_is((long)(board->asked[3] + board->asked[4]), 3, "when they are needed");
	munmap(p, SIZE);
	stop(pager);
}

/* Clean pages can go; what the pager has not stays. */
static void check_reclaim(void)
{
	pid_t pager = start(GOOD);
	char *p = map(MAP_SHARED);

	for (unsigned long n = 0; n < PAGES; n++)
		load(p, n);
	*word(p, 1) = 77;
	for (int i = 0; i < 3; i++)
		is(madvise(p, SIZE, MADV_PAGEOUT), 0, "page out");
	is((long)load(p, 1), 77, "a page that was written to is still there");
	calm_is((long)board->asked[1], 1, "without the pager");
	is((long)load(p, 2), (long)contents(2), "others come again");
	calm_is((long)board->asked[2], 2, "from the pager");
	munmap(p, SIZE);
	stop(pager);
}

/* ---- what was written goes back ---- */

static char store[PAGES * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static unsigned long stored(unsigned long n) { return *(unsigned long *)(store + n * PAGE_SIZE); }

static void check_writeback(void)
{
	pid_t pager = start(GOOD);
	char *p = map(MAP_SHARED), *q = map(MAP_SHARED);
	unsigned long offset = 0;
	int status;

	is(memobj_writeback(object, &offset, store, PAGES), 0, "nothing is dirty");
	load(p, 0);
	for (unsigned long n = 4; n < 7; n++)
		*word(p, n) = 100 + n;
	*word(q, 9) = 109;
	is(memobj_writeback(object, &offset, store, PAGES), 3, "three pages in a row were written to");
	is((long)offset, 4 * PAGE_SIZE, "and this is where");
	is((long)stored(2), 106, "copied");
	offset = 7 * PAGE_SIZE;
	is(memobj_writeback(object, &offset, store, 1), 1, "one more, through another mapping");
	ok(offset == 9 * PAGE_SIZE && stored(0) == 109, "copied");
	offset = 0;
	is(memobj_writeback(object, &offset, store, PAGES), 0, "those are on their way, no others are dirty");
	*word(p, 5) = 205;
	is(memobj_writeback(object, &offset, store, PAGES), 0, "one that is written to on its way waits for its end");
	is(memobj_written(object, 4 * PAGE_SIZE, 3, 0), 0, "they are stored");
	is(memobj_writeback(object, &offset, store, PAGES), 1, "now it can go");
	ok(offset == 5 * PAGE_SIZE && stored(0) == 205, "with what was written last");
	is(memobj_written(object, 0, PAGES, 1), 0, "not stored");
	offset = 0;
	is(memobj_writeback(object, &offset, store, PAGES), 1, "is dirty again");
	is(memobj_written(object, 0, PAGES, 0), 0, "stored");
	is((long)load(q, 9), 109, "9 was not stored,");
	is(memobj_writeback(object, &offset, store, PAGES), 1, "and is dirty");
	is(memobj_writeback(object, &offset, (char *)0x1000, 1), 0, "a page on its way is not given twice");
	is(memobj_written(object, offset, 1, 1), 0, "not stored");
	is_errno(memobj_writeback(object, &offset, (char *)0x1000, 1), EFAULT, "copied to nothing");
	is(memobj_writeback(object, &offset, store, 1), 1, "it was not lost by that");
	is(memobj_written(object, offset, 1, 0), 0, "stored");

	is(madvise(p, SIZE, MADV_PAGEOUT), 0, "page out");
	calm_is((long)load(p, 6), (long)contents(6), "a stored page is clean, and can go; this pager makes the old one");
	*word(p, 6) = 306;
	is(madvise(p, SIZE, MADV_PAGEOUT), 0, "page out");
	is((long)load(p, 6), 306, "a dirty one stays");
	is(read_in_child(p, 6) == 0, 0, "read by a child");	/* fork and mprotect keep what is known of pages */
	offset = 0;
	mprotect(p, SIZE, PROT_READ);
	mprotect(p, SIZE, RW);
	is(memobj_writeback(object, &offset, store, PAGES), 1, "one is dirty");
	*word(p, 6) = 307;
	is(memobj_written(object, offset, 1, 0), 0, "written to on its way");
	is(memobj_writeback(object, &offset, store, PAGES), 1, "is dirty");
	is((long)stored(0), 307, "with that");
	status = read_in_child(p, 1);
	is(status, 0, "the pager still serves");
	is_errno(memobj_writeback(object, &offset, store + 8, 1), EINVAL, "to no page");
	is_errno(memobj_writeback(object, &offset, store, 0), EINVAL, "no room");
	is_errno(memobj_written(object, 0, 1, 7), EINVAL, "neither stored nor not");
	munmap(p, SIZE);
	munmap(q, SIZE);
	stop(pager);
}

/* Reclaim tells the pager of dirty pages, and does not wait for it. */
static void check_dirty(void)
{
	pid_t pager = start(GOOD);
	char *p = map(MAP_SHARED);
	unsigned long offset = 0;

	*word(p, 2) = 7;
	is(madvise(p, SIZE, MADV_PAGEOUT), 0, "page out meets a dirty page");
	while (__atomic_load_n(&board->dirty, __ATOMIC_ACQUIRE) == 0)
		sleep_ms(1);
	is((long)load(p, 2), 7, "the pager is notified, and the page stays");
	is(memobj_writeback(object, &offset, store, PAGES), 1, "the pager can ask which");
	is(memobj_written(object, offset, 1, 0), 0, "and store it");
	munmap(p, SIZE);
	stop(pager);
}

static void check_resize(void)
{
	pid_t pager = start(GOOD);
	unsigned long weak = (unsigned long)handle_dup(object, RIGHT_MAP, 0);
	char *p = map(MAP_SHARED), *q = map(MAP_PRIVATE);

	load(p, 1);
	*word(q, 10) = 5;
	for (unsigned long n = 8; n < PAGES; n++)
		load(p, n);
	*word(p, 8) = 1;
	calm_is((long)board->ahead[1], 15, "a request names what is missing up to the end of the object");
	is(memobj_resize(object, 9 * PAGE_SIZE + 8), 0, "a smaller object");
	is(read_in_child(p, 10), killed_by(SIGBUS), "behind the end is SIGBUS, also where a page was");
	is((long)load(p, 1), (long)contents(1), "before it the pages stay");
	is((long)load(p, 9), (long)contents(9), "the last one, too");
	is((long)word(p, 9)[1], 0, "but for what is behind the end in it");
	is((long)load(q, 10), 5, "a private copy stays");
	is_errno(memobj_supply(object, 10 * PAGE_SIZE, page, 1), EINVAL, "nothing is supplied behind the end");
	is(memobj_resize(object, SIZE), 0, "larger again");
	is((long)load(p, 10), (long)contents(10), "the page is asked for");
	calm_is((long)board->asked[10], 2, "again");
	is_errno(memobj_resize(object, 0), EINVAL, "no size");
	is_errno(memobj_resize(object, ~0UL), EINVAL, "a size that is none");
	is_errno(memobj_resize(weak, SIZE), EACCES, "without CONTROL");
	handle_close(weak);
	munmap(p, SIZE);
	munmap(q, SIZE);
	stop(pager);
}

/* Threads fault while the object becomes smaller and larger: each load is right or a SIGBUS, and no page stays behind. */
static int resize_storm(long unused)
{
	pid_t pager = start(GOOD);
	char *p = map(MAP_SHARED);
	unsigned long wrong = 0;
	pid_t pids[3];
	int status;

	(void)unused;
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		for (unsigned long round = 0; pids[i] == 0; round++) {
			pid_t child = fork();

			if (child == 0)
				for (unsigned long n = 0; n < PAGES; n++)
					if (load(p, n) != contents(n))
						_exit(3);
			if (child == 0)
				_exit(0);
			waitpid(child, &status, 0);
			if (status != 0 && status != SIGBUS)
				_exit(1);
			if (round == 60)
				_exit(0);
		}
	}
	for (unsigned long round = 0; round < 200; round++)
		if (memobj_resize(object, (round % 2 ? PAGES : 3) * PAGE_SIZE) != 0)
			wrong++;
	for (int i = 0; i < 3; i++) {
		waitpid(pids[i], &status, 0);
		wrong += status != 0;
	}
	munmap(p, SIZE);
	stop(pager);
	return wrong ? 1 : 0;
}

/* ---- moved ---- */

static void check_move(void)
{
	pid_t pager = start(GOOD), pid;
	int status;
	char *p = map(MAP_SHARED), *from = mmap(NULL, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (unsigned long n = 0; n < PAGES; n++)
		*word(from, n) = contents(n);	/* in a storm pages go, and the pager makes the same */
	is(memobj_supply_move(object, 0, from, 4), 4, "four pages are moved");
	ok(load(p, 0) == contents(0) && load(p, 3) == contents(3), "they are the object's");
	calm_ok(load(from, 0) == 0 && load(from, 3) == 0 && load(from, 4) == contents(4), "and zeroes are where they were");
	*word(from, 1) = 9;
	is((long)load(p, 1), (long)contents(1), "a store there is not seen");
	is(memobj_supply_move(object, PAGE_SIZE, from + 5 * PAGE_SIZE, 1), 1, "one that is there already");
	calm_is((long)load(p, 1), (long)contents(1), "stays");
	mlock(from + 6 * PAGE_SIZE, PAGE_SIZE);
	is(memobj_supply_move(object, 6 * PAGE_SIZE, from + 6 * PAGE_SIZE, 1), 1, "what is locked");
	ok(load(p, 6) == contents(6) && load(from, 6) == contents(6), "is copied");
	pid = fork();
	if (pid == 0)
		_exit(memobj_supply_move(object, 7 * PAGE_SIZE, from + 7 * PAGE_SIZE, 2) == 2 && load(from, 7) == contents(7) ? 0 : 1);
	waitpid(pid, &status, 0);
	is(status, 0, "what somebody else has, too");
	ok(load(p, 8) == contents(8) && load(from, 8) == contents(8), "as well");
	is(memobj_supply_move(object, 9 * PAGE_SIZE, p + 6 * PAGE_SIZE, 1), 1, "and the object's own page");
	calm_ok(load(p, 6) == contents(6) && load(p, 9) == contents(6), "as well");
	is_errno(memobj_supply_move(object, 10 * PAGE_SIZE, (void *)0x1000, 1), EFAULT, "nothing");
	is_errno(raw_syscall(SYS_memobj_supply, object, 10 * PAGE_SIZE, from, 1L, 2L), EINVAL, "an unknown way");
	munmap(from, SIZE);
	munmap(p, SIZE);
	stop(pager);
}

/* ---- a pager that does it wrong ---- */

static void check_wrong_answers(void)
{
	pid_t pager = start(REFUSES);
	char *p = map(MAP_SHARED);

	is(read_in_child(p, 0), killed_by(SIGBUS), "an error is SIGBUS");
	is_errno(raw_syscall(SYS_write, 1L, p, 1L), EFAULT, "or -EFAULT of a call");
	board->mode = EMPTY_ONCE;
	is((long)load(p, 1), (long)contents(1), "an answer without a page is not believed");
	calm_is((long)board->asked[1], 2, "the page is asked for again");
	board->mode = TWICE;
	is((long)load(p, 2), (long)contents(2), "what is supplied twice stays as it was");
	board->mode = AHEAD;
	is((long)load(p, 4), (long)contents(4), "more than was asked for");
	is((long)load(p, 5), (long)contents(5), "is there");
	calm_is((long)board->asked[5], 0, "without a question");
	board->mode = WRONG;		/* page 6 may have come ahead, if 5 was asked for once more */
	is((long)load(p, 9), (long)contents(9), "wrong supplies do no harm");
	is_errno(board->answers[0], EINVAL, "behind the end");
	is_errno(board->answers[1], EFAULT, "from nothing");
	is_errno(board->answers[2], EACCES, "without CONTROL");
	is_errno(board->answers[3], EINVAL, "more pages than there are");
	munmap(p, SIZE);
	stop(pager);
}

/* ---- the end of one of them ---- */

static int reader(char *p)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(load(p, 0) == contents(0) ? 0 : 1);
	return pid;
}

static void wait_until_asked(void)
{
	while (!__atomic_load_n(&board->ready, __ATOMIC_ACQUIRE))
		sleep_ms(1);
}

/* A fresh object with a pager that never answers, mapped at *@p, and a child that waits for page 0. */
static pid_t start_waiting(pid_t *pager, char **p)
{
	pid_t pid;

	*pager = start(SILENT);
	*p = map(MAP_SHARED);
	pid = reader(*p);
	wait_until_asked();
	return pid;
}

static void check_ends(void)
{
	pid_t pager = start(DIES), first, second;
	char *p = map(MAP_SHARED);
	int status;

	is(read_in_child(p, 0), killed_by(SIGBUS), "a pager that dies instead of answering: SIGBUS");
	is(read_in_child(p, 1), killed_by(SIGBUS), "and at once when it is dead");
	munmap(p, SIZE);
	stop(pager);

	first = start_waiting(&pager, &p);
	kill(first, SIGKILL);
	waitpid(first, &status, 0);
	is(status, killed_by(SIGKILL), "who waits for a silent pager can be killed");
	board->mode = GOOD;
	is(read_in_child(p, 0), 0, "the pager goes on");
	is((long)board->cancels, 1, "and has been told");
	munmap(p, SIZE);
	stop(pager);

	first = start_waiting(&pager, &p);
	second = reader(p);		/* waits for the answer to the first one */
	sleep_ms(20);
	calm_is((long)board->asked[0], 1, "two wait for one page: one question");
	board->mode = GOOD;
	kill(first, SIGKILL);
	waitpid(first, &status, 0);
	waitpid(second, &status, 0);
	is(status, 0, "the one that asked is killed, the other one asks");
	first = reader(p);
	munmap(p, SIZE);
	waitpid(first, &status, 0);
	stop(pager);

	first = start_waiting(&pager, &p);
	stop(pager);
	waitpid(first, &status, 0);
	is(status, killed_by(SIGBUS), "the pager is killed while somebody waits");
	munmap(p, SIZE);
}

/* ---- pagers that need themselves ---- */

/* Reads its own object: it could never answer. */
static int own_object(long unused)
{
	char *p;

	(void)unused;
	endpoint = (unsigned long)endpoint_create();
	object = (unsigned long)memobj_create(SIZE, endpoint, 0);
	p = map(MAP_SHARED);
	return (int)load(p, 0);
}

/* Each waits for a page of the other one. */
static int two_pagers(long unused)
{
	unsigned long ends[2], objects[2];
	pid_t pids[2];
	int status;

	(void)unused;
	memset(board, 0, sizeof(*board));
	for (int i = 0; i < 2; i++) {
		ends[i] = (unsigned long)endpoint_create();
		objects[i] = (unsigned long)memobj_create(SIZE, ends[i], COOKIE);
	}
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			handle_close(ends[!i]);
			object = objects[!i];
			__atomic_fetch_add(&board->ready, 1, __ATOMIC_RELEASE);
			_exit((int)load(map(MAP_SHARED), 0));
		}
	}
	while (__atomic_load_n(&board->ready, __ATOMIC_ACQUIRE) < 2)
		sleep_ms(1);
	handle_close(ends[0]);
	handle_close(ends[1]);
	sleep_ms(20);
	kill(pids[0], SIGKILL);
	waitpid(pids[0], &status, 0);
	if (status != killed_by(SIGKILL))
		return 1;
	waitpid(pids[1], &status, 0);		/* its pager was killed */
	return status == killed_by(SIGBUS) ? 0 : 2;
}

/* ---- threads ---- */

#define THREADS	4
static struct thread threads[THREADS];
static char *shared;

static int read_all(long unused)
{
	(void)unused;
	for (unsigned long n = 0; n < PAGES; n++)
		if (load(shared, n) != contents(n))
			__atomic_fetch_add(&board->writes, 1000, __ATOMIC_RELAXED);
	return 0;
}

static int all_at_once(long unused)
{
	pid_t pager = start(GOOD);

	(void)unused;
	shared = map(MAP_SHARED);
	for (int i = 0; i < THREADS; i++)
		thread_start(&threads[i], read_all, i);
	for (int i = 0; i < THREADS; i++)
		thread_join(&threads[i]);
	stop(pager);
	for (unsigned long n = 0; n < PAGES; n++)
		if (board->asked[n] == 0 || (board->asked[n] > 1 && !in_storm()))
			return 1;
	return board->writes ? 2 : 0;
}

/* ---- handles of objects ---- */

/* A server that hands out its object: in a message, with fewer rights. */
static int give_object(long send)
{
	struct ipc_msg m = { .flags = IPC_TAKE_HANDLES };

	if (ipc_call((unsigned long)send, &m) != 0 || !m.handle[0])
		return 1;
	object = m.handle[0];
	if (load(map(MAP_SHARED), 0) != 99)
		return 2;
	return memobj_invalidate(object, 0, 1) == -EACCES ? 0 : 3;
}

static void check_handles(void)
{
	struct ipc_msg m = { 0 };
	long end = endpoint_create(), weak;
	char *p;
	pid_t pid;
	int status;

	object = (unsigned long)memobj_create(SIZE, 0, 0);
	p = map(MAP_SHARED);
	*word(p, 0) = 99;
	weak = handle_dup(object, RIGHT_MAP | RIGHT_GRANT, 0);
	ok(weak > 0, "an object without a pager, and a handle to map it");
	is_errno(handle_dup((unsigned long)weak, RIGHT_CONTROL, 0), EACCES, "no more rights than there are");
	is_errno(handle_dup(object, RIGHT_MAP, 5), EINVAL, "an object has no badge");
	is_errno(memobj_supply(object, 0, page, 1), EINVAL, "nobody supplies pages without a pager");
	is_errno(ipc_call(object, &m), EBADF, "an object is no endpoint");
	is_errno((long)memobj_map((unsigned long)end, NULL, SIZE, RW, MAP_SHARED, 0), EBADF, "an endpoint is no object");
	is_errno(memobj_create(0, 0, 0), EINVAL, "an object of nothing");
	is_errno(memobj_create(SIZE, 12345, 0), EBADF, "a pager that is none");
	pid = spawn_child(give_object, end);
	is(ipc_recv((unsigned long)end, &m), IPC_MSG_CALL, "somebody asks for the object");
	m.handle[0] = (unsigned int)weak | (unsigned int)IPC_MOVE;
	is(ipc_reply(&m), 0, "a handle goes along");
	is_errno(handle_close((unsigned long)weak), EBADF, "and is gone here");
	waitpid(pid, &status, 0);
	is(status, exited_with(0), "the other process maps it, and may do no more");
	munmap(p, SIZE);
	handle_close(object);
	handle_close((unsigned long)end);
}

/* ---- memory that is not mapped ---- */

#define CHUNK	(4UL << 20)

/* Objects full of pages, by handle only, until the machine has no more. */
static int hoard(long unused)
{
	(void)unused;
	for (;;) {
		long handle = memobj_create(CHUNK, 0, 0);
		char *p;

		if (handle < 0)
			return 1;
		p = memobj_map((unsigned long)handle, NULL, CHUNK, RW, MAP_SHARED, 0);
		for (unsigned long at = 0; at < CHUNK; at += PAGE_SIZE)
			p[at] = 1;
		munmap(p, CHUNK);
	}
	return 0;
}

/* Has more mapped than the one that hoards. */
static int bystander(long unused)
{
	char *p = mmap(NULL, 2 * CHUNK, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	memset(p, 1, 2 * CHUNK);
	for (;;)
		sleep_ms(1000);
	return 0;
}

/* Memory ends: the process goes that has it, not the one that has most of it mapped. */
static int check_hoard(void)
{
	pid_t other = spawn_child(bystander, 0);
	int status;

	sleep_ms(100);
	is(in_child(hoard, 0), killed_by(SIGKILL), "who has all memory by handles is killed when there is no more");
	is(waitpid(other, &status, WNOHANG), 0, "another process is not");
	kill(other, SIGKILL);
	waitpid(other, &status, 0);
	return tap_done();
}

int main(int argc, char **argv)
{
	static struct census before;

	if (argc > 1 && strcmp(argv[1], "hoard") == 0)
		return check_hoard();

	board = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(board, 0, sizeof(*board));
	in_child(all_at_once, 0);
	memset(store, 1, sizeof(store));
	handle_close((unsigned long)endpoint_create());		/* the table of handles stays */
	census_take(&before);
	check_pages();
	check_reclaim();
	check_wrong_answers();
	check_ends();
	is(in_child(own_object, 0), killed_by(SIGBUS), "a pager that needs its own page");
	is(in_child(two_pagers, 0), exited_with(0), "two pagers that need each other can be killed");
	check_move();
	check_writeback();
	check_dirty();
	check_resize();
	is(in_child(resize_storm, 0), exited_with(0), "faults while the object becomes smaller and larger");
	is(in_child(all_at_once, 0), exited_with(0), "four threads, each page asked for once");
	check_handles();
	ok(census_same("pagertest", &before), "every frame and every object came back");
	return tap_done();
}
