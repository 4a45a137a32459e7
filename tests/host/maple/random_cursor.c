/* SPDX-License-Identifier: MIT */
/*
 * Random walks with one cursor: it looks, moves, stores and erases, and after each call must stand
 * where the model says. The model of the cursor is only this: the range it is on, and in which of a few
 * states it is. Where the API leaves the outcome open, the walk ends and the next one starts afresh.
 *
 *	forward from [first,last]:  the range at last + 1, then the next one, until an entry or the limit
 */
#include <stdio.h>
#include <string.h>

#include "tests/host/maple/random.h"

enum at { START, ON, PAUSED, OVER, UNDER, LOST };

struct walk {
	struct world *w;
	struct ma_state *mas;
	enum at at;
};

static struct span here(const struct walk *k)
{
	return (struct span){ k->mas->index, k->mas->last, NULL };
}

/* For the failure message: what this walk has done so far. */
static void note(struct walk *k, const char *call)
{
	struct world *w = k->w;
	size_t len = strlen(w->trace);

	snprintf(w->trace + len, sizeof(w->trace) - len, " %s->[%#lx,%#lx]", call, k->mas->index, k->mas->last);
}

/* The call returned @got; it should have been @want with the cursor on exactly that range. */
static void landed(struct walk *k, const char *call, void *got, struct span want, enum at at)
{
	k->w->op = call;
	note(k, call);
	expect(k->w, got == want.entry && k->mas->index == want.first && k->mas->last == want.last,
	       "got %p [%#lx,%#lx], want %p [%#lx,%#lx]", got, k->mas->index, k->mas->last, want.entry,
	       want.first, want.last);
	k->at = at;
	/* A tree of nothing, or of key 0 alone, is left for "none": what follows starts afresh. */
	if (k->mas->status == ma_none) {
		struct span low = model_span(&k->w->model, 0), top = model_at(&k->w->model, ULONG_MAX);

		expect(k->w, !want.entry && !top.entry && top.first <= 1 && low.last == (top.first ? 0 : ULONG_MAX),
		       "status none in a tree with nodes");
		k->at = LOST;
	}
}

/* Forward from @from, not to a range that starts after @max. */
static void go_forward(struct walk *k, const char *call, void *got, struct span from, unsigned long max,
		       bool stop_at_empty)
{
	struct span s = from;

	s.entry = NULL;
	while (s.last < max) {
		s = model_at(&k->w->model, s.last + 1);
		if (s.entry || stop_at_empty) {
			landed(k, call, got, s, ON);
			return;
		}
	}
	landed(k, call, got, s, OVER);
}

static void go_back(struct walk *k, const char *call, void *got, struct span from, unsigned long min,
		    bool stop_at_empty)
{
	struct span s = from;

	s.entry = NULL;
	while (s.first > min) {
		s = model_at(&k->w->model, s.first - 1);
		if (s.entry || stop_at_empty) {
			landed(k, call, got, s, ON);
			return;
		}
	}
	landed(k, call, got, s, UNDER);
}

static unsigned long some_key(struct walk *k)
{
	unsigned int c = pick(k->w, k->w->model.nr);

	return pick(k->w, 2) ? cell_first(&k->w->model, c) : cell_last(&k->w->model, c);
}

static void do_walk(struct walk *k)
{
	struct span s = model_at(&k->w->model, k->mas->index);

	landed(k, "mas_walk", mas_walk(k->mas), s, ON);
}

static void do_next(struct walk *k, bool range)
{
	unsigned long max = pick(k->w, 3) ? ULONG_MAX : some_key(k);
	struct span at = model_at(&k->w->model, k->mas->index), from = here(k);
	enum at was = k->at;
	const char *call = range ? "mas_next_range" : "mas_next";
	void *got;

	if (was == START && k->mas->last < max && at.last >= max && at.entry) {
		k->at = LOST;
		return;
	}
	got = range ? mas_next_range(k->mas, max) : mas_next(k->mas, max);
	if (from.last >= max) {
		/* From start it never had a position to go on from. */
		landed(k, call, got, from, was == START ? LOST : OVER);
		return;
	}
	if (was == UNDER && at.entry)
		landed(k, call, got, at, ON);
	else
		go_forward(k, call, got, was == START ? at : from, max, range);
}

