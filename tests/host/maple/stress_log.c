/* SPDX-License-Identifier: MIT */
/*
 * The log of writes and the readers' views of it: see stress.h.
 */
#include <sched.h>
#include <string.h>

#include "tests/host/maple/stress.h"

static unsigned long slowest(struct stress_log *log)
{
	unsigned long least = ULONG_MAX;

	for (unsigned int i = 0; i < log->readers; i++) {
		unsigned long taken = atomic_load(&log->taken[i]);

		least = taken < least ? taken : least;
	}
	return least;
}

void log_begin(struct stress_log *log, unsigned int a, unsigned int b, void *entry)
{
	unsigned long nr = atomic_load(&log->begun);

	if (nr % 256 == 0)
		while (nr - slowest(log) > LOG_SIZE - 512)
			sched_yield();
	log->writes[nr % LOG_SIZE] = (struct write){ a, b, entry };
	atomic_store(&log->begun, nr + 1);
}

void log_done(struct stress_log *log)
{
	atomic_store(&log->done, atomic_load(&log->begun));
}

/* The cells that the write in v->undo may change, one past its end included: how many. */
static size_t undo_cells(const struct view *v)
{
	unsigned int end = v->undo.b + 2 < v->model.nr ? v->undo.b + 2 : v->model.nr;

	return end - v->undo.a;
}

/* Replay one more write, keeping what is needed to take it back. */
static void advance(struct view *v)
{
	size_t nr;

	v->undo = v->log->writes[v->at++ % LOG_SIZE];
	nr = undo_cells(v);
	memcpy(v->undo_entry, &v->model.entry[v->undo.a], nr * sizeof(void *));
	memcpy(v->undo_head, &v->model.head[v->undo.a], nr * sizeof(bool));
	model_store(&v->model, v->undo.a, v->undo.b, v->undo.entry);
}

/*
 * Judging the last call may have taken the view one write further than what is done by now (not more:
 * there is one writer). That write is taken back, since this call may still see the tree without it.
 */
void view_call_begins(struct view *v)
{
	size_t nr = undo_cells(v);

	v->from = atomic_load(&v->log->done);
	if (v->at > v->from) {
		memcpy(&v->model.entry[v->undo.a], v->undo_entry, nr * sizeof(void *));
		memcpy(&v->model.head[v->undo.a], v->undo_head, nr * sizeof(bool));
		v->at--;
	}
	while (v->at < v->from)
		advance(v);
	atomic_store(&v->log->taken[v->number], v->at);
}

void view_call_ended(struct view *v)
{
	v->to = atomic_load(&v->log->begun);
}

bool view_untouched(const struct view *v, unsigned long first, unsigned long last)
{
	for (unsigned long i = v->from; i < v->to; i++) {
		const struct write *w = &v->log->writes[i % LOG_SIZE];

		if (cell_first(&v->model, w->a) <= last && cell_last(&v->model, w->b) >= first)
			return false;
	}
	return true;
}

bool view_had_span(struct view *v, struct span s)
{
	for (;;) {
		struct span is = model_at(&v->model, s.first);

		if (is.first == s.first && is.last == s.last && is.entry == s.entry)
			return true;
		if (v->at >= v->to)
			return false;
		advance(v);
	}
}

bool view_was_free(struct view *v, unsigned long first, unsigned long last)
{
	for (;;) {
		struct span is = model_at(&v->model, first);

		if (!is.entry && is.last >= last)
			return true;
		if (v->at >= v->to)
			return false;
		advance(v);
	}
}

bool view_had_entry(struct view *v, unsigned long key, void *entry)
{
	for (;;) {
		if (v->model.entry[model_cell(&v->model, key)] == entry)
			return true;
		if (v->at >= v->to)
			return false;
		advance(v);
	}
}
