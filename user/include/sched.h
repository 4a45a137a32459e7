/* SPDX-License-Identifier: MIT */
/* The one call of sched.h that the kernel has. */
#ifndef USER_INCLUDE_SCHED_H
#define USER_INCLUDE_SCHED_H

#include <sys/types.h>

int sched_yield(void);

#endif
