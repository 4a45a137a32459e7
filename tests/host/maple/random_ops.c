/* SPDX-License-Identifier: MIT */
/*
 * Random operations on a whole tree: each makes the same change to the tree and to the model and
 * compares what comes back. The cursor's own are in random_cursor.c.
 */
#include <errno.h>

#include "tests/host/maple/random.h"

static void *visible(void *entry)
{
	return entry == MODEL_ZERO ? NULL : entry;
}

void pick_range(struct world *w, unsigned int *a, unsigned int *b)
{
	unsigned long len = pick(w, 4) ? pick(w, 4) : pick(w, w->span_max);

	*a = pick(w, w->model.nr);
	*b = *a + len < w->model.nr ? *a + len : w->model.nr - 1;
}

void *pick_entry(struct world *w)
{
	unsigned long r = pick(w, 1UL << 30);

	if (r % 8 >= w->fill)
		return NULL;
	if (r % 97 == 0)
		return MODEL_ZERO;
	/* Any low bits, but never a reserved value. */
	return (void *)(r % 5 ? r << 1 | 1 : 4096 + r);
}

static void op_load(struct world *w)
{
	unsigned int c = pick(w, w->model.nr);
	unsigned long key = pick(w, 2) ? cell_first(&w->model, c) : cell_last(&w->model, c);
	void *got = mtree_load(w->mt, key);

	expect(w, got == visible(w->model.entry[c]), "key %#lx: got %p, want %p", key, got,
	       w->model.entry[c]);
}

static void op_store(struct world *w)
{
	unsigned int a, b;
	void *entry = pick_entry(w);

	pick_range(w, &a, &b);
	expect(w, mtree_store_range(w->mt, cell_first(&w->model, a), cell_last(&w->model, b), entry,
				    GFP_KERNEL) == 0, "error");
	model_store(&w->model, a, b, entry);
}

static void op_store_one(struct world *w)
{
	unsigned int c = pick(w, w->model.nr);
	void *entry = pick_entry(w);

	if (cell_first(&w->model, c) != cell_last(&w->model, c))
		return;
	expect(w, mtree_store(w->mt, cell_first(&w->model, c), entry, GFP_KERNEL) == 0, "error");
	model_store(&w->model, c, c, entry);
}

static void op_insert(struct world *w)
{
	unsigned int a, b;
	void *entry = (void *)(pick(w, 1000) << 1 | 1);
	int err, want;

	pick_range(w, &a, &b);
	want = model_is_empty(&w->model, a, b) ? 0 : -EEXIST;
	if (a == b && cell_first(&w->model, a) == cell_last(&w->model, a))
		err = mtree_insert(w->mt, cell_first(&w->model, a), entry, GFP_KERNEL);
	else
		err = mtree_insert_range(w->mt, cell_first(&w->model, a), cell_last(&w->model, b), entry,
					 GFP_KERNEL);
	expect(w, err == want, "cells %u-%u: got %d, want %d", a, b, err, want);
	if (!err)
		model_store(&w->model, a, b, entry);
}

static void op_erase(struct world *w)
{
	unsigned int c = pick(w, w->model.nr);
	struct span s = model_span(&w->model, c);
	void *got = mtree_erase(w->mt, cell_first(&w->model, c));

	expect(w, got == s.entry, "cell %u: got %p, want %p", c, got, s.entry);
	if (s.entry)
		model_store(&w->model, model_cell(&w->model, s.first), model_cell(&w->model, s.last), NULL);
}

static void op_find(struct world *w)
{
	unsigned long index = cell_first(&w->model, pick(w, w->model.nr)), at = index;
	unsigned long max = cell_last(&w->model, pick(w, w->model.nr));
	void *got = mt_find(w->mt, &index, max);
	struct span s = { 0, 0, NULL };

	for (unsigned long key = at; key <= max; key = s.last + 1) {
		s = model_at(&w->model, key);
		if (visible(s.entry) || s.last >= max)
			break;
	}
	if (at <= max && visible(s.entry))
		expect(w, got == s.entry && index == s.last + 1, "from %#lx: got %p, index %#lx; want %p %#lx",
		       at, got, index, s.entry, s.last + 1);
	else
		expect(w, !got && index == at, "from %#lx: got %p, index %#lx; want nothing", at, got, index);
}

/* One of mtree_alloc_range and _rrange where the place found consists of whole cells; else look only. */
static void op_area(struct world *w)
{
	struct model *m = &w->model;
	bool highest = pick(w, 2), found;
	unsigned int a, b, c = pick(w, m->nr), d;
	unsigned long min, max, size, first = 0;
	MA_STATE(mas, w->mt, 0, 0);
	int err;

	if (!(w->flags & MT_FLAGS_ALLOC_RANGE))
		return;
	pick_range(w, &a, &b);
	d = pick(w, 3) ? m->nr - 1 : c + pick(w, m->nr - c);
	min = cell_first(m, c);
	max = cell_last(m, d);
	size = cell_last(m, b) - cell_first(m, a) + 1;
	if (size == 0 || max - min < size - 1) {
		err = highest ? mas_empty_area_rev(&mas, min, max, size) :
				mas_empty_area(&mas, min, max, size);
		expect(w, err == -EINVAL, "[%#lx,%#lx] %#lx: got %d, want -EINVAL", min, max, size, err);
		return;
	}
	found = model_area(m, min, max, size, highest, &first);
	err = highest ? mas_empty_area_rev(&mas, min, max, size) : mas_empty_area(&mas, min, max, size);
	expect(w, err == (found ? 0 : -EBUSY) &&
	       (!found || (mas.index == first && mas.last == first + size - 1)),
	       "%s %#lx in [%#lx,%#lx]: got %d [%#lx,%#lx], want %d %#lx", highest ? "highest" : "lowest",
	       size, min, max, err, mas.index, mas.last, found ? 0 : -EBUSY, first);
	if (found) {
		a = model_cell(m, first);
		b = model_cell(m, first + size - 1);
		if (cell_first(m, a) != first || cell_last(m, b) != first + size - 1)
			return;
	}
	{
		unsigned long start = 0;
		void *entry = (void *)(pick(w, 1000) << 1 | 1);

		err = highest ? mtree_alloc_rrange(w->mt, &start, entry, size, min, max, GFP_KERNEL) :
				mtree_alloc_range(w->mt, &start, entry, size, min, max, GFP_KERNEL);
		expect(w, err == (found ? 0 : -EBUSY) && (!found || start == first),
		       "alloc: got %d %#lx, want %#lx", err, start, first);
		if (found)
			model_store(m, a, b, entry);
	}
}

