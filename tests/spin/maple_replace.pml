/* SPDX-License-Identifier: MIT */
/*
 * A reader of a maple tree beside a writer that replaces its nodes (lib/maple/read.c, ma_replace() in write.c, mas_dead_node()
 * in alloc.c). A tree of two levels; one key is looked at, so a node is its one slot, with a node below or an entry in it.
 *
 *	reader					writer
 *	p = root				new node, filled
 *	again: v = p's slot			publish it in the parent's slot, or in root
 *	is p dead? then from the root		mark the old one dead
 *	p is a leaf? v is the entry		call_rcu(): its head is written over the old one's slot
 *	p = v, again
 *
 * Checked: what a reader returns was the entry of the key at some moment between its begin and its end, and it does not touch
 * a node that was freed, or that was freed and is another one now. Steps are atomic, as in vma_lock.pml.
 *
 * Planted mistakes, by -D: NO_DEAD_CHECK CHECK_FIRST MARK_LATE PUBLISH_EARLY FREE_FIRST NO_SECTION FREE_AT_ONCE
 */
#define NR_OBJECTS	5	/* nodes: two in the tree, two that a store may add, one that waits for its grace period */
#define NR_STORES	3
#define EMPTY		16	/* a slot that is not filled yet */
#define HEAD		17	/* what call_rcu() writes over a slot */

byte root, slot[NR_OBJECTS];
bool dead[NR_OBJECTS], leaf[NR_OBJECTS];
byte made[NR_OBJECTS];		/* how often a node was made of this memory */

byte now = 1;			/* the entry of the key; the n-th store makes it n + 1 */
byte seen;			/* while the reader is on its way, a bit for each entry that there was since its begin */

#define before_free(node)	skip
#include "rcu.pml"

/* ---- reading ---- */

#define touch(node)	assert(node < NR_OBJECTS && state[node] != FREE && made[node] == birth)

inline follow(pointer)
{
	d_step {
		p = pointer;
		assert(p < NR_OBJECTS);
		birth = made[p];
		touch(p)
	}
}

inline if_dead_restart()
{
	d_step { touch(p); is_dead = dead[p] };
	if
	:: is_dead -> is_dead = false; goto restart
	:: else
	fi
}

inline end_of_read()
{
	d_step {
		assert(v < EMPTY && (seen & (1 << v)));
		p = 0; v = 0; birth = 0;
		seen = 0
	}
}

proctype reader(byte me)
{
	byte p, v, birth, i;
	bool is_dead;

	seen = 1 << now;
#ifndef NO_SECTION
	rcu_read_lock();
#endif
restart:
	follow(root);
	do
	::
#ifdef CHECK_FIRST
		if_dead_restart();
#endif
		d_step { touch(p); v = slot[p] };
#if !defined(CHECK_FIRST) && !defined(NO_DEAD_CHECK)
		if_dead_restart();
#endif
		if
		:: leaf[p] -> break
		:: else -> follow(v)
		fi
	od;
	rcu_read_unlock();
	end_of_read()
}

/* ---- writing ---- */

/* The first node that is free, which makes the most of them again; the writer sleeps while there is none. */
#define is_free(n)	(state[n] == FREE)
inline alloc(node, is_leaf)
{
	atomic {
		is_free(0) || is_free(1) || is_free(2) || is_free(3) || is_free(4);
		node = (is_free(0) -> 0 : (is_free(1) -> 1 : (is_free(2) -> 2 : (is_free(3) -> 3 : 4))));
		state[node] = LIVE;
		made[node]++;
		dead[node] = false;
		leaf[node] = is_leaf;
		slot[node] = EMPTY
	}
}

/* The entry of the key is another one from this moment on. */
inline entry_is(entry)
{
	now = entry;
	seen = seen | (seen -> 1 << now : 0)
}

/* Queue the node, which begins with the head; mas_dead_node(). */
inline dead_node(node)
{
#if !defined(MARK_LATE)
	dead[node] = true;
#endif
	slot[node] = HEAD;
#ifdef MARK_LATE
	dead[node] = true;
#endif
	call_rcu(node)
}

/* store_exact: one store into the leaf. */
inline store_exact(entry)
{
	d_step { slot[old_leaf] = entry; entry_is(entry) }
}

/* store_node: a copy of the leaf takes its place. */
inline store_node(entry)
{
	alloc(new, true);
#ifdef PUBLISH_EARLY
	d_step { slot[inner] = new; entry_is(entry) };
	slot[new] = entry;
#else
	slot[new] = entry;
#ifdef FREE_FIRST
	dead_node(old_leaf);
#endif
	d_step { slot[inner] = new; entry_is(entry) };
#endif
#ifndef FREE_FIRST
	dead_node(old_leaf);
#endif
	old_leaf = new
}

/* store_spanning: a part of the tree, here all, is built anew and comes in by one store. */
inline store_spanning(entry)
{
	alloc(new, true);
	slot[new] = entry;
	alloc(above, false);
	slot[above] = new;
	d_step { root = above; entry_is(entry) };
	dead_node(inner);
	dead_node(old_leaf);
	d_step { inner = above; old_leaf = new }
}

/* An inner node is replaced beside the key: the leaf stays. */
inline replace_inner()
{
	alloc(above, false);
	slot[above] = old_leaf;
	root = above;
	dead_node(inner);
	inner = above
}

proctype writer(byte inner, old_leaf)
{
	byte new, above, n;

	do
	:: n < NR_STORES ->
		n++;
		if
		:: store_exact(n + 1)
		:: store_node(n + 1)
		:: store_spanning(n + 1)
		:: replace_inner()
		fi
	:: else -> break
	od
}

init {
	atomic {
		state[0] = LIVE;
		state[1] = LIVE;
		leaf[1] = true;
		slot[0] = 1;
		slot[1] = now;
		run reader(1);
		run writer(0, 1)
	}
}
