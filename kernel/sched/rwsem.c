/* SPDX-License-Identifier: MIT */
/*
 * Sleeping reader-writer lock. Taken or dropped without contention it costs one atomic
 * access. With RWSEM_WAITERS set, tasks wait in a queue, and are given the lock in order of arrival, by grant(), which runs under
 * wait_lock. Readers do not overtake them. A writer may, for as long as the first in the queue has waited less than HANDOFF_NS: a
 * task that was asleep needs a while until it runs, and if the lock were kept for it meanwhile, the others would have to sleep as
 * well, each time. After that the lock goes from hand to hand, so nobody waits for ever.
 *
 * A task that finds the lock taken spins for a moment first (spin_a_while()).
 *
 * A writer that leaves does not touch the lock any more once the next owner can free what it is in: without waiters one
 * compare-and-swap ends it; with waiters it hands over, or wakes one, under wait_lock. A writer that overtakes them is not the last
 * owner, and each of them takes wait_lock before it goes on. A reader that leaves may still be on its way to wake the next one:
 * it holds a reference of what the lock is in until up_read() has returned.
 *
 *	count	0		free
 *		WRITER		one writer
 *		n * READER	n readers
 *		... | WAITERS	the queue is not empty
 *		... | HANDOFF	its first has waited for long: nobody overtakes it
 */
#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/core/time.h"
#include "kernel/sched/rwsem.h"
#include "kernel/sched/sched.h"
#include "lib/errno.h"

#define HANDOFF_NS	2000000

struct rwsem_waiter {
	struct list_head node;
	struct task *task;
	bool write;
	bool granted;			/* wait_lock */
	u64 since;			/* ktime: when it began to wait */
};

void init_rwsem(struct rw_semaphore *sem)
{
	sem->count = 0;
	spin_lock_init(&sem->wait_lock);
	INIT_LIST_HEAD(&sem->waiters);
	sem->owner = NULL;
	sem->leaving = 0;
}

