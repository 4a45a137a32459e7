/* SPDX-License-Identifier: MIT */
/*
 * RCU stress: readers in every way of looking, against one writer. What each call returned must be true
 * of one state of the tree between the start and the end of that call (stress.h says how that is known).
 *
 *	stress [--seconds N] [--readers N] [--seed N]
 *
 * Built three times: with ThreadSanitizer, and with delays between the tree's loads and stores
 * (port_stress.h), both over the small RCU of rcu_c11.h; and with liburcu.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/host/maple/stress.h"

#define CELLS	500

struct reader {
	pthread_t thread;
	struct view view;
	unsigned long rng;
	unsigned long calls;
	unsigned long overlaps;		/* calls during which the writer did something */
};

static struct maple_tree tree;
static struct stress_log stress_log;
static struct reader readers[READERS_MAX];
static atomic_bool stop;
static unsigned long seed = 1;
static bool gaps;		/* the kind of tree that is being tried */

static void broken(const struct reader *r, const char *call, unsigned long key, struct span got,
		   const char *what)
{
	struct span is = model_at(&r->view.model, got.first);

	printf("there was %p [%#lx,%#lx] in state %lu\n", is.entry, is.first, is.last, r->view.at);
	printf("FAILED: %s from %#lx returned %p [%#lx,%#lx]: %s\n  seed %lu, states %lu to %lu\n"
	       "0 passed, 1 failed\n", call, key, got.entry, got.first, got.last, what, seed,
	       r->view.from, r->view.to);
	fflush(stdout);
	abort();
}

static void begin(struct reader *r)
{
	r->calls++;
	view_call_begins(&r->view);
}

static void end(struct reader *r)
{
	view_call_ended(&r->view);
	r->overlaps += r->view.to != r->view.from;
}

/* The first entry at or after @key (at or before it when @back) in the view's present state. */
static struct span nearest(const struct view *v, unsigned long key, bool back)
{
	struct span s = model_at(&v->model, key);

	while (!s.entry) {
		if (back ? s.first == 0 : s.last == ULONG_MAX)
			return s;
		s = model_at(&v->model, back ? s.first - 1 : s.last + 1);
	}
	return s;
}

/*
 * Judge a step: it looked from @key on (or back from it) and returned @got. An entry must have been a
 * range of one state; and nothing that was there all the time, nearer to @key, may have been left out.
 * But if the cursor came from another range (not @fresh), and that has meanwhile grown over @key, then
 * this is where the cursor is, and the step leads away from it.
 */
static void judge_step(struct reader *r, const char *call, unsigned long key, struct span got, bool back,
		       bool fresh)
{
	struct span near = nearest(&r->view, key, back);
	bool nearer = near.entry && (!got.entry || (back ? near.last > got.last : near.first < got.first));

	if (!fresh && (back ? near.last > key : near.first < key))
		nearer = false;
	if (nearer && view_untouched(&r->view, near.first, near.last))
		broken(r, call, key, got, "an entry nearer by was there all the time");
	if (got.entry && !view_had_span(&r->view, got))
		broken(r, call, key, got, "no such range in any state during the call");
}

static struct span of(const struct ma_state *mas, void *entry)
{
	return (struct span){ mas->index, mas->last, entry };
}

static unsigned long some_key(struct reader *r)
{
	unsigned int c = rnd(&r->rng) % CELLS;

	return rnd(&r->rng) % 2 ? cell_first(&r->view.model, c) : cell_last(&r->view.model, c);
}

static void read_load(struct reader *r)
{
	unsigned long key = some_key(r);
	void *entry;

	begin(r);
	entry = mtree_load(&tree, key);
	end(r);
	if (!view_had_entry(&r->view, key, entry))
		broken(r, "mtree_load", key, (struct span){ key, key, entry }, "never stored there");
}

static void read_walk(struct reader *r)
{
	unsigned long key = some_key(r);
	MA_STATE(mas, &tree, key, key);
	void *entry;

	rcu_read_lock();
	begin(r);
	entry = mas_walk(&mas);
	end(r);
	rcu_read_unlock();
	if (!view_had_span(&r->view, of(&mas, entry)) || mas.index > key || mas.last < key)
		broken(r, "mas_walk", key, of(&mas, entry), "no such range in any state during the call");
}

static void read_mt_find(struct reader *r)
{
	unsigned long key = some_key(r), index = key;
	struct span got = { 0, 0, NULL };
	struct span near;

	begin(r);
	got.entry = mt_find(&tree, &index, ULONG_MAX);
	end(r);
	near = nearest(&r->view, key, false);
	got.last = index - 1;
	if (near.entry && (!got.entry || near.last < got.last) &&
	    view_untouched(&r->view, near.first, near.last))
		broken(r, "mt_find", key, got, "an entry nearer by was there all the time");
	if (got.entry && !view_had_entry(&r->view, got.last, got.entry))
		broken(r, "mt_find", key, got, "no such entry in any state during the call");
}

