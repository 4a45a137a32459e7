/* SPDX-License-Identifier: MIT */
/*
 * Has a hart begun to panic, and which? Locks and the console ask here: once a panic has begun, its hart waits for no other and
 * all others stop.
 */
#ifndef KERNEL_CORE_PANIC_STATE_H
#define KERNEL_CORE_PANIC_STATE_H

#include "lib/types.h"

/* panic_claim() - this hart is the one that panics from now on. False: a hart, perhaps this one, has been faster. */
bool panic_claim(void);
bool panic_in_progress(void);
/* panic_stop() - a panic is in progress: returns on the hart that panics, never on others. */
void panic_stop(void);

#endif
