/* SPDX-License-Identifier: MIT */
/*
 * What a reader may see while a writer works: the log of all writes, and per reader a model that
 * replays it.
 *
 *	state		   s        s+1       s+2 = e
 *	writer	begin, store, done | begin, store, done | begin, sto...
 *	reader	    s = done ......... the call ........... e = begun
 *
 * What the call returned must be true of one state from s to e. The reader's model stands at state s
 * when the call begins, then takes write after write until the answer fits.
 */
#ifndef TESTS_HOST_MAPLE_STRESS_H
#define TESTS_HOST_MAPLE_STRESS_H

#include <stdatomic.h>

#include "tests/host/maple/model.h"

#define LOG_SIZE	(1UL << 16)	/* writes kept for readers that lag behind */
#define READERS_MAX	256

struct write {
	unsigned int a, b;	/* cells */
	void *entry;
};

/* The log. begun counts writes that are in the log, done those that are finished. */
struct stress_log {
	_Atomic unsigned long begun, done;
	struct write writes[LOG_SIZE];
	_Atomic unsigned long taken[READERS_MAX];	/* how far each reader has replayed */
	unsigned int readers;
};

/* One reader's view. */
struct view {
	struct stress_log *log;
	unsigned int number;
	struct model model;		/* the tree after the first "at" writes */
	unsigned long at;
	unsigned long from, to;		/* states between which the present call ran */
	struct write undo;		/* the last write replayed, and what it changed in cells a..b+1 */
	void *undo_entry[MODEL_CELLS_MAX + 1];
	bool undo_head[MODEL_CELLS_MAX + 1];
};

/* Writer: announce a write (waits for readers that lag too far); then store; then finish it. */
void log_begin(struct stress_log *log, unsigned int a, unsigned int b, void *entry);
void log_done(struct stress_log *log);

/* Reader: around each call. */
void view_call_begins(struct view *v);
void view_call_ended(struct view *v);

/*
 * Was [s.first, s.last] a range with s.entry (or a whole empty stretch) in one of the states?
 * Leaves the view in that state.
 */
bool view_had_span(struct view *v, struct span s);

/* Was every key of [first, last] free in one of the states? */
bool view_was_free(struct view *v, unsigned long first, unsigned long last);

/* Was @key without an entry, or with just this one, in one of the states? */
bool view_had_entry(struct view *v, unsigned long key, void *entry);

/* Has no write of the states between touched a key of [first, last]? Call before any of the above. */
bool view_untouched(const struct view *v, unsigned long first, unsigned long last);

#endif /* TESTS_HOST_MAPLE_STRESS_H */