static bool count_cas(struct rw_semaphore *sem, u32 old, u32 new)
{
	return __atomic_compare_exchange_n(&sem->count, &old, new, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Take the lock unless its holders are in the way; what others wait for is not looked at. */
static bool enter(struct rw_semaphore *sem, bool write)
{
	u32 count = READ_ONCE(sem->count);

	while (!(count & RWSEM_WRITER) && (!write || count < RWSEM_READER))
		if (__atomic_compare_exchange_n(&sem->count, &count, count + (write ? RWSEM_WRITER : RWSEM_READER), false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

static struct rwsem_waiter *first_waiter(struct rw_semaphore *sem)
{
	return list_empty(&sem->waiters) ? NULL : list_first_entry(&sem->waiters, struct rwsem_waiter, node);
}

/* The queue is empty: anybody may enter again. */
static void check_queue(struct rw_semaphore *sem)
{
	if (list_empty(&sem->waiters))
		__atomic_fetch_and(&sem->count, ~RWSEM_WAITERS, __ATOMIC_RELAXED);
}

/* Give the lock to the first in the queue, if it can have it: a writer alone, or all readers in a row. */
static void grant(struct rw_semaphore *sem)
{
	struct rwsem_waiter *w;

	VM_BUG_ON(!spin_is_held(&sem->wait_lock));
	while ((w = first_waiter(sem)) != NULL && enter(sem, w->write)) {
		__atomic_fetch_and(&sem->count, ~RWSEM_HANDOFF, __ATOMIC_RELAXED);
		if (w->write)
			WRITE_ONCE(sem->owner, w->task);
		list_del(&w->node);
		w->granted = true;
		wake_up_process(w->task);
	}
	check_queue(sem);
}

/* The lock has been dropped, and tasks may wait for it. */
static void pass_on(struct rw_semaphore *sem)
{
	struct rwsem_waiter *first = first_waiter(sem);

	if (!first)
		return;
	if (ktime_get_ns() - first->since >= HANDOFF_NS)
		__atomic_fetch_or(&sem->count, RWSEM_HANDOFF, __ATOMIC_RELAXED);
	else if (first->write) {
		wake_up_process(first->task);	/* it enters by itself, if no other writer is faster */
		return;
	}
	grant(sem);
}

/* What a task may do that has not joined the queue yet: a writer overtakes those who have, but for RWSEM_HANDOFF. */
static bool try_lock(struct rw_semaphore *sem, bool write)
{
	if (!write)
		return down_read_trylock(sem);
	if (!down_write_trylock(sem) && !count_cas(sem, RWSEM_WAITERS, RWSEM_WAITERS | RWSEM_WRITER))
		return false;
	WRITE_ONCE(sem->owner, current);
	return true;
}

static bool spin_for_turn(struct rw_semaphore *sem, bool write)
{
	u64 until = 0;

	while (!try_lock(sem, write))
		if (!spin_a_while(&until))
			return false;
	return true;
}

static void join_queue(struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	w->since = ktime_get_ns();
	spin_lock(&sem->wait_lock);
	list_add_tail(&w->node, &sem->waiters);
	__atomic_fetch_or(&sem->count, RWSEM_WAITERS, __ATOMIC_SEQ_CST);
	spin_unlock(&sem->wait_lock);
}

/* Enter if it is @w's turn; or, when @give_up, leave the queue. Returns whether @w has the lock. */
static bool try_turn(struct rw_semaphore *sem, struct rwsem_waiter *w, bool give_up)
{
	bool granted;

	/* Under the lock: whoever grants is done with @w once we see it. */
	spin_lock(&sem->wait_lock);
	if (!w->granted)
		grant(sem);
	granted = w->granted;
	if (!granted && give_up) {
		list_del(&w->node);
		__atomic_fetch_and(&sem->count, ~RWSEM_HANDOFF, __ATOMIC_RELAXED);
		grant(sem);		/* readers that waited behind a writer only */
	}
	spin_unlock(&sem->wait_lock);
	return granted;
}

/* Sleep in the queue. False: with TASK_KILLABLE, the task has to end. */
static bool wait_turn(struct rw_semaphore *sem, bool write, unsigned int state)
{
	struct rwsem_waiter w = { .task = current, .write = write };
	bool granted, give_up;

	VM_BUG_ON(current->flags & TASK_IDLE);
	if (spin_for_turn(sem, write))
		return true;

	join_queue(sem, &w);
	for (;;) {
		set_current_state(state);
		give_up = state == TASK_KILLABLE && fatal_signal_pending(current);
		granted = try_turn(sem, &w, give_up);
		if (granted || give_up)
			break;
		schedule();
	}
	set_current_state(TASK_RUNNING);
	return granted;
}

static void wake_next(struct rw_semaphore *sem)
{
	spin_lock(&sem->wait_lock);
	pass_on(sem);
	spin_unlock(&sem->wait_lock);
}

#ifdef RELEASE
void down_read_contended(struct rw_semaphore *sem)
{
	(void)wait_turn(sem, /* write = */ false, TASK_UNINTERRUPTIBLE);
}

void up_read_contended(struct rw_semaphore *sem)
{
	wake_next(sem);
}
#else
bool down_read_trylock(struct rw_semaphore *sem)
{
	u32 count = READ_ONCE(sem->count);

	while (!(count & (RWSEM_WRITER | RWSEM_WAITERS)))
		if (__atomic_compare_exchange_n(&sem->count, &count, count + RWSEM_READER, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

void down_read(struct rw_semaphore *sem)
{
	VM_BUG_ON(rwsem_is_write_held(sem));
	race_point_sleep("down_read");
	if (unlikely(!down_read_trylock(sem)))
		(void)wait_turn(sem, /* write = */ false, TASK_UNINTERRUPTIBLE);
}

void up_read(struct rw_semaphore *sem)
{
	u32 count;

	VM_BUG_ON(READ_ONCE(sem->count) < RWSEM_READER);
	__atomic_fetch_add(&sem->leaving, 1, __ATOMIC_RELAXED);
	count = __atomic_sub_fetch(&sem->count, RWSEM_READER, __ATOMIC_RELEASE);
	race_point("up_read: dropped");
	if (unlikely(count - 1 < RWSEM_READER - 1))
		wake_next(sem);
	__atomic_fetch_sub(&sem->leaving, 1, __ATOMIC_RELEASE);
}
#endif

bool down_write_trylock(struct rw_semaphore *sem)
{
	if (!count_cas(sem, 0, RWSEM_WRITER))
		return false;
	WRITE_ONCE(sem->owner, current);
	return true;
}

void down_write(struct rw_semaphore *sem)
{
	VM_BUG_ON(rwsem_is_write_held(sem));
	race_point_sleep("down_write");
	if (unlikely(!down_write_trylock(sem)))
		(void)wait_turn(sem, /* write = */ true, TASK_UNINTERRUPTIBLE);
}

int down_write_killable(struct rw_semaphore *sem)
{
	VM_BUG_ON(rwsem_is_write_held(sem));
	race_point_sleep("down_write_killable");
	return likely(down_write_trylock(sem)) || wait_turn(sem, /* write = */ true, killable_state()) ? 0 : -EINTR;
}

int down_read_killable(struct rw_semaphore *sem)
{
	VM_BUG_ON(rwsem_is_write_held(sem));
	race_point_sleep("down_read_killable");
	return likely(down_read_trylock(sem)) || wait_turn(sem, /* write = */ false, killable_state()) ? 0 : -EINTR;
}

void up_write(struct rw_semaphore *sem)
{
	u32 alone = RWSEM_WRITER;

	VM_BUG_ON(!rwsem_is_write_held(sem));
	WRITE_ONCE(sem->owner, NULL);
	if (likely(__atomic_compare_exchange_n(&sem->count, &alone, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))) {
		race_point("up_write: dropped");
		return;
	}
	spin_lock(&sem->wait_lock);
	__atomic_fetch_and(&sem->count, ~RWSEM_WRITER, __ATOMIC_RELEASE);
	pass_on(sem);
	spin_unlock(&sem->wait_lock);
}

void rwsem_destroy(struct rw_semaphore *sem)
{
	VM_BUG_ON(READ_ONCE(sem->count) || !list_empty(&sem->waiters) || READ_ONCE(sem->wait_lock.locked) ||
		  READ_ONCE(sem->leaving));
}

void downgrade_write(struct rw_semaphore *sem)
{
	VM_BUG_ON(!rwsem_is_write_held(sem));
	WRITE_ONCE(sem->owner, NULL);
	/* One addition turns the writer's bit into a reader. */
	if (!(__atomic_add_fetch(&sem->count, RWSEM_READER - RWSEM_WRITER, __ATOMIC_RELEASE) & RWSEM_WAITERS))
		return;
	spin_lock(&sem->wait_lock);
	grant(sem);
	spin_unlock(&sem->wait_lock);
}

bool rwsem_is_locked(const struct rw_semaphore *sem)
{
	return (READ_ONCE(sem->count) & ~(RWSEM_WAITERS | RWSEM_HANDOFF)) != 0;
}

bool rwsem_is_write_held(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->owner) == current;
}
