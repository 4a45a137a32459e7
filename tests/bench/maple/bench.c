/* SPDX-License-Identifier: MIT */
/*
 * The maple tree's benchmark: the same operations on the same data against the maple tree in RCU mode,
 * plain, and a red-black tree; in turns, five rounds. Prints "row tree value" lines, from which
 * report.py makes the table.
 *
 *	bench				all timed rows, bytes per entry
 *	bench instr ROW TREE		the operation of one row, for callgrind (collects in measured_*() only);
 *					also ROW iterate
 *	bench check			do the trees agree? random stores, then every look-up compared
 *
 * The data: ranges of 1 to 16 pages ascending; three of four follow a gap of 1 to 8 pages, one in about
 * a thousand a larger one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/maple/bench.h"
#include "tests/bench/maple/freelist.h"

#define RANGES_MAX	1000000
#define LOADS		400000
#define GAPS		100000
#define ROUNDS		5
#define RARE_EVERY	400	/* ranges from one hole to the next, and its pages: see append_dense() */
#define RARE_PAGES	64

static struct { unsigned long first, last; } range[RANGES_MAX];
static unsigned int order[RANGES_MAX];		/* a random permutation */
static unsigned long keys[LOADS];
static unsigned long rng;
static unsigned long sink;			/* keeps results alive */

static unsigned long rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng * 0x9e3779b97f4a7c15UL >> 20;
}

/* The first @nr ranges do not depend on how many follow. */
static void make_data(void)
{
	unsigned long page = 16;

	rng = 42;
	for (unsigned int i = 0; i < RANGES_MAX; i++) {
		unsigned long len = 1 + rnd() % 16;

		if (rnd() % 4)
			page += rnd() % 1000 ? 1 + rnd() % 8 : 64 + rnd() % 960;
		range[i].first = page * PAGE;
		page += len;
		range[i].last = page * PAGE - 1;
	}
}

static void shuffle(unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		order[i] = i;
	for (unsigned int i = nr - 1; i > 0; i--) {
		unsigned int k = rnd() % (i + 1), t = order[i];

		order[i] = order[k];
		order[k] = t;
	}
}

/* Keys in uniformly chosen ranges, or on the page after them. */
static void pick_keys(unsigned int nr)
{
	for (unsigned int i = 0; i < LOADS; i++) {
		unsigned int r = rnd() % nr;
		unsigned long pages = (range[r].last + 1 - range[r].first) / PAGE;

		keys[i] = range[r].first + rnd() % (pages + 1) * PAGE;
	}
}

static void *entry_of(unsigned int i)
{
	return (void *)(((unsigned long)i << 6) + 4096);
}

/* What is measured, one function per row: callgrind counts inside these only. */
__attribute__((noinline)) static void measured_load(const struct tree_ops *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		sink += (unsigned long)t->load(keys[i]);
}

__attribute__((noinline)) static void measured_append(const struct tree_ops *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		t->store(range[i].first, range[i].last, entry_of(i));
}

__attribute__((noinline)) static void measured_insert(const struct tree_ops *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		t->store(range[order[i]].first, range[order[i]].last, entry_of(order[i]));
}

__attribute__((noinline)) static void measured_erase(const struct tree_ops *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		t->erase(range[order[i]].first);
}

/* One page inside each range, in random order; ranges of one page are replaced whole. */
static void measured_split(const struct tree_ops *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		unsigned long first = range[order[i]].first, last = range[order[i]].last;
		unsigned long page = first + (last - first) / 2 / PAGE * PAGE;

		t->store(page, page + PAGE - 1, entry_of(i));
	}
}

/* From the middle of one range to the middle of the fourth after it, half of the time with NULL. */
static void measured_span(const struct tree_ops *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int a = order[i] / 8 * 8, b = a + 4;
		unsigned long from = range[a].first + (range[a].last - range[a].first) / 2 / PAGE * PAGE;
		unsigned long to = range[b].first + (range[b].last - range[b].first) / 2 / PAGE * PAGE;

		t->store(from, to + PAGE - 1, i % 2 ? NULL : entry_of(i));
	}
}

static void measured_gaps(const struct tree_ops *t, unsigned int nr, unsigned long max, unsigned long size)
{
	for (unsigned int i = 0; i < nr; i++)
		sink += t->gap_from_top(max - i % 4096 * PAGE, size);
}

__attribute__((noinline, noclone)) static void measured_iterate(const struct tree_ops *t)
{
	sink += t->iterate();
}

/* From keys anywhere downwards, for a hole which few leaves have. */
__attribute__((noinline, noclone)) static void measured_rare(const struct tree_ops *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		sink += t->gap_from_top(keys[i], RARE_PAGES / 2 * PAGE);
}

/* The lengths of the first @nr ranges side by side, so that leaves are full; a hole behind one in RARE_EVERY. */
static void append_dense(const struct tree_ops *t, unsigned int nr)
{
	unsigned long first = 16 * PAGE;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned long len = range[i].last + 1 - range[i].first;

		t->store(first, first + len - 1, entry_of(i));
		first += len + (i % RARE_EVERY ? 0 : RARE_PAGES * PAGE);
	}
	/* From the first hole's end on, so that all searches find one. */
	for (unsigned int i = 0; i < nr; i++)
		keys[i] = first - 1 - rnd() % (first / PAGE - 16 - 16 - RARE_PAGES) * PAGE;
}

