/* SPDX-License-Identifier: MIT */
/* POSIX signals over Linux's numbers and structures, in place of picolibc's signal.h. */
#ifndef USER_INCLUDE_SIGNAL_H
#define USER_INCLUDE_SIGNAL_H

#include <sys/types.h>
#include "uapi/signal.h"

typedef void (*sighandler_t)(int);
typedef unsigned long ksigset_t;		/* bit n - 1: signal n */
typedef struct ksiginfo siginfo_t;
typedef struct kucontext ucontext_t;

#define SIG_DFL		((sighandler_t)0)
#define SIG_IGN		((sighandler_t)1)
#define SIG_ERR		((sighandler_t)-1)
#define SIGMASK(sig)	(1UL << ((sig) - 1))
#define si_addr		u.fault.addr
#define si_pid		u.chld.pid
#define si_status	u.chld.status

struct sigaction {
	union {
		sighandler_t sa_handler;
		void (*sa_sigaction)(int sig, siginfo_t *info, void *ucontext);
	};
	unsigned long sa_flags;
	ksigset_t sa_mask;
};

int sigaction(int sig, const struct sigaction *act, struct sigaction *old);
sighandler_t signal(int sig, sighandler_t handler);
int sigprocmask(int how, const ksigset_t *set, ksigset_t *old);
int sigaltstack(const struct kstack_t *stack, struct kstack_t *old);
int kill(pid_t pid, int sig);
int raise(int sig);

#endif
