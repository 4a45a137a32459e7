/* SPDX-License-Identifier: MIT */
/*
 * The flat array that the maple tree is compared with: see model.h.
 */
#include <stdio.h>
#include <string.h>

#include "tests/host/maple/model.h"

/* First key of @cell out of @nr in this layout. */
static unsigned long layout_key(enum layout layout, unsigned int cell, unsigned int nr)
{
	static const unsigned long width[] = { 1, 4096, 1, 3, 1UL << 40 };
	unsigned long key = 0;

	switch (layout) {
	case LAYOUT_LOW:
		return cell;
	case LAYOUT_HIGH:
		return cell ? ULONG_MAX - (nr - 1 - cell) : 0;
	case LAYOUT_ENDS:
		return cell <= nr / 2 ? cell : ULONG_MAX - (nr - 1 - cell);
	case LAYOUT_WIDE:
		return ULONG_MAX / nr * cell;
	default:
		for (unsigned int i = 0; i < cell % 5; i++)
			key += width[i];
		return key + cell / 5 * (1 + 4096 + 1 + 3 + (1UL << 40));
	}
}

void model_init(struct model *m, unsigned int nr, enum layout layout)
{
	m->nr = nr;
	for (unsigned int i = 0; i < nr; i++)
		m->start[i] = layout_key(layout, i, nr);
	model_clear(m);
}

void model_clear(struct model *m)
{
	memset(m->entry, 0, m->nr * sizeof(m->entry[0]));
	memset(m->head, 0, m->nr * sizeof(m->head[0]));
	m->head[0] = true;
}

unsigned int model_cell(const struct model *m, unsigned long key)
{
	unsigned int lo = 0, hi = m->nr - 1;

	while (lo < hi) {
		unsigned int mid = (lo + hi + 1) / 2;

		if (m->start[mid] <= key)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

struct span model_span(const struct model *m, unsigned int cell)
{
	unsigned int a = cell, b = cell;

	while (!m->head[a])
		a--;
	while (b + 1 < m->nr && !m->head[b + 1])
		b++;
	return (struct span){ cell_first(m, a), cell_last(m, b), m->entry[cell] };
}

void model_store(struct model *m, unsigned int a, unsigned int b, void *entry)
{
	for (unsigned int i = a; i <= b; i++) {
		m->entry[i] = entry;
		m->head[i] = i == a;
	}
	if (b + 1 < m->nr)
		m->head[b + 1] = true;
	/* Neighbouring empty stretches are one. */
	if (!entry && a > 0 && !m->entry[a - 1])
		m->head[a] = false;
	if (!entry && b + 1 < m->nr && !m->entry[b + 1])
		m->head[b + 1] = false;
}

bool model_is_empty(const struct model *m, unsigned int a, unsigned int b)
{
	for (unsigned int i = a; i <= b; i++)
		if (m->entry[i])
			return false;
	return true;
}

bool model_area(const struct model *m, unsigned long min, unsigned long max, unsigned long size,
		bool highest, unsigned long *first)
{
	bool found = false;
	struct span s;

	for (unsigned long key = min; ; key = s.last + 1) {
		s = model_at(m, key);
		if (!s.entry) {
			unsigned long lo = s.first < min ? min : s.first;
			unsigned long hi = s.last > max ? max : s.last;

			if (hi - lo >= size - 1) {
				*first = highest ? hi - (size - 1) : lo;
				found = true;
				if (!highest)
					return true;
			}
		}
		if (s.last >= max)
			return found;
	}
}

const char *model_compare(const struct model *m, struct maple_tree *mt)
{
	static char message[300];
	MA_STATE(mas, mt, 0, 0);
	unsigned long key = 0;
	const char *wrong = NULL;

	rcu_read_lock();
	for (;;) {
		struct span want = model_at(m, key);
		void *got;

		if (want.entry) {
			got = mas_find(&mas, ULONG_MAX);
			if (got != want.entry || mas.index != want.first || mas.last != want.last) {
				snprintf(message, sizeof(message),
					 "iteration gives %p [%#lx,%#lx], the model has %p [%#lx,%#lx]",
					 got, mas.index, mas.last, want.entry, want.first, want.last);
				wrong = message;
				break;
			}
		}
		if (want.last == ULONG_MAX) {
			if (mas_find(&mas, ULONG_MAX)) {
				snprintf(message, sizeof(message),
					 "[%#lx,%#lx] is in the tree only", mas.index, mas.last);
				wrong = message;
			}
			break;
		}
		key = want.last + 1;
	}
	rcu_read_unlock();
	return wrong;
}
