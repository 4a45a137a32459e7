/* SPDX-License-Identifier: MIT */
/*
 * What the maple tree is measured against: a red-black tree of ranges as kernels used it for memory
 * areas before, with the gap before each range and the largest gap below each node. Called by bench.c.
 */
#include <bsd/sys/tree.h>

#include "tests/bench/maple/bench.h"
#include "tests/bench/maple/freelist.h"

struct range {
	RB_ENTRY(range) link;
	unsigned long first, last;
	unsigned long gap;		/* free keys between the range before and this one */
	unsigned long max_gap;		/* largest gap in this subtree */
};

_Static_assert(sizeof(struct range) == 64, "one cache line");

RB_HEAD(ranges, range);

static inline unsigned long largest_gap(const struct range *r)
{
	unsigned long gap = r->gap;

	if (RB_LEFT(r, link) && RB_LEFT(r, link)->max_gap > gap)
		gap = RB_LEFT(r, link)->max_gap;
	if (RB_RIGHT(r, link) && RB_RIGHT(r, link)->max_gap > gap)
		gap = RB_RIGHT(r, link)->max_gap;
	return gap;
}

#undef RB_AUGMENT
#define RB_AUGMENT(r) ((r)->max_gap = largest_gap(r))

static inline int compare(const struct range *a, const struct range *b)
{
	return a->first < b->first ? -1 : a->first > b->first;
}

RB_GENERATE_INTERNAL(ranges, range, link, compare, __attribute__((unused)) static)

static struct ranges tree = RB_INITIALIZER(&tree), copy = RB_INITIALIZER(&copy);

/* The range's gap is now @gap: tell those above, as far as it matters. */
static void set_gap(struct range *r, unsigned long gap)
{
	r->gap = gap;
	for (; r; r = RB_PARENT(r, link)) {
		unsigned long max = largest_gap(r);

		if (r->max_gap == max)
			return;
		r->max_gap = max;
	}
}

/* The first range that does not end before @key. */
static inline struct range *find_from(unsigned long key)
{
	struct range *r = RB_ROOT(&tree), *best = NULL;

	while (r) {
		if (r->last >= key) {
			best = r;
			if (r->first <= key)
				break;
			r = RB_LEFT(r, link);
		} else {
			r = RB_RIGHT(r, link);
		}
	}
	return best;
}

static void fix_gap(struct range *r, const struct range *before)
{
	if (r)
		set_gap(r, before ? r->first - before->last - 1 : r->first);
}

static void insert(unsigned long first, unsigned long last)
{
	struct range *r = freelist_alloc(sizeof(*r)), *before;

	r->first = first;
	r->last = last;
	r->gap = r->max_gap = 0;
	RB_INSERT(ranges, &tree, r);
	before = RB_PREV(ranges, &tree, r);
	r->gap = before ? first - before->last - 1 : first;
	r->max_gap = largest_gap(r);
	for (struct range *up = RB_PARENT(r, link); up; up = RB_PARENT(up, link)) {
		unsigned long max = largest_gap(up);

		if (up->max_gap == max)
			break;
		up->max_gap = max;
	}
	fix_gap(RB_NEXT(ranges, &tree, r), r);
}

static void take_out(struct range *r)
{
	struct range *next = RB_NEXT(ranges, &tree, r);
	unsigned long gap = r->gap + (next ? r->last - r->first + 1 + next->gap : 0);

	RB_REMOVE(ranges, &tree, r);
	if (next)
		set_gap(next, gap);
	freelist_free(r, sizeof(*r));
}

static void rb_store(unsigned long first, unsigned long last, void *entry)
{
	struct range *r = find_from(first), *next;

	if (r && r->first < first) {
		unsigned long end = r->last;

		next = RB_NEXT(ranges, &tree, r);
		r->last = first - 1;
		fix_gap(next, r);
		if (end > last) {
			insert(last + 1, end);
			next = NULL;
		}
		r = next;
	}
	for (; r && r->first <= last; r = next) {
		next = RB_NEXT(ranges, &tree, r);
		if (r->last > last) {
			set_gap(r, r->gap + (last + 1 - r->first));
			r->first = last + 1;
			break;
		}
		take_out(r);
	}
	if (entry)
		insert(first, last);
}

static void *rb_load(unsigned long key)
{
	struct range *r = RB_ROOT(&tree);

	while (r) {
		if (key < r->first)
			r = RB_LEFT(r, link);
		else if (key > r->last)
			r = RB_RIGHT(r, link);
		else
			return r;
	}
	return NULL;
}

static void rb_erase(unsigned long key)
{
	struct range *r = rb_load(key);

	if (r)
		take_out(r);
}

static unsigned long rb_iterate(void)
{
	struct range *r;
	unsigned long nr = 0;

	RB_FOREACH(r, ranges, &tree)
		nr++;
	return nr;
}

static void rb_quiesce(void)
{
}

/* Highest gap of @size below @max: right first, as far as the largest gaps say that it is worth it. */
static unsigned long gap_below(struct range *r, unsigned long max, unsigned long size)
{
	while (r && r->max_gap >= size) {
		unsigned long end = r->first - 1, found;

		if (r->first <= max) {
			found = gap_below(RB_RIGHT(r, link), max, size);
			if (found)
				return found;
		}
		end = end < max ? end : max;
		if (r->gap >= size && r->first && r->first - r->gap + size - 1 <= end)
			return end;
		r = RB_LEFT(r, link);
	}
	return 0;
}

static unsigned long rb_gap_from_top(unsigned long max, unsigned long size)
{
	struct range *top = RB_MAX(ranges, &tree);

	if (!top || (top->last < max && max - top->last >= size))
		return max;
	return gap_below(RB_ROOT(&tree), max, size);
}

static struct range *dup_below(const struct range *r, struct range *parent)
{
	struct range *c;

	if (!r)
		return NULL;
	c = freelist_alloc(sizeof(*c));
	*c = *r;
	RB_PARENT(c, link) = parent;
	RB_LEFT(c, link) = dup_below(RB_LEFT(r, link), c);
	RB_RIGHT(c, link) = dup_below(RB_RIGHT(r, link), c);
	return c;
}

static void free_below(struct range *r)
{
	if (!r)
		return;
	free_below(RB_LEFT(r, link));
	free_below(RB_RIGHT(r, link));
	freelist_free(r, sizeof(*r));
}

static void rb_dup(void)
{
	RB_ROOT(&copy) = dup_below(RB_ROOT(&tree), NULL);
}

static void rb_drop_dup(void)
{
	free_below(RB_ROOT(&copy));
	RB_INIT(&copy);
}

static void rb_destroy(void)
{
	free_below(RB_ROOT(&tree));
	RB_INIT(&tree);
}

static void rb_init(void)
{
	RB_INIT(&tree);
}

const struct tree_ops rb_tree = {
	.name = "rb",
	.init = rb_init, .destroy = rb_destroy, .load = rb_load, .store = rb_store, .erase = rb_erase,
	.iterate = rb_iterate, .gap_from_top = rb_gap_from_top, .dup = rb_dup, .drop_dup = rb_drop_dup,
	.quiesce = rb_quiesce,
};
