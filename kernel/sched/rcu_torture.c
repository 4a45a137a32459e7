/* SPDX-License-Identifier: MIT */
/*
 * The test of RCU, and its planted mistakes; rcu_torture.h. Elements hang on slots, one of each writer:
 *
 *	slot[w] -> element: LIVE	readers on all harts take it in a section, hold it for a random time, and look: it must
 *	           REMOVED		not have become FREE, nor have another serial number
 *	           FREE			the writer's way of freeing (ways[]) ends here: back to the pool, and soon used again
 *
 * Flooders queue callbacks as fast as they can. At the end all harts are idle, and grace periods must end all the same.
 */
#include "kernel/core/printk.h"
#include "kernel/core/time.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/sched/rcu_internal.h"
#include "kernel/sched/rcu_torture.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "lib/string.h"

#define USEC		1000u
#define POOL		512
#define READERS		2	/* for each hart */
#define FLOODERS	2
#define BURST		256	/* callbacks between two rcu_throttle() */
#define BARRIER_BATCH	2	/* callbacks between two rcu_barrier() */
#define IDLE_ROUNDS	10
#define IDLE_LIMIT	(500 * 1000 * (u64)USEC)	/* mostly it takes less than a tick */
#define LOOP_NS		(1200 * 1000 * (u64)USEC)	/* rcu_plant=loop */

enum rcu_plant rcu_plant;

enum state { FREE, LIVE, REMOVED };

struct element {
	struct rcu_head rcu;
	unsigned int state;		/* enum state */
	unsigned long serial;		/* another one each time it is taken from the pool */
	unsigned long check;		/* ~serial: was it written before the element was published? */
	struct element *next;		/* in the pool */
};

static struct element elements[POOL];
static struct element *pool;		/* pool_lock */
static unsigned int pool_size;		/* pool_lock */
static DEFINE_SPINLOCK(pool_lock);

static unsigned long seconds;		/* 0: no test */
static bool loop, sleep;		/* rcu_plant=loop, rcu_plant=sleep */
static bool stop;
static atomic_t running;		/* readers, writers, flooders */
static atomic_t early, torn, barriers_early, over_limit;	/* what went wrong */
static atomic_t sections, freed, barriers, throttled;		/* what was done */
static atomic_t flood_queued, flood_run;

struct way {
	const char *name;
	void (*remove)(struct element *e);	/* and free it, now or later */
};
#define WAYS 4
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

	if (dice < 2)
		spin_ns(next_random(seed) % (15000 * USEC));
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
	else if (dice < 4)
		yield();
	else
		cond_resched();
}

static void fail(atomic_t *counter)
{
	atomic_inc(counter);
	WRITE_ONCE(stop, true);
}

/* A thread of the kernel does not end. */
static void __noreturn park(void)
{
	atomic_dec(&running);
	for (;;)
		sleep_until(~0ULL, TASK_UNINTERRUPTIBLE);
}

/* ---- elements ---- */

static struct element *element_new(void)
{
	struct element *e;

