/* SPDX-License-Identifier: MIT */
/*
 * A small RCU in C11 atomics, for runs under ThreadSanitizer: every ordering it relies on is an atomic
 * operation that the sanitizer understands (no fences, no signals, no system calls).
 *
 *	reader	epoch = 5 .......... 0		0: not reading; else the grace-period number it began in
 *	writer	    unlink; number 5 -> 6; wait until no reader shows 1..5; free
 */
#ifndef TESTS_HOST_MAPLE_RCU_C11_H
#define TESTS_HOST_MAPLE_RCU_C11_H

/*
 * Lies in memory that readers may still be looking at. So it is written with releasing stores: a reader
 * that meets one of these words in place of what was there also sees whatever the writer did before.
 */
struct rcu_head {
	struct rcu_head *_Atomic next;
	void (*_Atomic func)(struct rcu_head *head);
};

void rcu_read_lock(void);
void rcu_read_unlock(void);

/* @func(@head) is called after every reader of now has finished, by a thread of its own. */
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));

/* Returns when everything handed to call_rcu has been called. Not to be called by a reader. */
void rcu_barrier(void);

/* Threads need no registration here. */
static inline void rcu_register_thread(void) { }
static inline void rcu_unregister_thread(void) { }

#endif /* TESTS_HOST_MAPLE_RCU_C11_H */
