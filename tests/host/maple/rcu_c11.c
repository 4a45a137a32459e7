/* SPDX-License-Identifier: MIT */
/*
 * The small RCU that stands in for liburcu under ThreadSanitizer: see rcu_c11.h.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/host/maple/rcu_c11.h"

#define THREADS_MAX	1024	/* threads that ever read */

static _Atomic unsigned long number = 1;		/* of the present grace period */
static _Atomic unsigned long epochs[THREADS_MAX];	/* per thread: see rcu_c11.h */
static _Atomic unsigned int nr_threads;

static _Thread_local _Atomic unsigned long *my_epoch;
static _Thread_local unsigned int nesting;

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t queue_done = PTHREAD_COND_INITIALIZER;
static struct rcu_head *queue;			/* queue_lock */
static unsigned long nr_queued, nr_done;	/* queue_lock; ever */
static bool started;				/* queue_lock: the thread that empties the queue */

void rcu_read_lock(void)
{
	if (nesting++)
		return;
	if (!my_epoch) {
		unsigned int slot = atomic_fetch_add(&nr_threads, 1);

		if (slot >= THREADS_MAX) {
			fprintf(stderr, "rcu_c11: more than %d threads\n", THREADS_MAX);
			abort();
		}
		my_epoch = &epochs[slot];
	}
	/* An exchange, not a store: what the reader loads next must not come before it. */
	atomic_exchange(my_epoch, atomic_load(&number));
}

void rcu_read_unlock(void)
{
	if (--nesting == 0)
		atomic_store(my_epoch, 0);
}

/* Every reader that began before this call has finished. */
static void wait_for_readers(void)
{
	unsigned long old = atomic_fetch_add(&number, 1);
	unsigned int nr = atomic_load(&nr_threads);

	for (unsigned int i = 0; i < nr && i < THREADS_MAX; i++) {
		unsigned long epoch;

		while ((epoch = atomic_load(&epochs[i])) && epoch <= old)
			sched_yield();
	}
}

/* The thread that empties the queue: take all, wait for the readers of now, call. */
static void *reclaim(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&queue_lock);
	for (;;) {
		struct rcu_head *list = queue;
		unsigned long nr = 0;

		if (!list) {
			pthread_cond_wait(&queue_filled, &queue_lock);
			continue;
		}
		queue = NULL;
		pthread_mutex_unlock(&queue_lock);
		wait_for_readers();
		for (; list; nr++) {
			struct rcu_head *head = list;

			list = atomic_load_explicit(&head->next, memory_order_relaxed);
			atomic_load_explicit(&head->func, memory_order_relaxed)(head);
		}
		pthread_mutex_lock(&queue_lock);
		nr_done += nr;
		pthread_cond_broadcast(&queue_done);
	}
	return NULL;
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	pthread_mutex_lock(&queue_lock);
	if (!started) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, reclaim, NULL)) {
			perror("rcu_c11");
			abort();
		}
		pthread_detach(thread);
		started = true;
	}
	atomic_store_explicit(&head->func, func, memory_order_release);
	atomic_store_explicit(&head->next, queue, memory_order_release);
	if (!queue)
		pthread_cond_signal(&queue_filled);
	queue = head;
	nr_queued++;
	pthread_mutex_unlock(&queue_lock);
}

void rcu_barrier(void)
{
	unsigned long until;

	pthread_mutex_lock(&queue_lock);
	until = nr_queued;
	while (nr_done < until)
		pthread_cond_wait(&queue_done, &queue_lock);
	pthread_mutex_unlock(&queue_lock);
}
