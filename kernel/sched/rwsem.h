/* SPDX-License-Identifier: MIT */
/*
 * Sleeping locks. rwsem: many readers or one writer: a waiting writer
 * stops new readers, and other writers overtake it for a short time only. mutex: one holder. Both may be held across a sleep; a task
 * that waits is off the run queue.
 */
#ifndef KERNEL_SCHED_RWSEM_H
#define KERNEL_SCHED_RWSEM_H

#include "kernel/core/spinlock.h"
#include "lib/list.h"

struct task;

/* count: a writer holds it | tasks wait, no reader may enter | nor may a writer | readers, times this */
#define RWSEM_WRITER	1u
#define RWSEM_WAITERS	2u
#define RWSEM_HANDOFF	4u
#define RWSEM_READER	8u

struct rw_semaphore {
	u32 count;		/* RWSEM_* bits; atomic: one access takes or drops an uncontended lock */
	spinlock_t wait_lock;	/* protects waiters */
	struct list_head waiters;
	struct task *owner;	/* writer, for assertions */
	u32 leaving;		/* readers inside up_read(); atomic, for rwsem_destroy(), debug builds only */
};

void init_rwsem(struct rw_semaphore *sem);
/* rwsem_destroy() - what @sem is in is about to be freed: no task may hold it, wait for it or still be in up_*(). */
void rwsem_destroy(struct rw_semaphore *sem);
#if defined(RELEASE) && !__STDC_HOSTED__
/* Each fault takes a free lock for reading: that is done in place. rwsem.c has the rest. */
void down_read_contended(struct rw_semaphore *sem);
void up_read_contended(struct rw_semaphore *sem);

static inline bool down_read_trylock(struct rw_semaphore *sem)
{
	u32 count = READ_ONCE(sem->count);

	while (likely(!(count & (RWSEM_WRITER | RWSEM_WAITERS))))
		if (likely(__atomic_compare_exchange_n(&sem->count, &count, count + RWSEM_READER, false,
						       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
			return true;
	return false;
}

static inline void down_read(struct rw_semaphore *sem)
{
	if (unlikely(!down_read_trylock(sem)))
		down_read_contended(sem);
}

static inline void up_read(struct rw_semaphore *sem)
{
	if (unlikely(__atomic_sub_fetch(&sem->count, RWSEM_READER, __ATOMIC_RELEASE) - 1 < RWSEM_READER - 1))	/* the last one, and tasks wait */
		up_read_contended(sem);
}
#else
void down_read(struct rw_semaphore *sem);
bool down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
#endif
void down_write(struct rw_semaphore *sem);
bool down_write_trylock(struct rw_semaphore *sem);
/* down_read_killable(), down_write_killable() - -EINTR, and it is not held, when the task is to end before it has it. */
int __must_check down_read_killable(struct rw_semaphore *sem);
int __must_check down_write_killable(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
/* downgrade_write() - turn the held write lock into a read lock; wakes readers. */
void downgrade_write(struct rw_semaphore *sem);
/* rwsem_is_contended() - does a task wait for it? A holder with a long way to go drops it then. */
static inline bool rwsem_is_contended(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->count) & RWSEM_WAITERS;
}

/* For assertions: is it held at all (any holder) / held for write by the current task? */
bool rwsem_is_locked(const struct rw_semaphore *sem);
bool rwsem_is_write_held(const struct rw_semaphore *sem);

struct mutex {
	struct rw_semaphore sem;
};

static inline void mutex_init(struct mutex *m) { init_rwsem(&m->sem); }
static inline void mutex_destroy(struct mutex *m) { rwsem_destroy(&m->sem); }
static inline void mutex_lock(struct mutex *m) { down_write(&m->sem); }
static inline int __must_check mutex_lock_killable(struct mutex *m) { return down_write_killable(&m->sem); }
static inline bool mutex_trylock(struct mutex *m) { return down_write_trylock(&m->sem); }
static inline void mutex_unlock(struct mutex *m) { up_write(&m->sem); }
static inline bool mutex_is_held(const struct mutex *m) { return rwsem_is_write_held(&m->sem); }

#endif