static void op_cyclic(struct world *w)
{
	struct model *m = &w->model;
	unsigned int c = pick(w, m->nr);
	unsigned long lo = cell_first(m, c), hi = cell_last(m, c + pick(w, m->nr - c));
	unsigned long next = cell_first(m, pick(w, m->nr)), from = next > lo ? next : lo, start, first;
	void *entry = (void *)(pick(w, 1000) << 1 | 1);
	int err, want = 0;

	if (!(w->flags & MT_FLAGS_ALLOC_RANGE))
		return;
	if (from > hi || !model_area(m, from, hi, 1, false, &first))
		want = model_area(m, lo, hi, 1, false, &first) ? 1 : -EBUSY;
	if (want >= 0 && cell_last(m, model_cell(m, first)) != cell_first(m, model_cell(m, first)))
		return;
	if (want >= 0 && first == ULONG_MAX)
		return;		/* it would remember that: tested by itself */
	err = mtree_alloc_cyclic(w->mt, &start, entry, lo, hi, &next, GFP_KERNEL);
	expect(w, err == want && (err < 0 || (start == first && next == first + 1)),
	       "[%#lx,%#lx] from %#lx: got %d %#lx, want %d %#lx", lo, hi, from, err, start, want, first);
	if (err >= 0)
		model_store(m, model_cell(m, first), model_cell(m, first), entry);
}

/* The other tree becomes the copy and takes over. */
static void op_dup(struct world *w)
{
	struct maple_tree *copy = &w->trees[w->mt == &w->trees[0]];

	mt_init_flags(copy, w->flags);
	expect(w, mtree_dup(w->mt, copy, GFP_KERNEL) == 0, "error");
	world_check(w);
	mtree_destroy(w->mt);
	w->mt = copy;
	world_check(w);
}

/* Throw the tree away and build one by bulk load. */
static void op_bulk(struct world *w)
{
	struct model *m = &w->model;
	MA_STATE(mas, w->mt, 0, 0);
	unsigned int stride = 1 + pick(w, 3);

	mtree_destroy(w->mt);
	model_clear(m);
	mt_clear_in_rcu(w->mt);
	mas_lock(&mas);
	expect(w, mas_expected_entries(&mas, pick(w, 2 * m->nr)) == 0, "error");
	for (unsigned int c = pick(w, 3); c + stride <= m->nr; c += stride) {
		void *entry = (void *)(pick(w, 1000) << 1 | 1);
		unsigned int last = c + pick(w, stride);

		mas_set_range(&mas, cell_first(m, c), cell_last(m, last));
		expect(w, !mas_store(&mas, entry) && !mas_is_err(&mas), "bulk store");
		model_store(m, c, last, entry);
		if (pick(w, 300) == 0)
			break;
	}
	mas_destroy(&mas);
	mas_unlock(&mas);
	if (w->flags & MT_FLAGS_USE_RCU)
		mt_set_in_rcu(w->mt);
	world_check(w);
}

static void op_destroy(struct world *w)
{
	mtree_destroy(w->mt);
	model_clear(&w->model);
	expect(w, mtree_empty(w->mt), "not empty");
}

static void op_mood(struct world *w)
{
	w->fill = 1 + pick(w, 8);
	w->span_max = 1 + pick(w, pick(w, 3) ? 8 : w->model.nr);
}

/* @rare: done only once in so many turns; a turn without it is no step. */
static const struct {
	const char *name;
	void (*run)(struct world *w);
	unsigned int rare;
} ops[] = {
	{ "mtree_load", op_load, 1 },
	{ "mtree_store_range", op_store, 1 },
	{ "mtree_store_range", op_store, 1 },
	{ "mtree_store", op_store_one, 1 },
	{ "mtree_insert", op_insert, 1 },
	{ "mtree_erase", op_erase, 1 },
	{ "mt_find", op_find, 1 },
	{ "empty area", op_area, 1 },
	{ "mtree_alloc_cyclic", op_cyclic, 1 },
	{ "mtree_dup", op_dup, 500 },
	{ "bulk load", op_bulk, 2000 },
	{ "mtree_destroy", op_destroy, 3000 },
	{ "other lengths", op_mood, 300 },
};

void random_op(struct world *w)
{
	unsigned long i = pick(w, sizeof(ops) / sizeof(ops[0]));

	if (pick(w, ops[i].rare))
		return;
	w->op = ops[i].name;
	w->steps++;
	ops[i].run(w);
}
