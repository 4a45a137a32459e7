/* SPDX-License-Identifier: MIT */
/*
 * iterate.c - mas_next(), mas_prev(), mas_find() and their kin: where a move starts, by the cursor's status.
 *
 *	status       mas_next()                        mas_find()
 *	start, none  search index, then one on         the entry at index, else one on
 *	active       one on                            one on
 *	pause        search index, then one on         the entry at last + 1, else one on
 *	overflow     one on (the limit may be higher)  one on
 *	underflow    the entry at index, else one on   the same
 *	root         nothing behind [0,0]              the same
 *	error        nothing                           nothing
 *
 * Backwards it is the mirror image. The moves themselves are in step.c.
 */
#include "maple_internal.h"

static void *mas_do_next(struct ma_state *mas, unsigned long max, bool empty)
{
	void *entry;

	if (mas->status == ma_error)
		return NULL;
	if (mas->last >= max) {
		mas->status = ma_overflow;
		return NULL;
	}
	switch (mas->status) {
	case ma_underflow:
		entry = mas_restart(mas, mas->index);
		if (entry)
			return entry;
		break;
	case ma_pause:		/* not last: an entry stored across it meanwhile is the next one */
	case ma_start:
	case ma_none:
	case ma_root:
		mas_restart(mas, mas->index);
		break;
	case ma_overflow:
		mas->status = ma_active;
		break;
	default:
		break;
	}
	if (mas->status == ma_root)
		return mas_next_single(mas);
	if (mas->status == ma_none)
		return NULL;
	return mas_step_next(mas, max, empty);
}

static void *mas_do_prev(struct ma_state *mas, unsigned long min, bool empty)
{
	void *entry;

	if (mas->status == ma_error)
		return NULL;
	if (mas->index <= min) {
		mas->status = ma_underflow;
		return NULL;
	}
	switch (mas->status) {
	case ma_overflow:
		entry = mas_restart(mas, mas->index);
		if (entry)
			return entry;
		break;
	case ma_pause:
	case ma_start:
	case ma_none:
		mas_restart(mas, mas->index);
		break;
	case ma_underflow:
		mas->status = ma_active;
		break;
	default:
		break;
	}
	if (mas->status == ma_root || mas->status == ma_none)
		return mas_prev_single(mas, min);
	return mas_step_prev(mas, min, empty);
}

void *mas_next(struct ma_state *mas, unsigned long max)
{
	return mas_do_next(mas, max, /* empty = */ false);
}

void *mas_next_range(struct ma_state *mas, unsigned long max)
{
	return mas_do_next(mas, max, /* empty = */ true);
}

void *mas_prev(struct ma_state *mas, unsigned long min)
{
	return mas_do_prev(mas, min, /* empty = */ false);
}

void *mas_prev_range(struct ma_state *mas, unsigned long min)
{
	return mas_do_prev(mas, min, /* empty = */ true);
}

static void *mas_do_find(struct ma_state *mas, unsigned long max, bool empty)
{
	bool fresh = false;
	void *entry = NULL;

	switch (mas->status) {
	case ma_error:
		return NULL;
	case ma_active:
		if (mas->last >= max)
			return NULL;
		break;
	case ma_root:
		mas_restart(mas, mas->index);
		break;
	case ma_start:
		if (mas->index > max)
			return NULL;
		entry = mas_restart(mas, mas->index);
		fresh = true;
		break;
	case ma_underflow:
		if (mas->index > max) {
			mas->status = ma_overflow;
			return NULL;
		}
		entry = mas_restart(mas, mas->index);
		break;
	default:
		if (mas->last >= max)
			return NULL;
		if (mas->status == ma_pause)
			mas->index = mas->last + 1;
		if (mas->status == ma_overflow)
			break;
		entry = mas_restart(mas, mas->index);
		fresh = true;
		break;
	}
	if (entry)
		return entry;
	if (mas->status == ma_root)
		return mas_next_single(mas);
	if (mas->status == ma_none || (fresh && empty))
		return NULL;
	if (mas->last >= max)
		return NULL;
	mas->status = ma_active;
	entry = mas_step_next(mas, max, empty);
	if (mas->status == ma_overflow)
		mas->status = ma_active;
	return entry;
}

static void *mas_do_find_rev(struct ma_state *mas, unsigned long min, bool empty)
{
	bool fresh = false;
	void *entry = NULL;

	switch (mas->status) {
	case ma_error:
		return NULL;
	case ma_active:
		if (mas->index <= min)
			return NULL;
		break;
	case ma_root:
		mas->status = ma_none;
		return NULL;
	case ma_start:
		if (mas->index < min)
			return NULL;
		entry = mas_restart(mas, mas->index);
		fresh = true;
		break;
	case ma_overflow:
		if (mas->index <= min) {
			mas->status = ma_underflow;
			return NULL;
		}
		entry = mas_restart(mas, mas->index);
		break;
	default:
		if (mas->index <= min) {
			if (mas->status == ma_pause)
				mas->status = ma_underflow;
			return NULL;
		}
		if (mas->status == ma_pause)
			mas->last = --mas->index;
		if (mas->status == ma_underflow)
			break;
		entry = mas_restart(mas, mas->index);
		fresh = true;
		break;
	}
	if (entry)
		return entry;
	if (mas->status == ma_none)
		return mas_prev_single(mas, min);
	if (fresh && empty)
		return NULL;
	mas->status = ma_active;
	return mas_step_prev(mas, min, empty);
}

void *mas_find(struct ma_state *mas, unsigned long max)
{
	return mas_do_find(mas, max, /* empty = */ false);
}

void *mas_find_range(struct ma_state *mas, unsigned long max)
{
	return mas_do_find(mas, max, /* empty = */ true);
}

void *mas_find_rev(struct ma_state *mas, unsigned long min)
{
	return mas_do_find_rev(mas, min, /* empty = */ false);
}

void *mas_find_range_rev(struct ma_state *mas, unsigned long min)
{
	return mas_do_find_rev(mas, min, /* empty = */ true);
}

void mas_pause(struct ma_state *mas)
{
	mas->status = ma_pause;
	mas->node = NULL;
}
