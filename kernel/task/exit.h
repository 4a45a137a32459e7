/* SPDX-License-Identifier: MIT */
/* What exit.c and wait4.c share: a process that has ended and what is kept of it. */
#ifndef KERNEL_TASK_EXIT_H
#define KERNEL_TASK_EXIT_H

#include "kernel/task/usage.h"

struct process;
struct task;

/*
 * take_zombie() - @child has ended: it leaves its parent and the tables, and what it has used, which is returned, joins what
 * the parent's children have. Assumes: tasklist_lock held.
 */
struct usage take_zombie(struct process *child);
/* wait_off_cpu() - until the hart of @t, which is dead, has left its stack: a few instructions. */
void wait_off_cpu(const struct task *t);

#endif
