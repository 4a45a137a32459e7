/* SPDX-License-Identifier: MIT */
/* Killing a process when memory has run out (oom.c). */
#ifndef KERNEL_TASK_OOM_H
#define KERNEL_TASK_OOM_H

/* out_of_memory() - kill the largest process, unless one is dying already; then let others run. No locks held. */
void out_of_memory(void);

#endif
