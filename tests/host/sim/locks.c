/* SPDX-License-Identifier: MIT */
/*
 * Locks for one thread: nothing ever waits, so each call checks what would have gone wrong
 * with several: taken twice, dropped by somebody else, taken against the order, slept with a
 * spinlock held.
 *
 * The order is learned. Locks that one line of code initialises are a class (static ones are each their
 * own). after[a] has bit b when b was once taken with a held; taking a below b is then an inversion.
 *
 *	mmap_lock held, page_table_lock taken	after[mmap_lock] |= page_table_lock
 *	page_table_lock held, mmap_lock taken	panic: could deadlock
 *
 * A class may be nested in itself once (fork holds parent's and child's), or in order of addresses.
 */
#include "kernel/core/bug.h"
#include "kernel/sched/rwsem.h"
#include "kernel/sched/task.h"
#include "tests/host/sim/sim.h"

#define NR_CLASSES	64u
#define NR_HELD		4096u	/* validate_mm() holds the locks of all tables */

static struct lock_class {
	const void *key;		/* return address of the initialiser, or a static lock */
	unsigned long after;		/* classes that were taken inside this one, directly or not */
} classes[NR_CLASSES];
static unsigned int nr_classes;

static struct held_lock {
	const void *lock;
	unsigned int class;
	bool spin;
} held[NR_HELD];
static unsigned int nr_held, nr_spin_held;

static unsigned int class_of(const void *key)
{
	for (unsigned int i = 0; i < nr_classes; i++)
		if (classes[i].key == key)
			return i;
	if (nr_classes == NR_CLASSES)
		panic("sim: too many classes of locks");
	classes[nr_classes].key = key;
	return nr_classes++;
}

static void note_order(unsigned int outer, unsigned int inner)
{
	if (classes[outer].after & 1UL << inner)
		return;
	if (classes[inner].after & 1UL << outer)
		panic("sim: lock order: %p inside %p, seen the other way round before",
		      classes[inner].key, classes[outer].key);
	/* Whoever had outer inside it has inner, and all that is inside inner, too. */
	for (unsigned int i = 0; i < nr_classes; i++)
		if (i == outer || (classes[i].after & 1UL << outer))
			classes[i].after |= 1UL << inner | classes[inner].after;
}

static void note_held(const void *lock, unsigned int class, bool spin)
{
	if (nr_held == NR_HELD)
		panic("sim: too many locks held");
	held[nr_held++] = (struct held_lock){ lock, class, spin };
	nr_spin_held += spin;
}

static void note_taken(const void *lock, unsigned int class, bool spin, bool try)
{
	unsigned int same = 0;

	if (!spin && nr_spin_held && !try)
		panic("sim: lock %p may sleep, with %u spinlocks held", lock, nr_spin_held);
	for (unsigned int i = 0; i < nr_held; i++) {
		if (held[i].class != class) {
			if (!try)
				note_order(held[i].class, class);
		} else if (++same > 1 && lock < held[i].lock) {
			panic("sim: third lock of one class, out of order: %p", lock);
		}
	}
	note_held(lock, class, spin);
}

static void note_dropped(const void *lock, bool spin)
{
	for (unsigned int i = nr_held; i-- > 0;) {
		if (held[i].lock != lock)
			continue;
		nr_held--;
		for (; i < nr_held; i++)
			held[i] = held[i + 1];
		nr_spin_held -= spin;
		return;
	}
	panic("sim: lock %p was not held", lock);
}

void sim_check_no_locks(void)
{
	if (nr_held)
		panic("sim: %u locks still held, the first is %p", nr_held, held[0].lock);
}

/* ---- spinlocks: locked is class + 1 << 1 | held; class part 0: never initialised at run time ---- */

void spin_lock_init(spinlock_t *lock)
{
	lock->locked = (class_of(__builtin_return_address(0)) + 1) << 1;
	lock->holder = 0;
}

static void take_spin(spinlock_t *lock, bool try)
{
	unsigned int class = lock->locked >> 1;

	if (lock->locked & 1)
		panic("sim: spinlock %p taken twice", (void *)lock);
	note_taken(lock, class ? class - 1 : class_of(lock), /* spin = */ true, try);
	lock->locked |= 1;
	lock->holder = this_cpu_id() + 1;
}

void spin_lock(spinlock_t *lock)
{
	take_spin(lock, /* try = */ false);
}

