/* SPDX-License-Identifier: MIT */
/* The machine-wide promise of memory (account.c). */
#ifndef KERNEL_MM_ACCOUNT_H
#define KERNEL_MM_ACCOUNT_H

#define OVERCOMMIT_GUESS	0
#define OVERCOMMIT_ALWAYS	1
#define OVERCOMMIT_NEVER	2

extern unsigned int sysctl_overcommit_memory;

/* vm_commit() - promise @pages: 0, or -ENOMEM with nothing promised. Any context. */
int vm_commit(unsigned long pages);
void vm_uncommit(unsigned long pages);
/* vm_commit_moved() - promise @pages that an old mapping is about to give back; not refused. */
void vm_commit_moved(unsigned long pages);
/* vm_committed() - promised now, in pages; 0 when no process is alive. */
long vm_committed(void);

#endif
