/* SPDX-License-Identifier: MIT */
/* Tasks by handle. */
#ifndef KERNEL_IPC_TASK_CALLS_H
#define KERNEL_IPC_TASK_CALLS_H

/* Which process a handle names. */
struct task_name {
	unsigned long pid, start_ns;
};

/* task_of_handle() - of @number, a handle of current's with CONTROL. 0, -EBADF or -EACCES. */
long task_of_handle(unsigned long number, struct task_name *name);

#endif
