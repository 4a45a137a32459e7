/* SPDX-License-Identifier: MIT */
/* Memory objects by handle. */
#ifndef KERNEL_IPC_MEMOBJ_CALLS_H
#define KERNEL_IPC_MEMOBJ_CALLS_H

struct memobj;

/* get_object() - what @number, a handle of current's, names, with a reference. NULL: *@err is -EBADF, or -EACCES: it lacks @right. */
struct memobj *get_object(unsigned long number, unsigned int right, long *err);

#endif
