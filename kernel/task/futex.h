/* SPDX-License-Identifier: MIT */
/* Futexes: sleeping until a word of user memory changes (futex.c), and those that a dead thread held (robust.c). */
#ifndef KERNEL_TASK_FUTEX_H
#define KERNEL_TASK_FUTEX_H

#include "lib/types.h"

void futex_init(void);
/*
 * futex_wake_user() - wake at most @nr tasks that wait for the word at @uaddr of current's memory, whether they share it
 * as one process or as several. Returns how many, or -EFAULT. May sleep.
 */
long futex_wake_user(unsigned long uaddr, int nr);
/* exit_robust_list() - current leaves its memory: the futexes of its list that it holds are marked and passed on. May sleep. */
void exit_robust_list(void);

#endif
