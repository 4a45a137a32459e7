/* SPDX-License-Identifier: MIT */
/*
 * Robust futexes: a thread that ends holding some leaves a list of them in its memory. Each word with its id in it is marked
 * FUTEX_OWNER_DIED, and a waiter is woken, which then finds out. The list is the program's: it may be wrong, endless, or unmapped.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/sched/sched.h"
#include "kernel/task/futex.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "uapi/futex.h"

#define ROBUST_MAX	2048		/* entries that are looked at */
#define ENTRY_PI	1UL		/* in a pointer to an entry: its futex passes priority on. There is none here: no difference */

/* The word at @uaddr, if current is its owner, has lost it. @pending: it may have died in the middle of giving it back. */
static void owner_died(unsigned long uaddr, bool pending)
{
	u32 word, seen;

	if (uaddr % sizeof(u32) || get_user_u32(&word, uaddr) < 0)
		return;
	/* Given back, and the one it was to wake not woken yet. */
	if (pending && !(word & FUTEX_TID_MASK)) {
		(void)futex_wake_user(uaddr, 1);
		return;
	}
	while ((word & FUTEX_TID_MASK) == (u32)current->pid) {
		if (cmpxchg_user_u32(uaddr, word, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED, &seen) < 0)
			return;
		if (seen == word) {
			if (word & FUTEX_WAITERS)
				(void)futex_wake_user(uaddr, 1);
			return;
		}
		word = seen;
	}
}

void exit_robust_list(void)
{
	unsigned long head_addr = current->robust_list, entry, next;
	struct robust_list_head head;

	current->robust_list = 0;
	if (!head_addr || copy_from_user(&head, head_addr, sizeof(head)) < 0)
		return;
	entry = head.list;
	for (int i = 0; (entry & ~ENTRY_PI) != head_addr && i < ROBUST_MAX; i++) {
		/* Read first: whoever gets the futex may use the entry for something else. */
		bool more = get_user_u64(&next, entry & ~ENTRY_PI) == 0;

		if (entry != head.list_op_pending)
			owner_died((entry & ~ENTRY_PI) + (unsigned long)head.futex_offset, /* pending = */ false);
		if (!more)
			break;
		entry = next;
		cond_resched();
	}
	if (head.list_op_pending)
		owner_died((head.list_op_pending & ~ENTRY_PI) + (unsigned long)head.futex_offset, /* pending = */ true);
}

/* set_robust_list(head, len) */
SYSCALL_DEFINE(sys_set_robust_list)
{
	if (a1 != sizeof(struct robust_list_head))
		return -EINVAL;
	current->robust_list = a0;
	return 0;
}

/* get_robust_list(pid, head, len) */
SYSCALL_DEFINE(sys_get_robust_list)
{
	unsigned long list = 0;
	struct task *t;

	spin_lock(&tasklist_lock);
	t = a0 ? find_task((int)a0) : current;
	if (t)
		list = READ_ONCE(t->robust_list);
	spin_unlock(&tasklist_lock);
	if (!t)
		return -ESRCH;
	if (put_user_u64(sizeof(struct robust_list_head), a2) < 0 || put_user_u64(list, a1) < 0)
		return -EFAULT;
	return 0;
}
