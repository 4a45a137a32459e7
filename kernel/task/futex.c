/* SPDX-License-Identifier: MIT */
/*
 * futex(2): the kernel's half of locks that live in user memory. A thread that finds the lock taken sleeps here until another
 * one says that the word has changed (Franke, Russell, Kirkwood, "Fuss, Futexes and Furwocks", Ottawa Linux Symposium 2002).
 *
 *	waiter					waker
 *	lock the bucket				change the word (user mode)
 *	is the word still @val?			lock the bucket
 *	queue, state = sleeping			wake those of this key
 *	unlock; schedule()			unlock
 *
 * The word is read with the bucket locked. So either the waiter sees the new word, or the waker sees the waiter: its lock comes
 * later than the waiter's unlock. With a spinlock held no fault can be served: the read fails at a page that is not
 * there, and is done again after it has been brought in.
 *
 * A word is named by its key, which all who share it compute alike: the address space and the address; in a shared mapping,
 * unless the caller promises that only its own threads use it, the object and the offset in it.
 *
 * A waiter lies on its own stack. It leaves only after it has had the lock of the bucket that it was in last, so whoever
 * has found it in a bucket may use it until the unlock.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/race.h"
#include "kernel/core/syscall.h"
#include "kernel/core/time.h"
#include "kernel/mm/memobj.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "kernel/task/futex.h"
#include "kernel/task/user_time.h"
#include "lib/errno.h"
#include "uapi/futex.h"

#define BUCKETS		256
#define WAKE_BATCH	64		/* woken or moved with a bucket locked, before others get their turn */

struct futex_key {
	const void *space;		/* struct memobj if @obj, with a reference; else struct mm_struct */
	u64 offset;			/* bytes in it */
	bool obj;
};

struct bucket {
	spinlock_t lock;
	struct list_head waiters;	/* of waiter->node, in order of arrival */
} __aligned(64);

/* All under the lock of the bucket; @bucket itself is read without, to find that lock. */
struct waiter {
	struct list_head node;
	struct task *task;
	struct futex_key key;
	u32 bitset;
	bool woken;			/* and on no list */
	struct bucket *bucket;		/* the last one it was in */
};

static struct bucket buckets[BUCKETS];

void futex_init(void)
{
	for (int i = 0; i < BUCKETS; i++) {
		spin_lock_init(&buckets[i].lock);
		INIT_LIST_HEAD(&buckets[i].waiters);
	}
}

/* ---- keys ---- */

/* 0; -EINVAL: not aligned; -EFAULT: nothing is mapped there. */
static int key_get(struct futex_key *key, unsigned long uaddr, bool private)
{
	struct memobj *obj = NULL;
	int ret = 0;

	if (uaddr % sizeof(u32))
		return -EINVAL;
	if (!access_ok(uaddr, sizeof(u32)))
		return -EFAULT;
	*key = (struct futex_key){ current->mm, uaddr, false };
	if (!private)
		ret = mm_shared_object(current->mm, uaddr, &obj, &key->offset);
	if (obj) {
		key->space = obj;
		key->obj = true;
	}
	return ret;
}

static void key_put(const struct futex_key *key)
{
	if (key->obj)
		memobj_put((struct memobj *)key->space);
}

static bool key_same(const struct futex_key *a, const struct futex_key *b)
{
	return a->space == b->space && a->offset == b->offset;
}

/* Multiplicative hashing: Knuth, The Art of Computer Programming 3, section 6.4. */
static struct bucket *bucket_of(const struct futex_key *key)
{
	u64 h = ((u64)key->space >> 4 ^ key->offset >> 2) * 0x9e3779b97f4a7c15UL;

	return &buckets[h >> 56];
}

_Static_assert(BUCKETS == 256, "the highest byte of the hash is the bucket");

/* The word at @uaddr if its page is there; else -EFAULT. Spinlocks may be held. */
static int read_now(u32 *value, unsigned long uaddr)
{
	int ret;

	pagefault_disable();
	ret = get_user_u32(value, uaddr);
	pagefault_enable();
	return ret;
}

/* ---- waking ---- */

static void wake_waiter(struct waiter *w)
{
	list_del(&w->node);
	w->woken = true;
	wake_up_process(w->task);
}

