/* SPDX-License-Identifier: MIT */
/*
 * Sleeping reader-writer lock. Taken or dropped without contention it costs one atomic
 * access. Once RWSEM_WAITERS is set no task enters by itself any more: the lock
 * is handed over, in order of arrival, by grant(), which runs under wait_lock.
 *
 * A writer that leaves does not touch the lock any more once the next owner can have it: without waiters one
 * compare-and-swap ends it, with waiters he hands over under wait_lock, and the next owner has to take that before he goes
 * on. So the last task that gets the lock may free what it is in. A reader that leaves may still be
 * on his way to wake the next one: he holds a reference of what the lock is in until up_read() has returned.
 *
 *	count	0		free
 *		WRITER		one writer
 *		n * READER	n readers
 *		... | WAITERS	the queue is not empty
 */
#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/sched/rwsem.h"
#include "kernel/sched/sched.h"

struct rwsem_waiter {
	struct list_head node;
	struct task *task;
	bool write;
	bool granted;			/* wait_lock */
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

static void grant_one(struct rwsem_waiter *w)
{
	list_del(&w->node);
	w->granted = true;
	wake_up_process(w->task);
}

/* Hand the lock to the first waiter, if it can have it: a writer alone, or all readers in a row. */
static void grant(struct rw_semaphore *sem)
{
	struct rwsem_waiter *w, *next;
	u32 count = __atomic_load_n(&sem->count, __ATOMIC_ACQUIRE);

	VM_BUG_ON(!spin_is_held(&sem->wait_lock));
	if (list_empty(&sem->waiters) || (count & RWSEM_WRITER))
		return;

	w = list_first_entry(&sem->waiters, struct rwsem_waiter, node);
	if (w->write) {
		if (count != RWSEM_WAITERS)
			return;		/* readers are still inside */
		__atomic_fetch_or(&sem->count, RWSEM_WRITER, __ATOMIC_ACQUIRE);
		WRITE_ONCE(sem->owner, w->task);
		grant_one(w);
	} else {
		list_for_each_entry_safe(w, next, &sem->waiters, node) {
			if (w->write)
				break;
			__atomic_fetch_add(&sem->count, RWSEM_READER, __ATOMIC_ACQUIRE);
			grant_one(w);
		}
	}
	if (list_empty(&sem->waiters))
		__atomic_fetch_and(&sem->count, ~RWSEM_WAITERS, __ATOMIC_RELAXED);
}

static void wait_turn(struct rw_semaphore *sem, bool write)
{
	struct rwsem_waiter w = { .task = current, .write = write };
	bool granted;

	VM_BUG_ON(current->flags & TASK_IDLE);

	spin_lock(&sem->wait_lock);
	list_add_tail(&w.node, &sem->waiters);
	__atomic_fetch_or(&sem->count, RWSEM_WAITERS, __ATOMIC_SEQ_CST);
	grant(sem);			/* the holder may have left meanwhile */
	granted = w.granted;
	spin_unlock(&sem->wait_lock);

	while (!granted) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		/* Reading under the lock: the waker is done with @w once we see it. */
		spin_lock(&sem->wait_lock);
		granted = w.granted;
		spin_unlock(&sem->wait_lock);
		if (!granted)
			schedule();
	}
	set_current_state(TASK_RUNNING);
}

static void wake_next(struct rw_semaphore *sem)
{
	spin_lock(&sem->wait_lock);
	grant(sem);
	spin_unlock(&sem->wait_lock);
}

#ifdef RELEASE
void down_read_contended(struct rw_semaphore *sem)
{
	wait_turn(sem, /* write = */ false);
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
		wait_turn(sem, /* write = */ false);
}

void up_read(struct rw_semaphore *sem)
{
	u32 count;

	VM_BUG_ON(READ_ONCE(sem->count) < RWSEM_READER);
	__atomic_fetch_add(&sem->leaving, 1, __ATOMIC_RELAXED);
	count = __atomic_sub_fetch(&sem->count, RWSEM_READER, __ATOMIC_RELEASE);
	race_point("up_read: dropped");
	if (unlikely(count == RWSEM_WAITERS))
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
		wait_turn(sem, /* write = */ true);
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
	grant(sem);
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
	if (__atomic_add_fetch(&sem->count, RWSEM_READER - RWSEM_WRITER, __ATOMIC_RELEASE) & RWSEM_WAITERS)
		wake_next(sem);
}

bool rwsem_is_locked(const struct rw_semaphore *sem)
{
	return (READ_ONCE(sem->count) & ~RWSEM_WAITERS) != 0;
}

bool rwsem_is_write_held(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->owner) == current;
}
