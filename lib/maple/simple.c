/* SPDX-License-Identifier: MIT */
/*
 * simple.c - the calls that lock by themselves: mtree_store() and its family, mt_find().
 */
#include "maple_internal.h"

/* Values which the tree keeps for itself: low bits binary 10, up to 1026. */
static bool entry_reserved(const void *entry)
{
	return ((uintptr_t)entry & 3) == 2 && (uintptr_t)entry <= 1026;
}

/*
 * mtree_store_range() - store @entry over [first,last], whatever was there; NULL clears the range.
 * Locks: takes the tree's. May sleep if @gfp may.
 * Returns: 0; -EINVAL: a reserved value, or no range; -ENOMEM with nothing changed.
 */
int mtree_store_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp)
{
	MA_STATE(mas, mt, first, last);
	int err;

	if (entry_reserved(entry) || first > last)
		return -EINVAL;
	mtree_lock(mt);
	err = mas_store_gfp(&mas, entry, gfp);
	mtree_unlock(mt);
	return err;
}

/* mtree_store() - the same for one key. */
int mtree_store(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp)
{
	return mtree_store_range(mt, index, index, entry, gfp);
}

/* Store @entry over [index,last] if all of it is free. Returns: 0, -EEXIST, -ENOMEM. */
static int mas_insert(struct ma_state *mas, void *entry, gfp_t gfp)
{
	unsigned long first = mas->index, last = mas->last;

	do {
		mas_set_range(mas, first, last);
		if (mas_walk(mas) || mas->last < last) {
			mas_destroy(mas);
			return -EEXIST;
		}
		__mas_set_range(mas, first, last);
	} while (entry && !mas_store_try(mas, entry, gfp));
	return mas->status == ma_error ? mas->err : 0;
}

/*
 * mtree_insert_range() - store @entry over [first,last] if all of it is free. Locks as mtree_store_range().
 * Returns: 0; -EEXIST: not free; -EINVAL; -ENOMEM.
 */
int mtree_insert_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp)
{
	MA_STATE(mas, mt, first, last);
	int err;

	if (entry_reserved(entry) || first > last)
		return -EINVAL;
	mtree_lock(mt);
	err = mas_insert(&mas, entry, gfp);
	mtree_unlock(mt);
	return err;
}

/* mtree_insert() - the same for one key. */
int mtree_insert(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp)
{
	return mtree_insert_range(mt, index, index, entry, gfp);
}

/* mtree_erase() - remove the range that contains @index. Returns: its entry, or NULL. Locks; may sleep for memory. */
void *mtree_erase(struct maple_tree *mt, unsigned long index)
{
	MA_STATE(mas, mt, index, index);
	void *entry;

	mtree_lock(mt);
	entry = mas_erase(&mas);
	mtree_unlock(mt);
	return entry;
}

static int alloc_range(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size,
		       unsigned long min, unsigned long max, gfp_t gfp, bool high)
{
	MA_STATE(mas, mt, 0, 0);
	unsigned long start;
	int err;

	if (!mt_is_alloc(mt) || entry_reserved(entry))
		return -EINVAL;
	mtree_lock(mt);
	do {
		mas_reset(&mas);
		err = high ? mas_empty_area_rev(&mas, min, max, size) : mas_empty_area(&mas, min, max, size);
		start = mas.index;
		if (!err)
			err = mas_insert(&mas, entry, gfp);
	} while (err == -EEXIST);	/* taken while the lock was dropped for memory */
	mtree_unlock(mt);
	if (!err)
		*startp = start;
	return err;
}

/*
 * mtree_alloc_range() - store @entry over the lowest free @size keys in [min,max] of a gap-tracking tree.
 * Locks as mtree_store_range().
 * Returns: 0 with the first key in *@startp; -EBUSY: no such stretch; -EINVAL; -ENOMEM. *@startp is then unchanged.
 */
int mtree_alloc_range(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size,
		      unsigned long min, unsigned long max, gfp_t gfp)
{
	return alloc_range(mt, startp, entry, size, min, max, gfp, /* high = */ false);
}

