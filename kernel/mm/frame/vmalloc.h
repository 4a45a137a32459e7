/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks: mapped apart from each other, so that running over the end of one is a
 * page fault and not a quiet corruption of the neighbour.
 */
#ifndef KERNEL_MM_FRAME_VMALLOC_H
#define KERNEL_MM_FRAME_VMALLOC_H

#include "lib/types.h"

/* kstack_alloc() - a stack of KSTACK_SIZE bytes: its lowest address, or NULL. Contents are not defined. */
void *kstack_alloc(void);
/* kstack_free() - give back what kstack_alloc() returned. Nobody may run on it any more. */
void kstack_free(void *stack);
/* kstack_guard_hit() - is @addr in the hole below a stack? For the trap handler's message. */
bool kstack_guard_hit(unsigned long addr);
/* kstack_drain() - give the frames of the stacks kept for reuse back; for tests that count frames. */
void kstack_drain(void);

#endif