/* From a search, some steps in both directions with the same cursor, ranges included. */
static void read_steps(struct reader *r)
{
	unsigned long key = some_key(r);
	MA_STATE(mas, &tree, key, key);
	bool back = rnd(&r->rng) % 2;
	struct span got;

	rcu_read_lock();
	begin(r);
	got.entry = back ? mas_find_rev(&mas, 0) : mas_find(&mas, ULONG_MAX);
	end(r);
	got = of(&mas, got.entry);
	judge_step(r, back ? "mas_find_rev" : "mas_find", key, got, back, true);
	for (unsigned int n = rnd(&r->rng) % 12; n && got.entry; n--) {
		struct span was = got;

		back = rnd(&r->rng) % 4 == 0 ? !back : back;
		if (back ? was.first == 0 : was.last == ULONG_MAX)
			break;
		begin(r);
		switch (rnd(&r->rng) % 3) {
		case 0:
			got.entry = back ? mas_find_rev(&mas, 0) : mas_find(&mas, ULONG_MAX);
			break;
		default:
			got.entry = back ? mas_prev(&mas, 0) : mas_next(&mas, ULONG_MAX);
		}
		end(r);
		got = of(&mas, got.entry);
		judge_step(r, back ? "a step back" : "a step forward", back ? was.first - 1 : was.last + 1,
			   got, back, false);
		if (got.entry && (back ? got.first >= was.first : got.last <= was.last))
			broken(r, "a step", was.first, got, "it went the wrong way");
	}
	rcu_read_unlock();
}

/* Every range of the tree, the empty ones too. */
static void read_ranges(struct reader *r)
{
	unsigned long key = some_key(r);
	MA_STATE(mas, &tree, key, key);
	bool back = rnd(&r->rng) % 2;
	struct span got;

	rcu_read_lock();
	begin(r);
	got.entry = mas_walk(&mas);
	end(r);
	for (unsigned int n = rnd(&r->rng) % 40; n; n--) {
		if (back ? mas.index == 0 : mas.last == ULONG_MAX)
			break;
		begin(r);
		got.entry = back ? mas_prev_range(&mas, 0) : mas_next_range(&mas, ULONG_MAX);
		end(r);
		got = of(&mas, got.entry);
		if (!got.entry && !mas_is_active(&mas))
			break;		/* what the cursor is on has grown to the end of the keys */
		if (!view_had_span(&r->view, got))
			broken(r, back ? "mas_prev_range" : "mas_next_range", key, got,
			       "no such range in any state during the call");
	}
	rcu_read_unlock();
}

static void read_all(struct reader *r)
{
	MA_STATE(mas, &tree, 0, 0);
	struct span got;
	unsigned long key = 0;

	rcu_read_lock();
	for (;;) {
		begin(r);
		got.entry = mas_find(&mas, ULONG_MAX);
		end(r);
		got = of(&mas, got.entry);
		judge_step(r, "mas_for_each", key, got, false, key == 0);
		if (!got.entry || got.last == ULONG_MAX)
			break;
		key = got.last + 1;
	}
	rcu_read_unlock();
}

static void read_area(struct reader *r)
{
	unsigned long size = 1 + rnd(&r->rng) % 6, first;
	unsigned long max = CELLS / 2 - 1;	/* where cells are keys */
	bool highest = rnd(&r->rng) % 2;
	MA_STATE(mas, &tree, 0, 0);
	struct span got;
	int err;

	rcu_read_lock();
	begin(r);
	err = highest ? mas_empty_area_rev(&mas, 0, max, size) : mas_empty_area(&mas, 0, max, size);
	end(r);
	rcu_read_unlock();
	got = of(&mas, NULL);
	if (err == -EBUSY) {
		if (model_area(&r->view.model, 0, max, size, false, &first) &&
		    view_untouched(&r->view, first, first + size - 1))
			broken(r, "empty area", 0, got, "busy, but one was free all the time");
		return;
	}
	if (err || got.last - got.first != size - 1 || got.last > max)
		broken(r, "empty area", 0, got, "not what was asked for");
	if (!view_was_free(&r->view, got.first, got.last))
		broken(r, "empty area", 0, got, "never free during the call");
}

static void *reader_main(void *arg)
{
	static void (*const calls[])(struct reader *) = {
		read_load, read_load, read_walk, read_mt_find, read_steps, read_steps, read_ranges, read_area,
	};
	struct reader *r = arg;

	rcu_register_thread();
	while (!atomic_load(&stop)) {
		unsigned long pick = rnd(&r->rng) % 65;

		if (pick == 64)
			read_all(r);
		else if (calls[pick % 8] != read_area || gaps)
			calls[pick % 8](r);
	}
	/* The writer need not wait for this one any more. */
	atomic_store(&stress_log.taken[r->view.number], ULONG_MAX / 2);
	rcu_unregister_thread();
	return NULL;
}

