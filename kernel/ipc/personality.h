/* SPDX-License-Identifier: MIT */
/* What entry/ asks a process's personality (personality.c); fork and exit: kernel/task/process.h. */
#ifndef KERNEL_IPC_PERSONALITY_H
#define KERNEL_IPC_PERSONALITY_H

#include "lib/types.h"

struct memobj;
struct process;
struct pt_regs;

/* personality_syscall() - the call in @user, which the kernel does not have. Returns: its result; -ENOSYS, current has no personality. */
long personality_syscall(const struct pt_regs *user);
/*
 * personality_map() - what mmap of @fd shows: *@obj, with a reference, from *@in_object on, which is for @offset. 0 or -errno: -EBADF, there is no
 * personality.
 */
long personality_map(int fd, unsigned long prot, unsigned long flags, unsigned long offset, struct memobj **obj, unsigned long *in_object);
/* personality_is_mine() - does current's process receive what @p asks? tasklist_lock held. */
bool personality_is_mine(const struct process *p);

#endif
