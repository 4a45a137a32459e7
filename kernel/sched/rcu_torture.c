/* SPDX-License-Identifier: MIT */
/*
 * The test of RCU; rcu_torture.h. Elements hang on slots, one of each writer:
 *
 *	slot[w] -> element: LIVE	readers on all harts take it in a section, hold it for a random time, and look: it must
 *	           REMOVED		not have become FREE, nor have another serial number
 *	           FREE			the writer's way of freeing (ways[]) ends here: back to the pool, and soon used again
 *
 * Flooders queue callbacks as fast as they can. Then two calm phases look at the time that it takes: with all harts idle, whose
 * interrupts nobody may have to wait for, and with all of them busy, so that none runs callbacks in its idle loop.
 */
#include "kernel/core/printk.h"
#include "kernel/core/race.h"
#include "kernel/core/time.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/rcu_torture.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"

#define USEC		1000u
#define POOL		128	/* elements of each writer */
#define READERS		2	/* for each hart */
#define FLOODERS	2
#define BARRIER_BATCH	2	/* callbacks between two rcu_barrier() */

enum state { FREE, LIVE, REMOVED };

struct element {
	struct rcu_head rcu;
	unsigned int state;		/* enum state */
	unsigned long serial;		/* another one each time it is taken from the pool */
	unsigned long check;		/* ~serial: was it written before the element was published? */
	struct element *next;		/* in the pool */
	unsigned int way;		/* whose */
};

#define WAYS 4
static struct element *pool[WAYS];	/* pool_lock */
static unsigned int pool_size;		/* of all; pool_lock */
static DEFINE_SPINLOCK(pool_lock);

static unsigned long seconds;		/* 0: no test */
static bool stop, released, calm;	/* the torture ends; the holder's part; the busy phase */
static atomic_t running;		/* readers, writers, flooders; busy threads */
static struct wait_queue changes = WAIT_QUEUE_INIT(changes);	/* of running, turn */
static unsigned long turn;		/* the reader that measures */
static atomic_t early, torn, barriers_early, over_limit;	/* what went wrong */
static atomic_t sections, freed, barriers;		/* what was done */

struct way {
	const char *name;
	void (*remove)(struct element *e);	/* and free it, now or later */
};
static struct element *slots[WAYS];	/* read by all, written by the writer whose it is */

/* ---- time and chance ---- */

