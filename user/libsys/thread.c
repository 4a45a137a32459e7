/* SPDX-License-Identifier: MIT */
/* Threads for tests; thread.h. */
#include "user/libsys/sys.h"
#include "user/libsys/thread.h"

long futex_wait(int *word, int value)
{
	return raw_syscall(SYS_futex, word, (long)FUTEX_WAIT, (long)value, 0L, 0L, 0L);
}

long futex_wake(int *word, int nr)
{
	return raw_syscall(SYS_futex, word, (long)FUTEX_WAKE, (long)nr, 0L, 0L, 0L);
}

long thread_start(struct thread *t, int (*body)(long arg), long arg)
{
	return thread_clone(CLONE_A_THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, t->stack + THREAD_STACK, &t->tid, NULL,
			    &t->tid, body, arg);
}

void thread_join(struct thread *t)
{
	int tid;

	while ((tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE)) != 0)
		futex_wait(&t->tid, tid);
}