	spin_lock(&pool_lock);
	e = pool;
	if (e) {
		pool = e->next;
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
	e->next = pool;
	pool = e;
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
	struct element *new = element_new(), *old = slots[w];

	if (!new)
		return NULL;
	rcu_assign_pointer(slots[w], new);
	WRITE_ONCE(old->state, REMOVED);
	return old;
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
	flood = atomic_read(&flood_queued);
	rcu_barrier();
	atomic_inc(&barriers);
	if (atomic_read(&batch_left) != 0 || atomic_read(&flood_run) < flood)
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

/* ---- floods ---- */

static void flood_callback(struct rcu_head *head)
{
	kfree(head);
	atomic_inc(&flood_run);
}

static void flooder(__unused void *arg)
{
	while (!READ_ONCE(stop)) {
		for (int i = 0; i < BURST; i++) {
			struct rcu_head *head = kmalloc(sizeof(*head), GFP_KERNEL);

			if (!head)
				break;
			call_rcu(head, flood_callback);
			atomic_inc(&flood_queued);
		}
		if (this_rcu_hart()->n > RCU_LIMIT)
			atomic_inc(&throttled);
		rcu_throttle();
		if (this_rcu_hart()->n > RCU_LIMIT)
			fail(&over_limit);
		cond_resched();
	}
	park();
}

/* The most callbacks that a hart has kept: every task that queues some may have queued its part above the limit. */
#define BOUND	(RCU_LIMIT + FLOODERS * BURST + POOL + 1)

static unsigned long most_kept(void)
{
	unsigned long most = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		most = max(most, READ_ONCE(rcu_harts[cpu].most));
	return most;
}

/* ---- idle harts ---- */

/* With nothing to run on any hart: the longest time that a wait or a callback takes, ns. */
static u64 idle_time(void)
{
	u64 longest = 0, begin;

	for (int i = 0; i < IDLE_ROUNDS && longest < IDLE_LIMIT; i++) {
		struct element *e = replace(0);
		int before = atomic_read(&freed);

		msleep(20);
		begin = ktime_get_ns();
		if (i % 2 || !e) {
			synchronize_rcu();
		} else {
			call_rcu(&e->rcu, element_callback);
			while (atomic_read(&freed) == before && ktime_get_ns() - begin < IDLE_LIMIT)
				msleep(1);
		}
		longest = max(longest, ktime_get_ns() - begin);
		if (i % 2 && e)
			element_free(e);
	}
	return longest;
}

/* ---- all of it ---- */

static bool all_run(void)
{
	rcu_barrier();
	return pool_size == POOL - WAYS && atomic_read(&flood_queued) == atomic_read(&flood_run);
}

static void report(void)
{
	u64 idle = idle_time();
	bool lost = !all_run();
	unsigned long most = most_kept();
	bool good = !lost && most <= BOUND && idle < IDLE_LIMIT && !atomic_read(&early) && !atomic_read(&torn) &&
		    !atomic_read(&barriers_early) && !atomic_read(&over_limit);

	if (!good)
		printk("rcutorture: FAILED, %d freed early, %d torn, %d barriers early, %d times over the limit, %s lost, idle %s\n",
		       atomic_read(&early), atomic_read(&torn), atomic_read(&barriers_early), atomic_read(&over_limit),
		       lost ? "callbacks" : "none", idle < IDLE_LIMIT ? "good" : "harts hold it up");
	printk("rcutorture: %s, %d sections, %d freed, %lu grace periods, %d barriers, at most %lu of %u kept, %d throttled, "
	       "idle %lu us\n", good ? "ok" : "it did", atomic_read(&sections), atomic_read(&freed), (unsigned long)rcu_state.over,
	       atomic_read(&barriers), most, BOUND, atomic_read(&throttled), (unsigned long)(idle / USEC));
}

static void start(const char *name, void (*fn)(void *arg), unsigned long arg)
{
	atomic_inc(&running);
	if (!kernel_thread(name, fn, (void *)arg))
		panic("no memory for %s", name);
}

static void torture(__unused void *arg)
{
	u64 end = ktime_get_ns() + seconds * NSEC_PER_SEC;

	for (unsigned int i = 0; i < POOL; i++)
		element_free(&elements[i]);
	for (unsigned int w = 0; w < WAYS; w++)
		slots[w] = element_new();
	for (unsigned long w = 0; w < WAYS; w++)
		start(ways[w].name, writer, w);
	for (unsigned long i = 0; i < FLOODERS; i++)
		start("rcu-flood", flooder, i);
	for (unsigned long i = 0; i < READERS * nr_cpus; i++)
		start("rcu-reader", reader, i);
	while (!READ_ONCE(stop) && ktime_get_ns() < end)
		msleep(10);
	WRITE_ONCE(stop, true);
	while (atomic_read(&running) > 0)
		msleep(10);
	report();
	park();
}

/* ---- planted mistakes ---- */

/* A section much longer than any in the kernel, and a grace period that begins in it. */
static void rcu_loop(__unused void *arg)
{
	rcu_read_lock();
	call_rcu(&elements[0].rcu, element_callback);
	spin_ns(LOOP_NS);
	rcu_read_unlock();
	synchronize_rcu();
	printk("rcu_plant=loop: over\n");
	park();
}

static void rcu_sleep(__unused void *arg)
{
	rcu_read_lock();
	msleep(1);
	printk("rcu_plant=sleep: nobody has noticed\n");
	park();
}

void rcu_plant_set(const char *kind)
{
	static const char *const kinds[NR_RCU_PLANTS] = {
		[RCU_PLANT_NONE] = "none",
		[RCU_PLANT_SHORT_GP] = "short-gp",
		[RCU_PLANT_STALE_IDLE] = "stale-idle",
		[RCU_PLANT_ONE_GP_EARLY] = "one-gp-early",
		[RCU_PLANT_SHORT_BARRIER] = "short-barrier",
		[RCU_PLANT_NO_THROTTLE] = "no-throttle",
		[RCU_PLANT_IDLE_HOLDS] = "idle-holds",
	};

	loop = strcmp(kind, "loop") == 0;
	sleep = strcmp(kind, "sleep") == 0;
	for (enum rcu_plant plant = RCU_PLANT_NONE; plant < NR_RCU_PLANTS; plant++)
		if (strcmp(kind, kinds[plant]) == 0)
			rcu_plant = plant;
	if (!loop && !sleep && rcu_plant == RCU_PLANT_NONE)
		printk("rcu_plant=%s: no such planted mistake\n", kind);
}

void rcu_torture_set(unsigned long s)
{
	seconds = s;
}

void rcu_torture_start(void)
{
	if (seconds && !kernel_thread("rcutorture", torture, NULL))
		panic("no memory for rcutorture");
	if (loop)
		start("rcu-loop", rcu_loop, 0);
	if (sleep)
		start("rcu-sleep", rcu_sleep, 0);
}
