/* SPDX-License-Identifier: MIT */
/*
 * maple_tree.h - a B-tree of ranges 0..ULONG_MAX with lock-free readers: the public interface.
 *
 * In a hosted program (gnu11, gcc or clang), with this directory at lib/maple:
 *
 *	cc -std=gnu11 -O2 -I lib/maple prog.c SOURCES -lurcu-memb -lpthread
 *
 * and #include "maple_tree.h"; SOURCES are all the .c files of the directory: alloc.c debug.c dup.c gap.c gather.c
 * iterate.c plan.c read.c rebuild.c simple.c step.c write.c. RCU comes from liburcu, flavour memb: every thread that
 * reads calls rcu_register_thread() first and rcu_unregister_thread() last. Other surroundings supply their own
 * maple_port.h part, see there. -DMAPLE_RANGE64_SLOTS=4 -DMAPLE_ARANGE64_SLOTS=4 make a tree of tiny nodes (for all
 * files of a program alike).
 *
 * Locks: mtree_ and mt_ calls lock by themselves. mas_ calls do not: a reader holds rcu_read_lock() (a tree in RCU
 * mode) or the tree's lock, a writer the tree's lock or the external one (MT_FLAGS_LOCK_EXTERN).
 *
 * What a reader sees that runs beside a writer, in RCU mode:
 *	- One call is true of one state: the range or entry that it returns was in the tree, like that, at some moment
 *	  between the start and the end of the call. A move leaves out no entry that lay there from start to end, and
 *	  mas_empty_area() returns -EBUSY only if no such stretch was free from start to end.
 *	- A call that starts after a store has returned sees it. While a store is under way each call sees the tree
 *	  either before or after it, whatever the call before saw: one can return a range of the new state and the
 *	  next one a range of the old state, for instance when a cursor still stands on a leaf that was just replaced.
 *	- A walk (several moves of one cursor) is therefore no snapshot. Forward, ranges come in ascending order and
 *	  none begins inside one returned before, backwards the mirror image. An entry stored ahead of the cursor is
 *	  returned when the walk gets there, one stored behind it is not. One stored over the end of [index,last] (or
 *	  over all of it) counts as where the cursor is: it is not returned, the next move starts behind it.
 *	- Entries are the user's: that one was returned does not keep it from being freed. Until rcu_read_unlock() it is
 *	  safe if the user, too, frees entries after a grace period.
 *
 * mas_pause() comes before the lock (or rcu_read_lock()) is given up in the middle of a walk: the cursor forgets its
 * node, which may be freed then, and keeps [index,last]. The next mas_find() starts at last + 1 (mas_find_rev() at
 * index - 1) and returns an entry that covers this key even if it was stored meanwhile and begins before it; the next
 * mas_next() or mas_prev() starts from the range that holds index then. Without mas_pause(), mas_set() or mas_reset()
 * such a cursor must not be used. Outside RCU mode this is also true of a cursor that another cursor, or an mtree_
 * call, has stored beside; a store by the cursor itself leaves it where it may go on.
 */
#ifndef MAPLE_TREE_H
#define MAPLE_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "maple_port.h"

#ifndef MAPLE_RANGE64_SLOTS
#define MAPLE_RANGE64_SLOTS	16
#endif
#ifndef MAPLE_ARANGE64_SLOTS
#define MAPLE_ARANGE64_SLOTS	10
#endif

/* Tree flags. */
#define MT_FLAGS_ALLOC_RANGE	0x01u	/* keep the gaps, for mas_empty_area() and mtree_alloc_*() */
#define MT_FLAGS_USE_RCU	0x02u	/* replaced nodes live on for a grace period */
#define MT_FLAGS_LOCK_EXTERN	0x04u	/* writers hold a lock of the user's */
#define MT_FLAGS_ALLOC_WRAPPED	0x08u	/* mtree_alloc_cyclic() handed out ULONG_MAX; internal */

struct maple_tree {
	maple_lock_t ma_lock;		/* the tree's own lock, taken by every mtree_ writer */
	unsigned int ma_flags;		/* MT_FLAGS_* */
	void *ma_root;			/* NULL, the entry of [0,0], or an encoded node */
};

#define MTREE_INIT(name, flags) {					\
	.ma_lock = MAPLE_LOCK_INIT((name).ma_lock),			\
	.ma_flags = (flags),						\
	.ma_root = NULL,						\
}
#define MTREE_INIT_EXT(name, flags, lock)	MTREE_INIT(name, flags)
#define DEFINE_MTREE(name)	struct maple_tree name = MTREE_INIT(name, 0)
#define mt_set_external_lock(mt, lock)	do { } while (0)
#define mt_on_stack(mt)			do { } while (0)