/* mtree_alloc_rrange() - the same, the highest. */
int mtree_alloc_rrange(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size,
		       unsigned long min, unsigned long max, gfp_t gfp)
{
	return alloc_range(mt, startp, entry, size, min, max, gfp, /* high = */ true);
}

/* Lowest free key from @from on, else from @lo. Returns: 0, 1 if it is the second, or an error. */
static int cyclic_area(struct ma_state *mas, unsigned long from, unsigned long lo, unsigned long hi)
{
	int err = mas_empty_area(mas, from, hi, 1);

	if (!err || from <= lo)
		return err;
	err = mas_empty_area(mas, lo, hi, 1);
	return err ? err : 1;
}

/*
 * mas_alloc_cyclic() - store at the lowest free key >= *next in [lo,hi], else at the lowest from lo.
 * Returns: 0; 1 if it wrapped; -EBUSY, -EINVAL, -ENOMEM with nothing changed.
 */
int mas_alloc_cyclic(struct ma_state *mas, unsigned long *startp, void *entry, unsigned long range_lo,
		     unsigned long range_hi, unsigned long *next, gfp_t gfp)
{
	struct maple_tree *mt = mas->tree;
	unsigned long start;
	int wrapped, err;

	do {
		mas_reset(mas);
		wrapped = cyclic_area(mas, *next > range_lo ? *next : range_lo, range_lo, range_hi);
		if (wrapped < 0)
			return wrapped;
		start = mas->index;
		err = mas_insert(mas, entry, gfp);
	} while (err == -EEXIST);	/* taken while the lock was dropped for memory */
	if (err)
		return err;
	if (mt->ma_flags & MT_FLAGS_ALLOC_WRAPPED)
		wrapped = 1;
	mas_set(mas, start);
	*startp = start;
	*next = start + 1;
	ma_store_relaxed(&mt->ma_flags, *next ? mt->ma_flags & ~MT_FLAGS_ALLOC_WRAPPED
					      : mt->ma_flags | MT_FLAGS_ALLOC_WRAPPED);
	return wrapped;
}

/* mtree_alloc_cyclic() - the same, taking the tree's lock; -EINVAL too if the tree keeps no gaps. */
int mtree_alloc_cyclic(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long range_lo,
		       unsigned long range_hi, unsigned long *next, gfp_t gfp)
{
	MA_STATE(mas, mt, 0, 0);
	int ret;

	if (!mt_is_alloc(mt) || entry_reserved(entry))
		return -EINVAL;
	mtree_lock(mt);
	ret = mas_alloc_cyclic(&mas, startp, entry, range_lo, range_hi, next, gfp);
	mtree_unlock(mt);
	return ret;
}

/*
 * mt_find() - the entry at or after *@index that starts at or before @max; *@index moves behind it.
 * Locks: rcu_read_lock() inside. Returns: the entry, or NULL with *@index unchanged. The zero entry is passed over.
 */
void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max)
{
	MA_STATE(mas, mt, *index, *index);
	void *entry;

	if (*index > max)
		return NULL;
	rcu_read_lock();
	do {
		entry = mas_find(&mas, max);
	} while (entry == MA_ZERO_ENTRY);
	rcu_read_unlock();
	if (entry)
		*index = mas.last + 1;
	return entry;
}

/* mt_find_after() - the same; nothing if *@index is 0, that is, if the last entry reached ULONG_MAX. */
void *mt_find_after(struct maple_tree *mt, unsigned long *index, unsigned long max)
{
	return *index ? mt_find(mt, index, max) : NULL;
}

/* mt_next() - the first entry behind the range of @index that starts at or before @max, or NULL. Locks as mt_find(). */
void *mt_next(struct maple_tree *mt, unsigned long index, unsigned long max)
{
	MA_STATE(mas, mt, index, index);
	void *entry;

	rcu_read_lock();
	entry = mas_next(&mas, max);
	rcu_read_unlock();
	return entry;
}

/* mt_prev() - the last entry before the range of @index that ends at @min or later, or NULL. */
void *mt_prev(struct maple_tree *mt, unsigned long index, unsigned long min)
{
	MA_STATE(mas, mt, index, index);
	void *entry;

	rcu_read_lock();
	entry = mas_prev(&mas, min);
	rcu_read_unlock();
	return entry;
}