/* Wake at most @nr of @b, locked, whose key and bits match. Returns how many. */
static int wake_locked(struct bucket *b, const struct futex_key *key, int nr, u32 bitset)
{
	struct waiter *w, *next;
	int woken = 0;

	list_for_each_entry_safe(w, next, &b->waiters, node) {
		if (woken >= nr)
			break;
		if (!key_same(&w->key, key) || !(w->bitset & bitset))
			continue;
		wake_waiter(w);
		woken++;
	}
	return woken;
}

/* Wake @nr, but at least one: whoever calls has changed a word, and 0 means 1 on Linux. */
static long wake_key(const struct futex_key *key, int nr, u32 bitset)
{
	struct bucket *b = bucket_of(key);
	long woken = 0;
	int now, part;

	nr = max(nr, 1);
	do {
		part = min(nr - (int)woken, WAKE_BATCH);
		spin_lock(&b->lock);
		now = wake_locked(b, key, part, bitset);
		spin_unlock(&b->lock);
		woken += now;
		cond_resched();
	} while (now == WAKE_BATCH);
	return woken;
}

static long futex_wake(unsigned long uaddr, bool private, int nr, u32 bitset)
{
	struct futex_key key;
	long ret;

	if (!bitset)
		return -EINVAL;
	ret = key_get(&key, uaddr, private);
	if (ret < 0)
		return ret;
	ret = wake_key(&key, nr, bitset);
	key_put(&key);
	return ret;
}

long futex_wake_user(unsigned long uaddr, int nr)
{
	return futex_wake(uaddr, /* private = */ false, nr, FUTEX_BITSET_MATCH_ANY);
}

/* ---- waiting ---- */

/* What a call that waits wants, in a form that can be kept for restart_syscall(). */
struct wait {
	unsigned long uaddr;
	u32 val, bitset;
	u64 deadline;			/* ktime; ~0: none */
	bool private;
};

/* Queue @w if the word is still @wait->val. 0; -EAGAIN: it is not; -EFAULT. */
static int queue_waiter(struct waiter *w, const struct wait *wait)
{
	struct bucket *b = bucket_of(&w->key);
	u32 now;

	w->bucket = b;
	for (;;) {
		spin_lock(&b->lock);
		if (read_now(&now, wait->uaddr) == 0)
			break;
		spin_unlock(&b->lock);
		if (get_user_u32(&now, wait->uaddr) < 0)
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EFAULT;
	}
	if (now == wait->val)
		list_add_tail(&w->node, &b->waiters);
	spin_unlock(&b->lock);
	race_point_sleep("futex: queued or not, before the sleep");
	return now == wait->val ? 0 : -EAGAIN;
}

/* Take @w off its bucket. False: it was woken and is on none. */
static bool unqueue_waiter(struct waiter *w)
{
	struct bucket *b;
	bool queued;

	for (;;) {
		b = READ_ONCE(w->bucket);
		spin_lock(&b->lock);
		if (b == w->bucket)
			break;
		spin_unlock(&b->lock);		/* moved meanwhile */
	}
	queued = !w->woken;
	if (queued)
		list_del(&w->node);
	spin_unlock(&b->lock);
	return queued;
}

/* Sleep until woken, the deadline, or a signal. 0, -ETIMEDOUT, or -ERESTARTSYS. */
static int sleep_queued(struct waiter *w, u64 deadline)
{
	int ret = 0;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(w->woken))
			break;
		if (deadline != ~0UL && ktime_get_ns() >= deadline) {
			ret = -ETIMEDOUT;
			break;
		}
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule_until(deadline);
	}
	set_current_state(TASK_RUNNING);
	return unqueue_waiter(w) ? ret : 0;
}

static int wait_once(const struct wait *wait)
{
	struct waiter w = { .task = current, .bitset = wait->bitset };
	int ret = key_get(&w.key, wait->uaddr, wait->private);

	if (ret < 0)
		return ret;
	ret = queue_waiter(&w, wait);
	if (ret == 0)
		ret = sleep_queued(&w, wait->deadline);
	key_put(&w.key);
	return ret;
}

static long restart_wait(const struct restart_block *restart);

static long futex_wait(const struct wait *wait)
{
	int ret;

	if (!wait->bitset)
		return -EINVAL;
	ret = wait_once(wait);
	if (ret != -ERESTARTSYS || wait->deadline == ~0UL)
		return ret;
	/* A handler ends it; without one it goes on, with what is left of its time. */
	current->restart = (struct restart_block){
		.fn = restart_wait, .deadline = wait->deadline, .uaddr = wait->uaddr, .val = wait->val, .bitset = wait->bitset,
		.private = wait->private,
	};
	return -ERESTART_RESTARTBLOCK;
}