#define mtree_lock(mt)			maple_lock_acquire(&(mt)->ma_lock)
#define mtree_lock_nested(mt, subclass)	maple_lock_acquire(&(mt)->ma_lock)
#define mtree_unlock(mt)		maple_lock_release(&(mt)->ma_lock)
#define mas_lock(mas)			mtree_lock((mas)->tree)
#define mas_lock_nested(mas, subclass)	mtree_lock((mas)->tree)
#define mas_unlock(mas)			mtree_unlock((mas)->tree)
/* The same with interrupts off, as they were before in @flags (unsigned long), where the port has them. */
#define mas_lock_irqsave(mas, flags)	maple_lock_acquire_irqsave(&(mas)->tree->ma_lock, flags)
#define mas_unlock_irqrestore(mas, flags) maple_lock_release_irqrestore(&(mas)->tree->ma_lock, flags)

/* Where a cursor stands. */
enum maple_status {
	ma_active,	/* on the range [index,last] */
	ma_start,	/* nowhere: the next call searches at index */
	ma_root,	/* on the entry of [0,0] that sits in ma_root itself */
	ma_none,	/* searched, nothing there */
	ma_pause,	/* on [index,last], but the node may be gone */
	ma_overflow,	/* a move was stopped by its upper limit */
	ma_underflow,	/* a move was stopped by its lower limit */
	ma_error,	/* see ma_state.err */
};

struct maple_node;
struct maple_enode;	/* a node's address with its type in the low bits, see maple_internal.h */

struct ma_state {
	struct maple_tree *tree;
	unsigned long index;		/* the range: first key ... */
	unsigned long last;		/* ... and last key */
	struct maple_enode *node;	/* leaf that holds it; NULL: look it up again */
	unsigned long min;		/* keys of that leaf: first ... */
	unsigned long max;		/* ... and last */
	struct maple_node *alloc;	/* reserved nodes, linked by their first word */
	unsigned int nr_alloc;		/* how many */
	void *failed;			/* entry of a store that ran out of memory */
	int err;			/* negative errno while status is ma_error */
	enum maple_status status;
	unsigned char offset;		/* slot of the range in that leaf */
	unsigned char bulk;		/* inside mas_expected_entries() .. mas_destroy() */
};

#define MA_STATE(name, mt, first, end)					\
	struct ma_state name = {					\
		.tree = (mt), .index = (first), .last = (end),		\
		.max = ULONG_MAX, .status = ma_start,			\
	}

static inline void mas_init(struct ma_state *mas, struct maple_tree *tree, unsigned long addr)
{
	*mas = (struct ma_state) {
		.tree = tree, .index = addr, .last = addr, .max = ULONG_MAX, .status = ma_start,
	};
}

static inline bool mas_is_active(const struct ma_state *mas)	{ return mas->status == ma_active; }
static inline bool mas_is_err(const struct ma_state *mas)	{ return mas->status == ma_error; }

/* Forget the position; index and last stay. */
static inline void mas_reset(struct ma_state *mas)
{
	mas->status = ma_start;
	mas->node = NULL;
}

/* New range, position kept. Assumes: [first,last] lies within the current range (a store looks anyway). */
static inline void __mas_set_range(struct ma_state *mas, unsigned long first, unsigned long last)
{
	mas->index = first;
	mas->last = last;
}

static inline void mas_set_range(struct ma_state *mas, unsigned long first, unsigned long last)
{
	mas_reset(mas);
	__mas_set_range(mas, first, last);
}

static inline void mas_set(struct ma_state *mas, unsigned long index)
{
	mas_set_range(mas, index, index);
}

/* Setting up. */
static inline void mt_init_flags(struct maple_tree *mt, unsigned int flags)
{
	maple_lock_init(&mt->ma_lock);
	mt->ma_flags = flags;
	__atomic_store_n(&mt->ma_root, NULL, __ATOMIC_RELAXED);
}

static inline void mt_init(struct maple_tree *mt)
{
	mt_init_flags(mt, 0);
}

static inline bool mtree_empty(const struct maple_tree *mt)
{
	return __atomic_load_n(&mt->ma_root, __ATOMIC_RELAXED) == NULL;
}

static inline bool mt_in_rcu(const struct maple_tree *mt)
{
	return __atomic_load_n(&mt->ma_flags, __ATOMIC_RELAXED) & MT_FLAGS_USE_RCU;
}

static inline bool mt_external_lock(const struct maple_tree *mt)
{
	return __atomic_load_n(&mt->ma_flags, __ATOMIC_RELAXED) & MT_FLAGS_LOCK_EXTERN;
}

