/* SPDX-License-Identifier: MIT */
/*
 * threadstorm [PART]...: many threads at once. The work is counted, not timed; without arguments all parts are run.
 *
 *	crowd	64 threads, each with a mapping of its own of 128 pages: all of them are there at once, written, checked, given back
 *	games	pairs of threads hand a word to and fro by futexes, in several forms; then pairs across fork, in shared memory
 *
 * Each part in a child. Afterwards every frame and every object of the kernel is back.
 */
#include <stdio.h>
#include <string.h>
#include "user/libsys/census.h"
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define CROWD		64
#define CROWD_PAGES	128UL
#define RW		(PROT_READ | PROT_WRITE)

/* In memory that the parent shares: what a child tells it. */
static struct board {
	unsigned long wrong;			/* atomic */
	int started;				/* of the crowd */
	unsigned long rounds;			/* of all games; atomic */
} *board;

static struct thread threads[CROWD];

static void check(bool good)
{
	if (!good)
		__atomic_fetch_add(&board->wrong, 1, __ATOMIC_RELAXED);
}

static int load(const int *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static long futex(int *word, int op, int value, long value2, int *word2, unsigned int value3)
{
	return raw_syscall(SYS_futex, word, (long)op, (long)value, value2, word2, (unsigned long)value3);
}

/* ---- crowd ---- */

/* Threads wait until all have come. */
static struct gate {
	int missing;
} all_started, all_filled;

static void gate_wait(struct gate *g)
{
	int missing = __atomic_sub_fetch(&g->missing, 1, __ATOMIC_ACQ_REL);

	if (missing == 0)
		futex_wake(&g->missing, CROWD);
	while ((missing = load(&g->missing)) > 0)
		futex_wait(&g->missing, missing);
}

static unsigned long value_of(long thread, unsigned long page)
{
	return (unsigned long)thread << 32 | (page + 1);
}

/* Write a word of each page; with everybody's pages there, look at them; give them back, some of them first. */
static int fill_and_check(long thread)
{
	unsigned long at, len = CROWD_PAGES * PAGE_SIZE;

	gate_wait(&all_started);
	at = (unsigned long)raw_syscall(SYS_mmap, 0L, len, (long)RW, (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L);
	check(at < -4096UL);
	for (unsigned long i = 0; i < CROWD_PAGES; i++)
		*(volatile unsigned long *)(at + i * PAGE_SIZE) = value_of(thread, i);
	if (thread % 4 == 0)
		raw_syscall(SYS_madvise, at, len, (long)MADV_PAGEOUT);	/* without swap they stay */
	gate_wait(&all_filled);
	for (unsigned long i = 0; i < CROWD_PAGES; i++)
		check(*(volatile unsigned long *)(at + i * PAGE_SIZE) == value_of(thread, i));
	for (unsigned long i = 0; thread % 4 == 1 && i < CROWD_PAGES; i += 8)
		check(raw_syscall(SYS_munmap, at + i * PAGE_SIZE, PAGE_SIZE) == 0);
	check(raw_syscall(SYS_munmap, at, len) == 0);
	return 0;
}

/* A thread for which there is no memory is no error here, but none of those that are there may wait for it. */
static int crowd(long size)
{
	int n = 0, missing;

	all_started.missing = all_filled.missing = (int)size;
	while (n < size && thread_start(&threads[n], fill_and_check, n) > 0)
		n++;
	board->started = n;
	missing = (int)size - n;
	if (missing) {
		__atomic_sub_fetch(&all_filled.missing, missing, __ATOMIC_ACQ_REL);
		__atomic_sub_fetch(&all_started.missing, missing, __ATOMIC_ACQ_REL);
		futex_wake(&all_started.missing, CROWD);
	}
	for (int i = 0; i < n; i++)
		thread_join(&threads[i]);
	return 0;
}

static void check_crowd(void)
{
	static struct census before;

	in_child(crowd, 4);		/* what stays for ever is there from now on */
	census_take(&before);
	board->wrong = 0;
	is(in_child(crowd, CROWD), exited_with(0), "a crowd ends");
	is(board->started, CROWD, "all of it was there");
	is((long)board->wrong, 0, "every page held what its thread wrote");
	ok(census_same("threadstorm", &before), "crowd: everything came back");
}

/* ---- games ---- */

#define PAIRS		4
#define ROUNDS		300

/* How the other player is waited for and woken. */
enum form { PLAIN, BITS, REQUEUE, WAKE_OP, NR_FORMS };

/* @turn counts up; even: player 0's move. What is moved is not atomic: the turn orders it. */
static struct game {
	int turn, side;			/* side: where REQUEUE moves a waiter to; WAKE_OP changes it */
	unsigned long what;
	int flags;			/* FUTEX_PRIVATE_FLAG or 0 */
} *games;

static void wait_for_turn(struct game *g, enum form form, int player)
{
	int seen;
	long ret;

	while ((seen = load(&g->turn)) % 2 != player) {
		ret = futex(&g->turn, (form == BITS ? FUTEX_WAIT_BITSET : FUTEX_WAIT) | g->flags, seen, 0, NULL, 1u << player);
		check(ret == 0 || ret == -EAGAIN);
	}
}

static void give_turn(struct game *g, enum form form, int player)
{
	int next = g->turn + 1;
	long ret;

	__atomic_store_n(&g->turn, next, __ATOMIC_RELEASE);
	switch (form) {
	case BITS:
		check(futex(&g->turn, FUTEX_WAKE_BITSET | g->flags, 2, 0, NULL, 4) == 0);	/* nobody waits for this bit */
		ret = futex(&g->turn, FUTEX_WAKE_BITSET | g->flags, 2, 0, NULL, 1u << (1 - player));
		check(ret == 0 || ret == 1);
		break;
	case REQUEUE:
		ret = futex(&g->turn, FUTEX_CMP_REQUEUE | g->flags, 0, 1, &g->side, (unsigned int)next);
		check(ret == 0 || ret == 1 || ret == -EAGAIN);	/* the last: the other saw it at once, and has moved */
		ret = futex(&g->side, FUTEX_WAKE | g->flags, 2, 0, NULL, 0);
		check(ret == 0 || ret == 1);
		break;
	case WAKE_OP:
		ret = futex(&g->turn, FUTEX_WAKE_OP | g->flags, 1, 0, &g->side,
			    FUTEX_OP_ADD << 28 | FUTEX_OP_CMP_LT << 24 | 1u << 12);
		check(ret == 0 || ret == 1);
		break;
	default:
		ret = futex(&g->turn, FUTEX_WAKE | g->flags, 1, 0, NULL, 0);
		check(ret == 0 || ret == 1);
	}
}

/* @who: 2 * pair + player. */
static int play(long who)
{
	struct game *g = &games[who / 2];
	enum form form = (enum form)(who / 2 % NR_FORMS);
	int player = (int)(who % 2);

	for (unsigned long round = 0; round < ROUNDS; round++) {
		wait_for_turn(g, form, player);
		check(g->what == 2 * round + (unsigned long)player);
		g->what++;
		give_turn(g, form, player);
		if (player == 0)
			__atomic_fetch_add(&board->rounds, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static void start_players(int first, int step)
{
	for (int i = first; i < 2 * PAIRS; i += step)
		if (thread_start(&threads[i], play, i) < 0)
			raw_syscall(SYS_exit_group, 91L);
}

static void join_players(int first, int step)
{
	for (int i = first; i < 2 * PAIRS; i += step)
		thread_join(&threads[i]);
}

static void check_end_of_games(void)
{
	for (int i = 0; i < PAIRS; i++) {
		check(games[i].turn == 2 * ROUNDS && games[i].what == 2 * ROUNDS);
		check(games[i].side == (i % NR_FORMS == WAKE_OP ? 2 * ROUNDS : 0));
	}
}

static int play_here(long unused)
{
	static struct game here[PAIRS];

	(void)unused;
	games = here;
	for (int i = 0; i < PAIRS; i++)
		games[i].flags = FUTEX_PRIVATE_FLAG;
	start_players(0, 1);
	join_players(0, 1);
	check_end_of_games();
	return 0;
}

static int play_second(long unused)
{
	(void)unused;
	start_players(1, 2);
	join_players(1, 2);
	return 0;
}

/* The players 1 are in another process. */
static int play_across(long unused)
{
	pid_t pid;
	int status;

	(void)unused;
	games = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = spawn_child(play_second, 0);
	start_players(0, 2);
	join_players(0, 2);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 93;
	check_end_of_games();
	return 0;
}

static void check_games(void)
{
	static struct census before;

	in_child(play_across, 0);
	census_take(&before);
	board->wrong = board->rounds = 0;
	is(in_child(play_here, 0), exited_with(0), "%d games between threads end", PAIRS);
	is((long)board->rounds, PAIRS * ROUNDS, "every round was played");
	is(in_child(play_across, 0), exited_with(0), "%d games between processes end", PAIRS);
	is((long)board->rounds, 2 * PAIRS * ROUNDS, "every round was played");
	is((long)board->wrong, 0, "every move found what the last one left");
	ok(census_same("threadstorm", &before), "games: everything came back");
}

/* ---- all of it ---- */

static const struct part {
	const char *name;
	void (*check)(void);
} parts[] = { { "crowd", check_crowd }, { "games", check_games } };

static bool named(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc == 1;
}

int main(int argc, char **argv)
{
	board = mmap(NULL, PAGE_SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	board->wrong = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++)
		if (named(argc, argv, parts[i].name))
			parts[i].check();
	return tap_done();
}
