/* SPDX-License-Identifier: MIT */
/* What tasks have used, for getrusage(), wait4() and times() (usage.c). */
#ifndef KERNEL_TASK_USAGE_H
#define KERNEL_TASK_USAGE_H

#include "lib/types.h"

struct mm_struct;
struct task;

struct usage {
	u64 runtime_ns;
	unsigned long maxrss;		/* pages: the most at one time, not a sum */
	unsigned long minflt, majflt;	/* page faults without and with I/O */
	unsigned long nvcsw, nivcsw;	/* switches because it waited, because its time was over */
};

/* A struct rusage of Linux: utime and stime (seconds, microseconds), maxrss in KiB, ... */
#define RUSAGE_WORDS	18

/* task_usage() - of @t so far. Without maxrss, for which mm_maxrss() has to have a live mm. */
struct usage task_usage(const struct task *t);
/* mm_maxrss() - the most pages that @mm had in memory at one time. */
unsigned long mm_maxrss(const struct mm_struct *mm);
/* usage_add() - @more joins @sum. */
void usage_add(struct usage *sum, const struct usage *more);
/* usage_to_user() - as a struct rusage at @buf. All time counts as user time. 0 or -EFAULT. */
int usage_to_user(const struct usage *usage, unsigned long buf);

#endif