static u64 next_random(u64 *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

static void spin_ns(u64 ns)
{
	u64 end = ktime_get_ns() + ns;

	while (ktime_get_ns() < end)
		cpu_relax();
}

/* Mostly not at all, sometimes longer than a tick. */
static void hold(u64 *seed)
{
	u64 dice = next_random(seed) % 256;

	if (dice < 6)
		spin_ns(next_random(seed) % (20000 * USEC));
	else if (dice < 16)
		spin_ns(next_random(seed) % (1000 * USEC));
	else if (dice < 64)
		spin_ns(next_random(seed) % (20 * USEC));
}

/* Outside of sections: nothing, a preemption point, another task's turn, or sleep, so that harts are idle now and then. */
static void rest(u64 *seed)
{
	u64 dice = next_random(seed) % 64;

	if (dice == 0)
		msleep((unsigned int)(next_random(seed) % 5) + 1);
	else if (dice < 24)
		yield();
	else
		cond_resched();
}

static bool failed;

static void fail(atomic_t *counter)
{
	atomic_inc(counter);
	WRITE_ONCE(failed, true);
	WRITE_ONCE(stop, true);
}

/* A thread of the kernel does not end. */
static void __noreturn park(void)
{
	atomic_dec(&running);
	wake_up(&changes);
	for (;;)
		sleep_until(~0ULL, TASK_UNINTERRUPTIBLE);
}

/* ---- elements ---- */

static struct element *element_new(unsigned int way)
{
	struct element *e;

	spin_lock(&pool_lock);
	e = pool[way];
	if (e) {
		pool[way] = e->next;
		pool_size--;
	}
	spin_unlock(&pool_lock);
	if (!e)
		return NULL;
	WRITE_ONCE(e->serial, e->serial + 1);
	WRITE_ONCE(e->check, ~e->serial);
	WRITE_ONCE(e->state, LIVE);
	return e;
}

static void element_free(struct element *e)
{
	WRITE_ONCE(e->state, FREE);
	spin_lock(&pool_lock);
	e->next = pool[e->way];
	pool[e->way] = e;
	pool_size++;
	spin_unlock(&pool_lock);
	atomic_inc(&freed);
}

static void element_callback(struct rcu_head *head)
{
	element_free(container_of(head, struct element, rcu));
}

/* Put a new element on slot @w. Returns the old one; NULL: the pool is empty. */
static struct element *replace(unsigned int w)
{
	struct element *new = element_new(w), *old = slots[w];

	if (!new)
		return NULL;
	rcu_assign_pointer(slots[w], new);
	WRITE_ONCE(old->state, REMOVED);
	return old;
}

/* ---- calm phases, for rcu_calm.c ---- */

/* Reader @i, on whatever hart it is, while all others sleep; one reader after the other, of as many as there are harts. */
static void measure_idle(unsigned long i)
{
	wait_event(&changes, READ_ONCE(turn) == i);
	if (i < nr_cpus && !READ_ONCE(failed)) {
		msleep(20);
		rcu_plant_calm(true);
		rcu_time_idle();
		rcu_plant_calm(false);
	}
	WRITE_ONCE(turn, i + 1);
	wake_up(&changes);
}

static void holder(__unused void *arg)
{
	rcu_hold(&released);
	park();
}

static void busy(__unused void *arg)
{
	while (!READ_ONCE(calm))
		cond_resched();
	park();
}

/* ---- readers ---- */

static void read_one(u64 *seed)
{
	struct element *e;
	unsigned long serial;

	rcu_read_lock();
	e = rcu_dereference(slots[next_random(seed) % WAYS]);
	serial = READ_ONCE(e->serial);
	if (READ_ONCE(e->check) != ~serial)
		fail(&torn);
	hold(seed);
	if (READ_ONCE(e->state) == FREE || READ_ONCE(e->serial) != serial)
		fail(&early);
	rcu_read_unlock();
	atomic_inc(&sections);
}

static void reader(void *arg)
{
	u64 seed = (u64)arg * 0x9e3779b97f4a7c15UL + 1;

	while (!READ_ONCE(stop)) {
		read_one(&seed);
		rest(&seed);
	}
	measure_idle((unsigned long)arg);
	park();
}

/* ---- writers ---- */

static void remove_by_callback(struct element *e)
{
	call_rcu(&e->rcu, element_callback);
}

static void remove_by_waiting(struct element *e)
{
	synchronize_rcu();
	element_free(e);
}

static void remove_in_a_hurry(struct element *e)
{
	synchronize_rcu_expedited();
	element_free(e);
}

static atomic_t batch_left;		/* callbacks of the last batch before a barrier; its writer's */

static void batch_callback(struct rcu_head *head)
{
	element_callback(head);
	atomic_dec(&batch_left);
}

/* Some callbacks, on whatever hart this is each time, then a barrier: they have all run, and what floods had queued. */
static void remove_by_barrier(struct element *e)
{
	static unsigned int n;
	int flood;

	atomic_inc(&batch_left);
	call_rcu(&e->rcu, batch_callback);
	yield();
	if (++n % BARRIER_BATCH)
		return;
	flood = atomic_read(&rcu_flood.queued);
	rcu_barrier();
	atomic_inc(&barriers);
	if (atomic_read(&batch_left) != 0 || atomic_read(&rcu_flood.run) < flood)
		fail(&barriers_early);
}

static const struct way ways[WAYS] = {
	{ "rcu-call", remove_by_callback },
	{ "rcu-wait", remove_by_waiting },
	{ "rcu-hurry", remove_in_a_hurry },
	{ "rcu-barrier", remove_by_barrier },
};

static void writer(void *arg)
{
	unsigned int w = (unsigned int)(unsigned long)arg;
	u64 seed = w + 1;
	struct element *old;

	while (!READ_ONCE(stop)) {
		old = replace(w);
		if (old)
			ways[w].remove(old);
		rest(&seed);
	}
	park();
}

static void flooder(__unused void *arg)
{
	if (!rcu_flood_until(&stop))
		fail(&over_limit);
	park();
}

/* ---- all of it ---- */

/* The most callbacks that a hart may keep: every task that queues some may have queued its part above the limit. */
#define BOUND	(RCU_LIMIT + FLOODERS * RCU_BURST + 2 * POOL + 2)

static bool all_run(void)
{
	rcu_barrier();
	return pool_size == WAYS * (POOL - 1) && atomic_read(&rcu_flood.queued) == atomic_read(&rcu_flood.run);
}

static void report(void)
{
	bool lost = !all_run(), slow = !rcu_times_report();
	unsigned long most = rcu_most_kept();
	bool good = !lost && !slow && most <= BOUND && !atomic_read(&early) && !atomic_read(&torn) &&
		    !atomic_read(&barriers_early) && !atomic_read(&over_limit);

	if (!good)
		printk("rcutorture: FAILED, %d freed early, %d torn, %d barriers early, %d times over the limit, %s lost, %s\n",
		       atomic_read(&early), atomic_read(&torn), atomic_read(&barriers_early), atomic_read(&over_limit),
		       lost ? "callbacks" : "none", slow ? "too slow" : "fast");
	printk("rcutorture: %s, %d sections, %d freed, %lu grace periods, %d barriers, at most %lu of %u kept, %d throttled\n",
	       good ? "ok" : "it did", atomic_read(&sections), atomic_read(&freed), (unsigned long)rcu_state.over,
	       atomic_read(&barriers), most, BOUND, atomic_read(&rcu_flood.throttled));
}

static void start(const char *name, void (*fn)(void *arg), unsigned long arg)
{
	atomic_inc(&running);
	if (!kernel_thread(name, fn, (void *)arg))
		panic("no memory for %s", name);
}

static void fill_pool(unsigned int w)
{
	for (unsigned int i = 0; i < POOL; i++) {
		struct element *e = kzalloc(sizeof(*e), GFP_KERNEL);

		if (!e)
			panic("no memory for rcutorture");
		e->way = w;
		element_free(e);
	}
	slots[w] = element_new(w);
}

/* The time is up; on a busy computer later, when each way of freeing and the limit have been used. */
static bool enough(u64 ns)
{
	bool used = atomic_read(&barriers) >= 2 && atomic_read(&freed) > WAYS * POOL + 100 &&
		    (atomic_read(&rcu_flood.throttled) > 0 || race_seed);

	return ns > seconds * NSEC_PER_SEC && (used || ns > 10 * seconds * NSEC_PER_SEC);
}

/* With a hart for the holder and one for this thread. */
static void check_holder(void)
{
	if (nr_cpus < 2)
		return;
	start("rcu-holder", holder, 0);
	if (!rcu_outlasts_sections())
		fail(&early);
	WRITE_ONCE(released, true);
	wait_event(&changes, atomic_read(&running) == 0);
}

/* First with one hart busy, which is not this thread's if there are more, then with all. */
static void measure_busy(void)
{
	start("rcu-busy", busy, 0);
	if (nr_cpus > 1)
		rcu_time_expedited();
	for (unsigned long i = 1; i < nr_cpus; i++)
		start("rcu-busy", busy, i);
	rcu_time_busy();
	WRITE_ONCE(calm, true);
	wait_event(&changes, atomic_read(&running) == 0);
}

static void torture(__unused void *arg)
{
	u64 begin = ktime_get_ns();

	for (unsigned int w = 0; w < WAYS; w++)
		fill_pool(w);
	for (unsigned long w = 0; w < WAYS; w++)
		start(ways[w].name, writer, w);
	for (unsigned long i = 0; i < FLOODERS; i++)
		start("rcu-flood", flooder, i);
	for (unsigned long i = 0; i < READERS * nr_cpus; i++)
		start("rcu-reader", reader, i);
	while (!READ_ONCE(stop) && !enough(ktime_get_ns() - begin))
		msleep(10);
	WRITE_ONCE(stop, true);
	wait_event(&changes, atomic_read(&running) == 0);
	if (!failed)
		check_holder();
	if (!failed)
		measure_busy();
	report();
	for (;;)
		sleep_until(~0ULL, TASK_UNINTERRUPTIBLE);
}

void rcu_torture_set(unsigned long s)
{
	seconds = s;
}

void rcu_torture_start(void)
{
	if (seconds && !kernel_thread("rcutorture", torture, NULL))
		panic("no memory for rcutorture");
	rcu_plant_start();
}
