/* SPDX-License-Identifier: MIT */
/* Lengths of time as user space has them. */
#ifndef KERNEL_TASK_USER_TIME_H
#define KERNEL_TASK_USER_TIME_H

#include "kernel/arch/uaccess.h"
#include "kernel/core/time.h"
#include "lib/errno.h"

#define USER_SEC_MAX	8000000000	/* the year 2223; as nanoseconds it fits */

struct timespec {
	s64 sec, nsec;
};

/* get_timespec() - the struct timespec at @uaddr in ns; one that is too far away to matter is cut. 0, -EFAULT, -EINVAL. */
static inline int get_timespec(unsigned long uaddr, u64 *ns)
{
	struct timespec ts;

	if (copy_from_user(&ts, uaddr, sizeof(ts)) < 0)
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (s64)NSEC_PER_SEC)
		return -EINVAL;
	ts.sec = min(ts.sec, (s64)USER_SEC_MAX);
	*ns = (u64)ts.sec * NSEC_PER_SEC + (u64)ts.nsec;
	return 0;
}

/* put_timespec() - @ns as a struct timespec at @uaddr. 0 or -EFAULT. */
static inline int put_timespec(unsigned long uaddr, u64 ns)
{
	struct timespec ts = { (s64)(ns / NSEC_PER_SEC), (s64)(ns % NSEC_PER_SEC) };

	return copy_to_user(uaddr, &ts, sizeof(ts));
}

#endif
