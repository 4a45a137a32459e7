/* SPDX-License-Identifier: MIT */
/*
 * Random operations against the model: the main program. For every seed it goes through all kinds of
 * tree, layouts of the key space and sizes, and checks the whole tree now and then.
 *
 *	random [--seed N] [--seeds COUNT] [--steps PER_SEED]
 *
 * A failure prints what to call to see it again. Called by the test runner, and by hand for longer.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/maple/random.h"

static unsigned long seed = 1, seeds = 4, steps_per_seed = 3000000;
static const char *const layout_names[] = { "low", "high", "ends", "wide", "mixed" };
static enum layout layout_now;
static unsigned long seed_now;

void world_fail(const struct world *w, const char *fmt, ...)
{
	va_list ap;

	printf("FAILED at seed %lu: %s\n  ", seed_now, w->op);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	if (w->trace[0])
		printf("\n  the walk:%s", w->trace);
	printf("\n  tree flags %#x, %u cells, layout %s, step %lu\n  again: --seed %lu --seeds 1 --steps %lu\n"
	       "0 passed, 1 failed\n", w->flags, w->model.nr, layout_names[layout_now], w->steps, seed_now,
	       steps_per_seed);
	fflush(stdout);
	abort();
}

void world_check(struct world *w)
{
	const char *wrong;

	mt_validate(w->mt);
	wrong = model_compare(&w->model, w->mt);
	expect(w, !wrong, "%s", wrong);
	expect(w, mtree_empty(w->mt) == model_is_empty(&w->model, 0, w->model.nr - 1), "mtree_empty");
}

static void run_world(struct world *w, unsigned int flags, enum layout layout, unsigned int cells,
		      unsigned long steps)
{
	unsigned long next_check = 0, end = w->steps + steps;

	layout_now = layout;
	model_init(&w->model, cells, layout);
	w->flags = flags;
	w->mt = &w->trees[0];
	w->fill = 5;
	w->span_max = 6;
	mt_init_flags(w->mt, flags);
	while (w->steps < end) {
		if (pick(w, 3))
			random_op(w);
		else
			random_cursor_session(w);
		if (w->steps >= next_check) {
			w->op = "check after it";
			world_check(w);
			next_check = w->steps + cells / 2 + pick(w, cells);
		}
	}
	world_check(w);
	mtree_destroy(w->mt);
	expect(w, mtree_empty(w->mt), "not empty after mtree_destroy");
}

static unsigned long run_seed(unsigned long n)
{
	static const unsigned int kinds[] = {
		0, MT_FLAGS_ALLOC_RANGE, MT_FLAGS_USE_RCU, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_USE_RCU,
	};
	static const unsigned int sizes[] = { 12, 64, 400, 2500 };
	unsigned long per_world = steps_per_seed / (4 * 4 * NR_LAYOUTS) + 1;
	struct world *w = calloc(1, sizeof(*w));
	unsigned long steps;

	seed_now = n;
	w->rng = rnd_seed(n);
	for (int k = 0; k < 4; k++)
		for (int s = 0; s < 4; s++)
			for (int layout = 0; layout < NR_LAYOUTS; layout++)
				run_world(w, kinds[k], layout, sizes[s], per_world);
	steps = w->steps;
	rcu_barrier();
	free(w);
	return steps;
}

int main(int argc, char **argv)
{
	unsigned long total = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned long value = strtoul(argv[i + 1], NULL, 0);

		if (!strcmp(argv[i], "--seed"))
			seed = value;
		else if (!strcmp(argv[i], "--seeds"))
			seeds = value;
		else if (!strcmp(argv[i], "--steps"))
			steps_per_seed = value;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	rcu_register_thread();
	maple_tree_init();
	printf("maple tree against the model, seeds %lu to %lu\n", seed, seed + seeds - 1);
	for (unsigned long n = seed; n < seed + seeds; n++) {
		unsigned long steps = run_seed(n);

		printf("  seed %lu: %lu steps\n", n, steps);
		total += steps;
	}
	rcu_unregister_thread();
	printf("%lu steps\n%lu passed, 0 failed\n", total, seeds);
	return 0;
}