static void do_prev(struct walk *k, bool range)
{
	unsigned long min = pick(k->w, 3) ? 0 : some_key(k);
	struct span at = model_at(&k->w->model, k->mas->index), from = here(k);
	enum at was = k->at;
	const char *call = range ? "mas_prev_range" : "mas_prev";
	void *got;

	if (was == START && k->mas->index > min && at.first <= min && at.entry) {
		k->at = LOST;
		return;
	}
	got = range ? mas_prev_range(k->mas, min) : mas_prev(k->mas, min);
	if (from.first <= min) {
		landed(k, call, got, from, was == START ? LOST : UNDER);
		return;
	}
	if (was == OVER && at.entry)
		landed(k, call, got, at, ON);
	else
		go_back(k, call, got, was == START ? at : from, min, range);
}

/* A range find after a pause is a start beside @from: a free stretch there is passed over. */
static struct span behind_pause(struct walk *k, struct span from, bool back)
{
	struct span s = model_at(&k->w->model, back ? from.first - 1 : from.last + 1);

	return s.entry ? from : s;
}

static void do_find(struct walk *k, bool range)
{
	unsigned long max = pick(k->w, 3) ? ULONG_MAX : some_key(k);
	struct span at = model_at(&k->w->model, k->mas->index), from = here(k);
	enum at was = k->at;
	const char *call = range ? "mas_find_range" : "mas_find";
	void *got;

	/* Left open: beyond the limit from start; the limit at 0 on a tree of key 0 alone (move off it?). */
	if ((k->mas->status == ma_root && max == 0) || (was == START && from.first > max)) {
		k->at = LOST;
		return;
	}
	got = range ? mas_find_range(k->mas, max) : mas_find(k->mas, max);
	if (was == START) {
		if (at.entry)
			landed(k, call, got, at, ON);
		else
			go_forward(k, call, got, at, max, range);
	} else if (was == UNDER ? from.first >= max : from.last >= max) {
		landed(k, call, got, from, was == UNDER ? OVER : was);
	} else if ((was == UNDER || was == OVER) && at.entry) {
		landed(k, call, got, at, ON);
	} else {
		from = range && was == PAUSED ? behind_pause(k, from, false) : from;
		go_forward(k, call, got, from, max, range);
	}
	/* At its limit mas_find() stays on the range; only a free one can be meant here. */
	if (k->at == OVER && was != UNDER && was != OVER)
		k->at = ON;
}

static void do_find_rev(struct walk *k, bool range)
{
	unsigned long min = pick(k->w, 3) ? 0 : some_key(k);
	struct span at = model_at(&k->w->model, k->mas->index), from = here(k);
	enum at was = k->at;
	const char *call = range ? "mas_find_range_rev" : "mas_find_rev";
	void *got;

	if (was == START && from.first < min) {
		k->at = LOST;
		return;
	}
	got = range ? mas_find_range_rev(k->mas, min) : mas_find_rev(k->mas, min);
	if (was == START) {
		if (at.entry)
			landed(k, call, got, at, ON);
		else
			go_back(k, call, got, at, min, range);
	} else if (from.first <= min) {
		landed(k, call, got, from, UNDER);
	} else {
		from = range && was == PAUSED ? behind_pause(k, from, true) : from;
		go_back(k, call, got, from, min, range);
	}
}

/* After a store the cursor is on what was stored; after NULL somewhere in the empty range around it. */
static void stored(struct walk *k, unsigned int a, unsigned int b, void *entry)
{
	struct model *m = &k->w->model;
	struct span s;

	note(k, entry ? k->w->op : "NULL");
	model_store(m, a, b, entry);
	s = model_span(m, a);
	expect(k->w, k->mas->index <= cell_first(m, a) && k->mas->index >= s.first &&
	       k->mas->last >= cell_last(m, b) && k->mas->last <= s.last,
	       "cursor on [%#lx,%#lx] after a store to [%#lx,%#lx]", k->mas->index, k->mas->last,
	       cell_first(m, a), cell_last(m, b));
	k->at = ON;
	if (!entry || (model_span(m, 0).last == ULONG_MAX) || model_at(m, ULONG_MAX).first <= 1) {
		/* Limits may fall inside the empty range: step without. */
		if (pick(k->w, 2) && k->mas->last != ULONG_MAX)
			go_forward(k, "mas_next after a store", mas_next(k->mas, ULONG_MAX), s, ULONG_MAX, false);
		else if (k->mas->index != 0)
			go_back(k, "mas_prev after a store", mas_prev(k->mas, 0), s, 0, false);
		else
			k->at = LOST;
	}
}

