/* SPDX-License-Identifier: MIT */
/* Limits and usage: Linux's structures, in place of picolibc's sys/resource.h, which has but two fields. */
#ifndef USER_INCLUDE_SYS_RESOURCE_H
#define USER_INCLUDE_SYS_RESOURCE_H

#include <sys/time.h>

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN	(-1)
#define RUSAGE_THREAD	1

struct rusage {
	struct timeval ru_utime, ru_stime;
	long ru_maxrss;					/* KiB */
	long ru_ixrss, ru_idrss, ru_isrss;
	long ru_minflt, ru_majflt;			/* page faults without and with I/O */
	long ru_nswap, ru_inblock, ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals;
	long ru_nvcsw, ru_nivcsw;			/* switches because it waited, because its time was over */
};

#define RLIMIT_CPU	0
#define RLIMIT_FSIZE	1
#define RLIMIT_DATA	2
#define RLIMIT_STACK	3
#define RLIMIT_CORE	4
#define RLIMIT_RSS	5
#define RLIMIT_NPROC	6
#define RLIMIT_NOFILE	7
#define RLIMIT_MEMLOCK	8
#define RLIMIT_AS	9
#define RLIM_INFINITY	(~0UL)

typedef unsigned long rlim_t;

struct rlimit {
	rlim_t rlim_cur, rlim_max;
};

int getrusage(int who, struct rusage *usage);
int getrlimit(int what, struct rlimit *limit);
int setrlimit(int what, const struct rlimit *limit);

#endif
