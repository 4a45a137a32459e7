/* SPDX-License-Identifier: MIT */
/*
 * Doubly linked ring lists threaded through the objects they hold.
 *
 *	head <-> A.node <-> B.node <-> (head)	an empty list points at itself
 *
 * The caller brings the lock. An object that is on no list has a node that
 * was initialised, or removed with list_del_init(); list_empty() tells, and
 * may be asked without the lock: next pointers are written with one access.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "lib/types.h"

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	WRITE_ONCE(list->next, list);
	list->prev = list;
}

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

static inline void list_link(struct list_head *prev, struct list_head *node,
			     struct list_head *next)
{
	node->prev = prev;
	node->next = next;
	WRITE_ONCE(prev->next, node);
	next->prev = node;
}

/* list_add() - put @node first. */
static inline void list_add(struct list_head *node, struct list_head *head)
{
	list_link(head, node, head->next);
}

/* list_add_tail() - put @node last. */
static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	list_link(head->prev, node, head);
}

/* list_del() - take @node out; its pointers are left pointing nowhere useful. */
static inline void list_del(struct list_head *node)
{
	WRITE_ONCE(node->prev->next, node->next);
	node->next->prev = node->prev;
	node->next = NULL;
	node->prev = NULL;
}

/* list_del_init() - take @node out and make it an empty list. */
static inline void list_del_init(struct list_head *node)
{
	WRITE_ONCE(node->prev->next, node->next);
	node->next->prev = node->prev;
	INIT_LIST_HEAD(node);
}

static inline void list_move(struct list_head *node, struct list_head *head)
{
	WRITE_ONCE(node->prev->next, node->next);
	node->next->prev = node->prev;
	list_add(node, head);
}

static inline void list_move_tail(struct list_head *node, struct list_head *head)
{
	WRITE_ONCE(node->prev->next, node->next);
	node->next->prev = node->prev;
	list_add_tail(node, head);
}

/* list_splice_init() - move all of @list to the front of @head; @list ends empty. */
static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	if (list_empty(list))
		return;
	list->prev->next = head->next;
	head->next->prev = list->prev;
	head->next = list->next;
	list->next->prev = head;
	INIT_LIST_HEAD(list);
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)	list_entry((head)->prev, type, member)
#define list_next_entry(pos, member) \
	list_entry((pos)->member.next, __typeof__(*(pos)), member)

#define list_for_each_entry(pos, head, member)					\
	for (pos = list_first_entry(head, __typeof__(*pos), member);		\
	     &pos->member != (head);						\
	     pos = list_next_entry(pos, member))

#define list_for_each_entry_reverse(pos, head, member)				\
	for (pos = list_last_entry(head, __typeof__(*pos), member);		\
	     &pos->member != (head);						\
	     pos = list_entry(pos->member.prev, __typeof__(*pos), member))

/* The same, and the body may remove or free @pos. */
#define list_for_each_entry_safe(pos, n, head, member)				\
	for (pos = list_first_entry(head, __typeof__(*pos), member),		\
	     n = list_next_entry(pos, member);					\
	     &pos->member != (head);						\
	     pos = n, n = list_next_entry(n, member))

#endif