/* Reserve for just this store, or for any; never more than the worst case says. */
static void preallocate(struct walk *k, void *entry)
{
	struct world *w = k->w;
	unsigned int most = 3 * mt_height(w->mt) + 1, any = 0;

	if (pick(w, 4) == 0) {
		expect(w, mas_preallocate_any(k->mas, GFP_KERNEL) == 0, "mas_preallocate_any failed");
		any = k->mas->nr_alloc;
	}
	expect(w, mas_preallocate(k->mas, entry, GFP_KERNEL) == 0, "mas_preallocate failed");
	expect(w, k->mas->nr_alloc <= (any ? any : most), "%u nodes reserved for one store", k->mas->nr_alloc);
}

static void do_store(struct walk *k)
{
	struct world *w = k->w;
	unsigned int a, b;
	void *entry = pick_entry(w), *old, *got;

	if (k->at == ON && pick(w, 2) && k->mas->last >= k->mas->index) {
		/* exactly where we are, or a part of it */
		a = model_cell(&w->model, k->mas->index);
		b = model_cell(&w->model, k->mas->last);
		if (pick(w, 2))
			b = a + pick(w, b - a + 1);
		if (pick(w, 2))
			a = a + pick(w, b - a + 1);
		__mas_set_range(k->mas, cell_first(&w->model, a), cell_last(&w->model, b));
	} else {
		pick_range(w, &a, &b);
		if (k->at == ON && pick(w, 2)) {
			k->mas->index = cell_first(&w->model, a);
			k->mas->last = cell_last(&w->model, b);
		} else {
			mas_set_range(k->mas, cell_first(&w->model, a), cell_last(&w->model, b));
		}
	}
	old = w->model.entry[a];
	switch (pick(w, 3)) {
	case 0:
		w->op = "mas_store";
		got = mas_store(k->mas, entry);
		expect(w, got == old, "returned %p, want %p", got, old);
		break;
	case 1:
		w->op = "mas_store_gfp";
		expect(w, mas_store_gfp(k->mas, entry, GFP_KERNEL) == 0, "error");
		break;
	default:
		w->op = "mas_store_prealloc";
		preallocate(k, entry);
		if (pick(w, 8) == 0) {
			mas_destroy(k->mas);
			k->at = LOST;
			return;
		}
		mas_store_prealloc(k->mas, entry);
	}
	stored(k, a, b, entry);
}

static void do_erase(struct walk *k)
{
	struct world *w = k->w;
	unsigned int c = pick(w, w->model.nr);
	struct span s;
	void *got;

	if (k->at != ON || pick(w, 2))
		mas_set(k->mas, cell_first(&w->model, c));
	s = model_at(&w->model, k->mas->index);
	w->op = "mas_erase";
	got = mas_erase(k->mas);
	expect(w, got == s.entry, "at %#lx: got %p, want %p", s.first, got, s.entry);
	if (s.entry)
		stored(k, model_cell(&w->model, s.first), model_cell(&w->model, s.last), NULL);
	else
		k->at = LOST;
}

static void do_set(struct walk *k)
{
	mas_set(k->mas, some_key(k));
	note(k, "mas_set");
	k->at = START;
}

/* One call on the cursor, wherever it is. */
static void one_move(struct walk *k)
{
	if (k->at == LOST)
		do_set(k);
	switch (pick(k->w, 16)) {
	case 0: do_set(k); break;
	case 1: do_walk(k); break;
	case 2: case 3: do_next(k, false); break;
	case 4: case 5: do_prev(k, false); break;
	case 6: do_next(k, true); break;
	case 7: do_prev(k, true); break;
	case 8: case 9: do_find(k, false); break;
	case 10: do_find_rev(k, false); break;
	case 11: do_find(k, true); break;
	case 12: do_find_rev(k, true); break;
	case 13:
		if (k->at == ON) {
			mas_pause(k->mas);
			note(k, "mas_pause");
			k->at = PAUSED;
		}
		break;
	case 14: do_store(k); break;
	default: do_erase(k); break;
	}
}

void random_cursor_session(struct world *w)
{
	MA_STATE(mas, w->mt, 0, 0);
	struct walk k = { w, &mas, LOST };

	w->trace[0] = '\0';
	mas_lock(&mas);
	for (unsigned long n = 4 + pick(w, 24); n > 0; n--, w->steps++)
		one_move(&k);
	mas_unlock(&mas);
	w->trace[0] = '\0';
}
