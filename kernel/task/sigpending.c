/* SPDX-License-Identifier: MIT */
/*
 * Sets of pending signals: a mask says which, a queue what each one's siginfo will be. Callers
 * hold the process's siglock.
 */
#include "kernel/mm/frame/gfp.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"

#define QUEUE_MAX	256	/* entries of one set, so that a program cannot fill memory with signals */

struct sigqueue {
	struct list_head node;
	struct sig_event event;
};

static struct kmem_cache *sigqueue_cache;

void signal_init(void)
{
	sigqueue_cache = kmem_cache_create("sigqueue", sizeof(struct sigqueue), 0, 0, NULL);
}

void sigpending_init(struct sigpending *pending)
{
	pending->mask = 0;
	pending->nr_queued = 0;
	INIT_LIST_HEAD(&pending->queue);
}

void sigpending_remove(struct sigpending *pending, u64 mask)
{
	struct sigqueue *q, *next;

	if (!(pending->mask & mask))
		return;
	pending->mask &= ~mask;
	list_for_each_entry_safe(q, next, &pending->queue, node) {
		if (!(SIGMASK(q->event.signo) & mask))
			continue;
		list_del(&q->node);
		pending->nr_queued--;
		kmem_cache_free(sigqueue_cache, q);
	}
}

void sigpending_flush(struct sigpending *pending)
{
	sigpending_remove(pending, ~0UL);
}

int sigpending_add(struct sigpending *pending, const struct sig_event *event)
{
	struct sigqueue *q = NULL;

	if (event->signo < 32 && (pending->mask & SIGMASK(event->signo)))
		return 0;		/* classic signals do not count */
	if (pending->nr_queued < QUEUE_MAX)
		q = kmem_cache_alloc(sigqueue_cache, GFP_ATOMIC | __GFP_NOFAIL_INJECT);
	if (!q && event->signo >= 32 && event->code != SI_USER)
		return -EAGAIN;
	pending->mask |= SIGMASK(event->signo);
	if (!q)
		return 0;
	q->event = *event;
	list_add_tail(&q->node, &pending->queue);
	pending->nr_queued++;
	return 0;
}

bool sigpending_take(struct sigpending *pending, u64 blocked, struct sig_event *event)
{
	u64 ready = pending->mask & ~blocked;
	struct sigqueue *q, *found = NULL;
	bool more = false;
	int signo;

	if (!ready)
		return false;
	signo = __builtin_ctzl(ready) + 1;
	list_for_each_entry(q, &pending->queue, node) {
		if (q->event.signo != signo)
			continue;
		if (found) {
			more = true;
			break;
		}
		found = q;
	}
	*event = (struct sig_event){ .signo = signo };
	if (found) {
		*event = found->event;
		list_del(&found->node);
		pending->nr_queued--;
		kmem_cache_free(sigqueue_cache, found);
	}
	if (!more)
		pending->mask &= ~SIGMASK(signo);
	return true;
}
