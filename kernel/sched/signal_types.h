/* SPDX-License-Identifier: MIT */
/*
 * How the kernel keeps signals; what user programs see of them is in uapi/signal.h.
 */
#ifndef KERNEL_SCHED_SIGNAL_TYPES_H
#define KERNEL_SCHED_SIGNAL_TYPES_H

#include "lib/list.h"
#include "lib/types.h"
#include "uapi/signal.h"

#define NSIG		_NSIG
#define SIGMASK(sig)	(1UL << ((sig) - 1))

#define SIG_DFL		0UL
#define SIG_IGN		1UL

#define CLD_STOPPED	5
#define CLD_CONTINUED	6
#define SS_AUTODISARM	0x80000000U

/* A pending signal with what its siginfo will say. */
struct sig_event {
	int signo, code;
	int pid, status;		/* kill and SIGCHLD */
	unsigned long addr;		/* faults; sigqueue(): the value, code is negative then */
};

/*
 * A set of pending signals. A classic signal, or one of kill(), that found no memory or no room in the queue is pending
 * all the same, its siginfo then says no more than the number; any other one is refused, see sigpending_add().
 */
struct sigpending {
	u64 mask;
	struct list_head queue;		/* of struct sigqueue, sigpending.c */
	unsigned int nr_queued;
};

/*
 * Results of a system call that never reach user mode: signal.c makes -EINTR of them or restarts
 * the call.
 */
#define ERESTARTSYS		512	/* restart if SA_RESTART or no handler ran */
#define ERESTARTNOINTR		513	/* restart in any case */
#define ERESTARTNOHAND		514	/* restart only if no handler ran */
#define ERESTART_RESTARTBLOCK	516	/* as the last, through restart_syscall() */

#endif