/* Processor time: what others on the machine take is not ours. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void print_row(const char *row, const struct tree_ops *t, double value)
{
	printf("%s %s %.2f\n", row, t->name, value);
	fflush(stdout);
}

#define TIMED(row, t, nr, call) do { \
	double begin_ = now(); \
	call; \
	print_row(row, t, (now() - begin_) / (nr)); \
	(t)->quiesce(); \
} while (0)

static void bench_loads(const struct tree_ops *t)
{
	static const struct { const char *row; unsigned int nr; } sizes[] = {
		{ "load-16", 16 }, { "load-1k", 1000 }, { "load-100k", 100000 }, { "load-1M", 1000000 },
	};

	for (unsigned int s = 0; s < 4; s++) {
		t->init();
		measured_append(t, sizes[s].nr);
		rng = 7 + s;
		pick_keys(sizes[s].nr);
		measured_load(t, LOADS / 10);	/* warm */
		TIMED(sizes[s].row, t, LOADS, measured_load(t, LOADS));
		t->destroy();
	}
}

static void bench_bytes(const struct tree_ops *t, const char *row, unsigned int nr)
{
	t->quiesce();
	print_row(row, t, (double)freelist_used / nr);
}

static void bench_writes(const struct tree_ops *t)
{
	const unsigned int nr = 100000, some = 12500;
	unsigned long top = range[nr - 1].last;

	t->init();
	TIMED("append-100k", t, nr, measured_append(t, nr));
	bench_bytes(t, "bytes-append", nr);
	TIMED("gap-small", t, GAPS, measured_gaps(t, GAPS, top, 4 * PAGE));
	TIMED("gap-big", t, GAPS, measured_gaps(t, GAPS, top, 32 * PAGE));
	t->dup();		/* so that the memory has been touched */
	t->drop_dup();
	TIMED("dup-100k", t, nr, t->dup());
	t->drop_dup();
	t->destroy();

	rng = 99;
	shuffle(nr);
	t->init();
	TIMED("insert-100k", t, nr, measured_insert(t, nr));
	bench_bytes(t, "bytes-insert", nr);
	/* Nodes lie in memory in the order in which they came, as they do after a while. */
	TIMED("iterate-100k", t, 10 * nr, for (int i = 0; i < 10; i++) sink += t->iterate());
	shuffle(nr);
	TIMED("erase-100k", t, nr, measured_erase(t, nr));
	t->destroy();

	t->init();
	measured_append(t, nr);
	shuffle(nr);
	TIMED("split-100k", t, nr, measured_split(t, nr));
	t->destroy();

	t->init();
	measured_append(t, nr);
	shuffle(nr - 16);
	TIMED("span-5", t, some, measured_span(t, some));
	t->destroy();
}

static int bench_instructions(const char *row, const struct tree_ops *t)
{
	t->init();
	rng = 5;
	shuffle(2000);
	if (!strcmp(row, "load")) {
		measured_append(t, 1000);
		pick_keys(1000);
		measured_load(t, 2000);
	} else if (!strcmp(row, "append")) {
		measured_append(t, 2000);
	} else if (!strcmp(row, "insert")) {
		measured_insert(t, 2000);
	} else if (!strcmp(row, "iterate")) {
		measured_append(t, 2000);
		measured_iterate(t);
	} else if (!strcmp(row, "rare")) {
		append_dense(t, 2000);
		measured_rare(t, 2000);
	} else {
		measured_append(t, 2000);
		measured_erase(t, 2000);
	}
	return 0;
}

/* Two trees that do the same work must give the same answers. */
static void check_same(const struct tree_ops *a, const struct tree_ops *b)
{
	unsigned long top = 3000 * PAGE;

	rng = 77;
	a->init();
	b->init();
	for (int i = 0; i < 20000; i++) {
		unsigned long first = rnd() % 2900 * PAGE, last = first + (1 + rnd() % 30) * PAGE - 1;
		void *entry = rnd() % 3 ? entry_of(i) : NULL;
		unsigned long key = rnd() % 3000 * PAGE, size = (1 + rnd() % 40) * PAGE;

		if (rnd() % 5 == 0) {
			a->erase(key);
			b->erase(key);
		} else {
			a->store(first, last, entry);
			b->store(first, last, entry);
		}
		key = rnd() % 3000 * PAGE;
		if (!a->load(key) != !b->load(key) || a->iterate() != b->iterate() ||
		    a->gap_from_top(top - key, size) != b->gap_from_top(top - key, size)) {
			printf("bench: %s and %s differ after %d stores\n", a->name, b->name, i + 1);
			exit(1);
		}
	}
	a->destroy();
	b->destroy();
}

int main(int argc, char **argv)
{
	static const struct tree_ops *const trees[] = { &maple_rcu, &maple_plain, &rb_tree };

	make_data();
	if (argc == 2 && !strcmp(argv[1], "check")) {
		check_same(&maple_rcu, &rb_tree);
		check_same(&maple_plain, &rb_tree);
		return 0;
	}
	if (argc == 4 && !strcmp(argv[1], "instr")) {
		for (int i = 0; i < 3; i++)
			if (!strcmp(argv[3], trees[i]->name))
				return bench_instructions(argv[2], trees[i]);
		return 1;
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < 3; i++) {
			bench_loads(trees[i]);
			bench_writes(trees[i]);
		}
	return sink == 1;	/* never; but the compiler cannot know */
}
