/* SPDX-License-Identifier: MIT */
/*
 * iterate.c - mas_next(), mas_prev(), mas_find() and their variants: where a move starts, by the cursor's status.
 * All eight are one function, mas_move(), and one table, starts[]. The steps from range to range are in step.c.
 *
 * Locks: rcu_read_lock() (a tree in RCU mode) or a lock that keeps writers out, held from the first move to the
 * last; mas_pause() comes before it is given up in between.
 *
 * Each returns an entry, with [index,last] its range, or NULL. The status tells why: ma_overflow or ma_underflow:
 * the limit (mas_find() leaves ma_active instead); ma_none: the tree has no nodes, nothing lies in that direction;
 * ma_error: the cursor was in error before, and nothing was done. A range variant also returns NULL with ma_active:
 * for a free stretch.
 */
#include "maple_internal.h"

/* What a move does first. */
enum start {
	step,		/* goes on from [index,last] */
	seek,		/* searches index and goes on from the range found */
	take,		/* the same, but an entry found there is the result */
};

/* Which move it is. */
#define BACK	1u	/* towards lower keys */
#define FIND	2u	/* mas_find(): the entry at index counts */
#define EMPTY	4u	/* a free stretch counts too */

/*
 * What the status means for each: a limit on one side stops the cursor before it has left its entry, so a turn gives
 * that entry again; except that find_rev steps from wherever the cursor is, and find looks at index first even when
 * it goes on in the same direction (both as Linux does).
 */
static const unsigned char starts[4][ma_error] = {
	/*		    active start  root  none  pause  over   under */
	[0]		= { step,  seek,  seek, seek, seek,  step,  take },
	[BACK]		= { step,  seek,  step, seek, seek,  take,  step },
	[FIND]		= { step,  take,  seek, take, take,  take,  take },
	[FIND | BACK]	= { step,  take,  step, take, take,  step,  step },
};
_Static_assert(ma_active == 0 && ma_start == 1 && ma_root == 2 && ma_none == 3 && ma_pause == 4 &&
	       ma_overflow == 5 && ma_underflow == 6 && ma_error == 7, "the columns of starts[]");

/*
 * Is there nothing to look at before @limit? If so, the status tells it afterwards. A find that has not begun, or
 * that was paused or found nothing, is as it was: it may be repeated with another limit.
 */
static inline bool mas_at_limit(struct ma_state *mas, unsigned long limit, unsigned int how)
{
	bool back = how & BACK;
	unsigned long edge = back ? mas->index : mas->last;

	if (how & FIND) {
		if (mas->status == ma_root)
			return false;
		if (mas->status == ma_start)
			return back ? mas->index < limit : mas->index > limit;
		if (!back && mas->status == ma_underflow)
			edge = mas->index;
	}
	if (ma_likely(back ? edge > limit : edge < limit))
		return false;
	if (!(how & FIND))
		mas->status = back ? ma_underflow : ma_overflow;
	else if (back && mas->status != ma_none)
		mas->status = ma_underflow;
	else if (!back && mas->status == ma_underflow)
		mas->status = ma_overflow;
	return true;
}

/* The start of a move that is not in the middle of a walk. Returns: true if the result, *@entry, is already known. */
static inline __attribute__((always_inline)) bool mas_begin(struct ma_state *mas, unsigned long limit, unsigned int how,
							    void **entry)
{
	enum start start = starts[how & (FIND | BACK)][mas->status];

	/* The others search index again: an entry stored across [index,last] meanwhile is the next one. */
	if (mas->status == ma_pause && how & FIND)
		mas->index = how & BACK ? mas->index - 1 : mas->last + 1;
	if (start != step)
		*entry = mas_restart(mas, mas->index);
	if (start == take && *entry)
		return true;
	if (mas->status == ma_root || mas->status == ma_none) {
		*entry = how & BACK ? mas_prev_single(mas, limit) : mas_next_single(mas);
		return true;
	}
	mas->status = ma_active;
	return false;
}

static inline __attribute__((always_inline)) void *mas_move(struct ma_state *mas, unsigned long limit,
							    unsigned int how)
{
	void *entry;

	if (ma_unlikely(mas->status == ma_error) || mas_at_limit(mas, limit, how))
		return NULL;
	if (mas->status != ma_active && mas_begin(mas, limit, how, &entry))
		return entry;
	if (how & BACK)
		return mas_step_prev(mas, limit, how & EMPTY);
	entry = mas_step_next(mas, limit, how & EMPTY);
	if (how == FIND && mas->status == ma_overflow)
		mas->status = ma_active;
	return entry;
}

/* mas_next() - the first entry behind [index,last] (from a start: behind the range of index) that begins by @max. */
void *mas_next(struct ma_state *mas, unsigned long max)
{
	return mas_move(mas, max, 0);
}

/* mas_next_range() - the range behind, free or not. */
void *mas_next_range(struct ma_state *mas, unsigned long max)
{
	return mas_move(mas, max, EMPTY);
}

/* mas_prev() - the last entry before [index,last] that ends at @min or later. */
void *mas_prev(struct ma_state *mas, unsigned long min)
{
	return mas_move(mas, min, BACK);
}

/* mas_prev_range() - the range before, free or not. */
void *mas_prev_range(struct ma_state *mas, unsigned long min)
{
	return mas_move(mas, min, BACK | EMPTY);
}

/* mas_find() - from a start, the entry at index or the first behind it that begins by @max; then as mas_next(). */
void *mas_find(struct ma_state *mas, unsigned long max)
{
	return mas_move(mas, max, FIND);
}

/* mas_find_range() - from a start, the same; then as mas_next_range(). */
void *mas_find_range(struct ma_state *mas, unsigned long max)
{
	return mas_move(mas, max, FIND | EMPTY);
}

/* mas_find_rev() - from a start, the entry at index or the last before it that ends at @min or later; then as prev. */
void *mas_find_rev(struct ma_state *mas, unsigned long min)
{
	return mas_move(mas, min, FIND | BACK);
}

/* mas_find_range_rev() - from a start, the same; then as mas_prev_range(). */
void *mas_find_range_rev(struct ma_state *mas, unsigned long min)
{
	return mas_move(mas, min, FIND | BACK | EMPTY);
}

/*
 * mas_pause() - the caller is about to give up its lock: forget the node, keep [index,last]. The next find goes on
 * behind (backwards: before) that range; next and prev from the range that then holds index.
 */
void mas_pause(struct ma_state *mas)
{
	mas->status = ma_pause;
	mas->node = NULL;
}
