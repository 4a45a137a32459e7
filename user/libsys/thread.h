/* SPDX-License-Identifier: MIT */
/*
 * Threads, as bare as the kernel has them (thread.c). All of a process use the TLS block of the first one, which is where errno
 * and the C library's own data are: a body calls raw_syscall() and nothing of the library that keeps something there.
 */
#ifndef USER_LIBSYS_THREAD_H
#define USER_LIBSYS_THREAD_H

#include <stdbool.h>
#include "uapi/clone.h"
#include "uapi/futex.h"

#define CLONE_A_THREAD	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

#define THREAD_STACK		8192UL

struct thread {
	int tid;			/* 0 when it has ended */
	char stack[THREAD_STACK] __attribute__((aligned(16)));
};

/* thread_clone() - start.S: clone(@flags, @stack, ...); the child calls @body(@arg). Returns: its id, or -errno. */
long thread_clone(long flags, void *stack, int *parent_tid, void *tls, int *child_tid, int (*body)(long arg), long arg);
/* thread_start() - run @body(@arg) as a thread on @t's stack. Returns: its id, or -errno. @t stays until it has ended. */
long thread_start(struct thread *t, int (*body)(long arg), long arg);
/* thread_join() - wait until it has ended. */
void thread_join(struct thread *t);
/* futex_wait() - sleep while *@word is @value. 0 or -errno. futex_wake() - at most @nr. Returns how many. */
long futex_wait(int *word, int value);
long futex_wake(int *word, int nr);

#endif