/*
 * mt_write_lock_is_held(), mt_lock_is_held() - for assertions: is the lock held that a writer (or a reader without
 * rcu_read_lock()) needs? False only if the port can tell that it is not; true for an external lock, of which the
 * tree has no pointer.
 */
static inline bool mt_write_lock_is_held(const struct maple_tree *mt)
{
	return mt_external_lock(mt) || maple_lock_is_held(&mt->ma_lock);
}

static inline bool mt_lock_is_held(const struct maple_tree *mt)
{
	return mt_write_lock_is_held(mt);	/* the tree's own lock has one mode */
}

void maple_tree_init(void);
void mt_cache_shrink(void);
void mt_set_in_rcu(struct maple_tree *mt);
void mt_clear_in_rcu(struct maple_tree *mt);
unsigned int mt_height(const struct maple_tree *mt);
unsigned long mt_nr_nodes(const struct maple_tree *mt);
void mtree_destroy(struct maple_tree *mt);
void __mt_destroy(struct maple_tree *mt);
int mtree_dup(struct maple_tree *mt, struct maple_tree *new, gfp_t gfp);
int __mt_dup(struct maple_tree *mt, struct maple_tree *new, gfp_t gfp);

/* Simple calls: they lock. */
void *mtree_load(struct maple_tree *mt, unsigned long index);
int mtree_store(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp);
int mtree_store_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp);
int mtree_insert(struct maple_tree *mt, unsigned long index, void *entry, gfp_t gfp);
int mtree_insert_range(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry, gfp_t gfp);
void *mtree_erase(struct maple_tree *mt, unsigned long index);
int mtree_alloc_range(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size,
		      unsigned long min, unsigned long max, gfp_t gfp);
int mtree_alloc_rrange(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long size,
		       unsigned long min, unsigned long max, gfp_t gfp);
int mtree_alloc_cyclic(struct maple_tree *mt, unsigned long *startp, void *entry, unsigned long range_lo,
		       unsigned long range_hi, unsigned long *next, gfp_t gfp);
void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max);
void *mt_find_after(struct maple_tree *mt, unsigned long *index, unsigned long max);
void *mt_next(struct maple_tree *mt, unsigned long index, unsigned long max);
void *mt_prev(struct maple_tree *mt, unsigned long index, unsigned long min);

#define mt_for_each(mt, entry, index, max)				\
	for (entry = mt_find(mt, &(index), max); entry;			\
	     entry = mt_find_after(mt, &(index), max))

/* Cursor: reading. */
void *mas_walk(struct ma_state *mas);
void *mas_find(struct ma_state *mas, unsigned long max);
void *mas_find_range(struct ma_state *mas, unsigned long max);
void *mas_find_rev(struct ma_state *mas, unsigned long min);
void *mas_find_range_rev(struct ma_state *mas, unsigned long min);
void *mas_next(struct ma_state *mas, unsigned long max);
void *mas_next_range(struct ma_state *mas, unsigned long max);
void *mas_prev(struct ma_state *mas, unsigned long min);
void *mas_prev_range(struct ma_state *mas, unsigned long min);
void mas_pause(struct ma_state *mas);
int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size);
int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size);

#define mas_for_each(mas, entry, max)					\
	while (((entry) = mas_find((mas), (max))) != NULL)
#define mas_for_each_rev(mas, entry, min)				\
	while (((entry) = mas_find_rev((mas), (min))) != NULL)

/* Cursor: writing. */
void *mas_store(struct ma_state *mas, void *entry);
int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp);
int mas_preallocate(struct ma_state *mas, void *entry, gfp_t gfp);
void mas_store_prealloc(struct ma_state *mas, void *entry);
int mas_preallocate_any(struct ma_state *mas, gfp_t gfp);
void *mas_erase(struct ma_state *mas);
bool mas_nomem(struct ma_state *mas, gfp_t gfp);
int mas_expected_entries(struct ma_state *mas, unsigned long nr_entries);
void mas_destroy(struct ma_state *mas);
int mas_alloc_cyclic(struct ma_state *mas, unsigned long *startp, void *entry, unsigned long range_lo,
		     unsigned long range_hi, unsigned long *next, gfp_t gfp);

/* Inspection. */
enum mt_dump_format { mt_dump_dec, mt_dump_hex };
void mt_dump(const struct maple_tree *mt, enum mt_dump_format format);
void mas_dump(const struct ma_state *mas);
void mt_validate(struct maple_tree *mt);

#endif /* MAPLE_TREE_H */