/*
 * The cells of the next write: mostly a short range anywhere, seldom a long one; one time in four just the
 * range before the last write's, whole: what was cut a moment ago gets another entry in place.
 */
static void pick_cells(unsigned long *rng, const struct model *m, unsigned int *a, unsigned int *b)
{
	unsigned int len = rnd(rng) % 64 ? rnd(rng) % 4 : rnd(rng) % CELLS;

	if (rnd(rng) % 4 == 0 && *a > 0) {
		struct span before = model_span(m, *a - 1);

		*a = model_cell(m, before.first);
		*b = model_cell(m, before.last);
		return;
	}
	*a = rnd(rng) % CELLS;
	*b = *a + len < CELLS ? *a + len : CELLS - 1;
}

/* One write of a random kind, to the tree and to the writer's model @m. [a, b]: the last write's cells. */
static void write_once(unsigned long *rng, unsigned long nr, struct model *m, unsigned int fill,
		       unsigned int *a, unsigned int *b)
{
	void *entry = rnd(rng) % 8 < fill ? (void *)(nr << 1 | 1) : NULL;
	MA_STATE(mas, &tree, 0, 0);

	pick_cells(rng, m, a, b);
	model_store(m, *a, *b, entry);
	mas_set_range(&mas, cell_first(m, *a), cell_last(m, *b));
	log_begin(&stress_log, *a, *b, entry);
	switch (rnd(rng) % 3) {
	case 0:
		mtree_store_range(&tree, mas.index, mas.last, entry, GFP_KERNEL);
		break;
	case 1:
		mas_lock(&mas);
		mas_store_gfp(&mas, entry, GFP_KERNEL);
		mas_unlock(&mas);
		break;
	default:
		mas_lock(&mas);
		if (mas_preallocate(&mas, entry, GFP_KERNEL) == 0)
			mas_store_prealloc(&mas, entry);
		mas_unlock(&mas);
	}
	log_done(&stress_log);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* One tree, @seconds long. Prints what was done; returns only if nothing was wrong. */
static void run(double seconds, unsigned int nr_readers)
{
	static struct model model;	/* the writer's */
	unsigned int a = 0, b = 0;
	unsigned long rng = rnd_seed(seed), nr = 0, calls = 0, overlaps = 0;
	double end = now() + seconds;

	mt_init_flags(&tree, MT_FLAGS_USE_RCU | (gaps ? MT_FLAGS_ALLOC_RANGE : 0));
	model_init(&model, CELLS, LAYOUT_ENDS);
	memset(&stress_log, 0, sizeof(stress_log));
	stress_log.readers = nr_readers;
	atomic_store(&stop, false);
	for (unsigned int i = 0; i < nr_readers; i++) {
		struct reader *r = &readers[i];

		memset(r, 0, sizeof(*r));
		r->view.log = &stress_log;
		r->view.number = i;
		model_init(&r->view.model, CELLS, LAYOUT_ENDS);
		r->rng = rnd_seed(seed * 1000 + i + 1);
		pthread_create(&r->thread, NULL, reader_main, r);
	}
	while (now() < end)
		for (unsigned int i = 0; i < 100; i++, nr++)
			write_once(&rng, nr, &model, nr / 3000 % 2 ? 7 : 3, &a, &b);
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < nr_readers; i++) {
		pthread_join(readers[i].thread, NULL);
		calls += readers[i].calls;
		overlaps += readers[i].overlaps;
	}
	mt_validate(&tree);
	mtree_destroy(&tree);
	rcu_barrier();
	printf("  %s tree: %u readers, %lu writes, %lu look-ups, %lu of them while a write went on\n",
	       gaps ? "gap-tracking" : "plain", nr_readers, nr, calls, overlaps);
}

int main(int argc, char **argv)
{
	unsigned long seconds = 10, nr_readers = 4;

	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned long value = strtoul(argv[i + 1], NULL, 0);

		if (!strcmp(argv[i], "--seconds"))
			seconds = value;
		else if (!strcmp(argv[i], "--readers"))
			nr_readers = value < READERS_MAX ? value : READERS_MAX;
		else if (!strcmp(argv[i], "--seed"))
			seed = value;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	rcu_register_thread();
	maple_tree_init();
	printf("maple tree, readers against a writer, %lu s, seed %lu\n", seconds, seed);
	for (int i = 0; i < 2; i++) {
		gaps = i == 0;
		run(seconds / 2.0, nr_readers);
	}
	rcu_unregister_thread();
	printf("2 passed, 0 failed\n");
	return 0;
}