static long restart_wait(const struct restart_block *restart)
{
	const struct wait wait = {
		restart->uaddr, restart->val, restart->bitset, restart->deadline, restart->private,
	};

	return futex_wait(&wait);
}

/* When a call is to give up, from its @timeout (0: never), which is relative for FUTEX_WAIT alone. 0 or -errno. */
static int get_deadline(int op, unsigned long timeout, u64 *deadline)
{
	u64 ns, now = ktime_get_ns(), ahead = ktime_get_real_ns() - ktime_get_ns();
	int ret;

	*deadline = ~0UL;
	if (!timeout)
		return 0;
	ret = get_timespec(timeout, &ns);
	if (ret < 0)
		return ret;
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		ns += now;
	else if (op & FUTEX_CLOCK_REALTIME)
		ns -= min(ns, ahead);		/* on the clock of the timers; a time before boot is over */
	*deadline = ns;
	return 0;
}

/* ---- two words at once ---- */

static void lock_two(struct bucket *a, struct bucket *b)
{
	spin_lock(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_two(struct bucket *a, struct bucket *b)
{
	if (a != b)
		spin_unlock(&b->lock);
	spin_unlock(&a->lock);
}

/* Two futexes of one call. */
struct pair {
	unsigned long uaddr[2];
	struct futex_key key[2];
	struct bucket *bucket[2];
};

static int pair_get(struct pair *p, unsigned long uaddr, unsigned long uaddr2, bool private)
{
	int ret = key_get(&p->key[0], uaddr, private);

	if (ret < 0)
		return ret;
	ret = key_get(&p->key[1], uaddr2, private);
	if (ret < 0) {
		key_put(&p->key[0]);
		return ret;
	}
	p->uaddr[0] = uaddr;
	p->uaddr[1] = uaddr2;
	p->bucket[0] = bucket_of(&p->key[0]);
	p->bucket[1] = bucket_of(&p->key[1]);
	return 0;
}

static void pair_put(const struct pair *p)
{
	key_put(&p->key[0]);
	key_put(&p->key[1]);
}

/* Let @w, which waits for the first word, wait for the second. Both buckets are locked. */
static void move_waiter(struct waiter *w, const struct pair *p)
{
	if (p->key[1].obj)
		memobj_get((struct memobj *)p->key[1].space);
	key_put(&w->key);			/* not the last reference: the caller has one */
	w->key = p->key[1];
	list_move_tail(&w->node, &p->bucket[1]->waiters);
	WRITE_ONCE(w->bucket, p->bucket[1]);
}

/* With both buckets locked: wake up to *@nr_wake, then move up to *@nr_move, a batch at most. Returns how many it found. */
static int requeue_locked(const struct pair *p, int *nr_wake, int *nr_move)
{
	struct waiter *w, *next;
	int found = 0;

	list_for_each_entry_safe(w, next, &p->bucket[0]->waiters, node) {
		if (found == WAKE_BATCH || (*nr_wake == 0 && *nr_move == 0))
			break;
		if (!key_same(&w->key, &p->key[0]))
			continue;
		found++;
		if (*nr_wake > 0) {
			wake_waiter(w);
			--*nr_wake;
		} else {
			move_waiter(w, p);
			--*nr_move;
		}
	}
	return found;
}

/* Lock both buckets, with the first word still *@val if @val is given. 0, -EAGAIN, -EFAULT. */
static int lock_pair_if(struct pair *p, const u32 *val)
{
	u32 now;

	for (;;) {
		lock_two(p->bucket[0], p->bucket[1]);
		if (!val)
			return 0;
		if (read_now(&now, p->uaddr[0]) == 0)
			break;
		unlock_two(p->bucket[0], p->bucket[1]);
		if (get_user_u32(&now, p->uaddr[0]) < 0 || fatal_signal_pending(current))
			return -EFAULT;
	}
	if (now == *val)
		return 0;
	unlock_two(p->bucket[0], p->bucket[1]);
	return -EAGAIN;
}

/* @val NULL: whatever the word is. */
static long futex_requeue(struct pair *p, int nr_wake, int nr_move, const u32 *val)
{
	long total = 0;
	int found, ret;

	if (nr_wake < 0 || nr_move < 0)
		return -EINVAL;
	if (key_same(&p->key[0], &p->key[1]))
		nr_move = 0;			/* it would find those again that it has moved */
	do {
		ret = lock_pair_if(p, total ? NULL : val);
		if (ret < 0)
			return ret;
		found = requeue_locked(p, &nr_wake, &nr_move);
		unlock_two(p->bucket[0], p->bucket[1]);
		total += found;
		cond_resched();
	} while (found == WAKE_BATCH);
	return total;
}

static bool compare(unsigned int cmp, int old, int arg)
{
	switch (cmp) {
	case FUTEX_OP_CMP_EQ: return old == arg;
	case FUTEX_OP_CMP_NE: return old != arg;
	case FUTEX_OP_CMP_LT: return old < arg;
	case FUTEX_OP_CMP_LE: return old <= arg;
	case FUTEX_OP_CMP_GT: return old > arg;
	default: return old >= arg;
	}
}

/*
 * Change the second word as @code says, wake waiters of the first one, and of the second if what it was compares. No
 * bucket is locked for the change: a waiter that does not see it is queued before we look.
 */
static long futex_wake_op(struct pair *p, int nr_wake, int nr_wake2, u32 code)
{
	static const enum user_amo amo[] = {
		[FUTEX_OP_SET] = AMO_SWAP, [FUTEX_OP_ADD] = AMO_ADD, [FUTEX_OP_OR] = AMO_OR, [FUTEX_OP_ANDN] = AMO_AND,
		[FUTEX_OP_XOR] = AMO_XOR,
	};
	unsigned int op = code >> 28 & 7, cmp = code >> 24 & 15;
	int oparg = (int)(code << 8) >> 20, cmparg = (int)(code << 20) >> 20;
	u32 old, arg = code >> 28 & FUTEX_OP_OPARG_SHIFT ? 1u << (oparg & 31) : (u32)oparg;
	long woken;

	if (op > FUTEX_OP_XOR || cmp > FUTEX_OP_CMP_GE)
		return -ENOSYS;
	if (amo_user_u32(amo[op], p->uaddr[1], op == FUTEX_OP_ANDN ? ~arg : arg, &old) < 0)
		return -EFAULT;
	woken = wake_key(&p->key[0], nr_wake, FUTEX_BITSET_MATCH_ANY);
	if (compare(cmp, (int)old, cmparg))
		woken += wake_key(&p->key[1], nr_wake2, FUTEX_BITSET_MATCH_ANY);
	return woken;
}

/* ---- the call ---- */

static long futex_on_two(int op, unsigned long uaddr, unsigned long uaddr2, const unsigned long nr[2], u32 val3)
{
	struct pair p;
	long ret = pair_get(&p, uaddr, uaddr2, op & FUTEX_PRIVATE_FLAG);

	if (ret < 0)
		return ret;
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAKE_OP)
		ret = futex_wake_op(&p, (int)nr[0], (int)nr[1], val3);
	else
		ret = futex_requeue(&p, (int)nr[0], (int)nr[1], (op & FUTEX_CMD_MASK) == FUTEX_CMP_REQUEUE ? &val3 : NULL);
	pair_put(&p);
	return ret;
}

/* futex(uaddr, op, val, timeout or val2, uaddr2, val3) */
SYSCALL_DEFINE(sys_futex)
{
	int op = (int)a1, cmd = op & FUTEX_CMD_MASK;
	bool private = op & FUTEX_PRIVATE_FLAG;
	struct wait wait = { .uaddr = a0, .val = (u32)a2, .bitset = (u32)a5, .private = private };
	long ret;

	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT && cmd != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT:
		wait.bitset = FUTEX_BITSET_MATCH_ANY;
		/* fall through */
	case FUTEX_WAIT_BITSET:
		ret = get_deadline(op, a3, &wait.deadline);
		return ret < 0 ? ret : futex_wait(&wait);
	case FUTEX_WAKE:
		return futex_wake(a0, private, (int)a2, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(a0, private, (int)a2, (u32)a5);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_WAKE_OP:
		return futex_on_two(op, a0, a4, (unsigned long[]){ a2, a3 }, (u32)a5);
	}
	return -ENOSYS;
}