void spin_lock_nest_lock(spinlock_t *lock, const spinlock_t *outer)
{
	if (!spin_is_held(outer))
		panic("sim: spinlock %p without %p", (void *)lock, (const void *)outer);
	if (lock->locked & 1)
		panic("sim: spinlock %p taken twice", (void *)lock);
	note_held(lock, (lock->locked >> 1) - 1, /* spin = */ true);
	lock->locked |= 1;
	lock->holder = this_cpu_id() + 1;
}

bool spin_trylock(spinlock_t *lock)
{
	if (lock->locked & 1)
		return false;
	take_spin(lock, /* try = */ true);
	return true;
}

void spin_unlock(spinlock_t *lock)
{
	if (!spin_is_held(lock))
		panic("sim: spinlock %p dropped by a hart that does not hold it", (void *)lock);
	lock->locked &= ~1u;
	lock->holder = 0;
	note_dropped(lock, /* spin = */ true);
}

unsigned int spin_locks_held(void)
{
	return nr_spin_held;
}

bool spin_is_held(const spinlock_t *lock)
{
	return (lock->locked & 1) && lock->holder == this_cpu_id() + 1;
}

/* ---- rwsems: the class is kept where the real one has its waiters ---- */

void init_rwsem(struct rw_semaphore *sem)
{
	sem->count = 0;
	sem->owner = NULL;
	sem->waiters.next = (void *)((unsigned long)class_of(__builtin_return_address(0)) + 1);
}

void rwsem_destroy(struct rw_semaphore *sem)
{
	if (sem->count)
		panic("sim: rwsem %p is freed while it is held", (void *)sem);
}

static unsigned int rwsem_class(const struct rw_semaphore *sem)
{
	unsigned long class = (unsigned long)sem->waiters.next;

	if (class < 1 || class > nr_classes)
		panic("sim: rwsem %p was never initialised", (const void *)sem);
	return class - 1;
}

static void take_rwsem(struct rw_semaphore *sem, bool write, bool try)
{
	/* A second reader comes when one hart's step is run inside another's, at a race point; the owner is the first. */
	if (sem->count && (write || sem->count & RWSEM_WRITER || sem->owner == current))
		panic("sim: rwsem %p taken while %s has it: deadlock", (void *)sem,
		      sem->count & RWSEM_WRITER ? "a writer" : "a reader");
	note_taken(sem, rwsem_class(sem), /* spin = */ false, try);
	if (!sem->count)
		sem->owner = current;
	sem->count += write ? RWSEM_WRITER : RWSEM_READER;
}

void down_read(struct rw_semaphore *sem)
{
	take_rwsem(sem, /* write = */ false, /* try = */ false);
}

void down_write(struct rw_semaphore *sem)
{
	take_rwsem(sem, /* write = */ true, /* try = */ false);
}

bool down_read_trylock(struct rw_semaphore *sem)
{
	if (sem->count)
		return false;
	take_rwsem(sem, /* write = */ false, /* try = */ true);
	return true;
}

bool down_write_trylock(struct rw_semaphore *sem)
{
	if (sem->count)
		return false;
	take_rwsem(sem, /* write = */ true, /* try = */ true);
	return true;
}

int down_read_killable(struct rw_semaphore *sem)
{
	down_read(sem);
	return 0;
}

int down_write_killable(struct rw_semaphore *sem)
{
	down_write(sem);
	return 0;
}

static void drop_rwsem(struct rw_semaphore *sem, u32 count)
{
	bool inner = count == RWSEM_READER && sem->count == 2 * RWSEM_READER && sem->owner != current;

	if (!inner && (sem->count != count || sem->owner != current))
		panic("sim: rwsem %p dropped by somebody who does not hold it so", (void *)sem);
	sem->count -= count;
	if (!sem->count)
		sem->owner = NULL;
	note_dropped(sem, /* spin = */ false);
}

void up_read(struct rw_semaphore *sem)
{
	drop_rwsem(sem, RWSEM_READER);
}

void up_write(struct rw_semaphore *sem)
{
	drop_rwsem(sem, RWSEM_WRITER);
}

void downgrade_write(struct rw_semaphore *sem)
{
	if (sem->count != RWSEM_WRITER || sem->owner != current)
		panic("sim: rwsem %p is not ours to downgrade", (void *)sem);
	sem->count = RWSEM_READER;
}

bool rwsem_is_locked(const struct rw_semaphore *sem)
{
	return sem->count;
}

bool rwsem_is_write_held(const struct rw_semaphore *sem)
{
	return sem->count == RWSEM_WRITER && sem->owner == current;
}
