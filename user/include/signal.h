/* SPDX-License-Identifier: MIT */
/* POSIX signals over Linux's numbers and structures, in place of picolibc's signal.h. */
#ifndef USER_INCLUDE_SIGNAL_H
#define USER_INCLUDE_SIGNAL_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>
#include "uapi/signal.h"

#define NSIG		_NSIG
#define SIGPOLL		SIGIO
#define SIGIOT		SIGABRT
#define SIGSTKSZ	8192

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int);
typedef sighandler_t sig_t;
#ifndef _SIGSET_T_DECLARED
#define _SIGSET_T_DECLARED
typedef unsigned long sigset_t;			/* bit n - 1: signal n */
#endif

#define SIG_DFL		((sighandler_t)0)
#define SIG_IGN		((sighandler_t)1)
#define SIG_ERR		((sighandler_t)-1)
#define SIGMASK(sig)	(1UL << ((sig) - 1))

typedef struct {
	void *ss_sp;
	int ss_flags;
	size_t ss_size;
} stack_t;

typedef struct {
	int si_signo, si_errno, si_code, si_pad;
	union {
		struct { pid_t pid; uid_t uid; int status; } chld;	/* kill() fills pid and uid, too */
		struct { void *addr; } fault;
		int fill[28];
	} si_fields;
} siginfo_t;
_Static_assert(sizeof(siginfo_t) == sizeof(struct ksiginfo), "as the kernel writes it");

#define si_pid		si_fields.chld.pid
#define si_uid		si_fields.chld.uid
#define si_status	si_fields.chld.status
#define si_addr		si_fields.fault.addr

/* The registers at a signal, with glibc's names. */
#define REG_PC		0
#define REG_RA		1
#define REG_SP		2
#define REG_A0		10

typedef struct {
	unsigned long __gregs[32] __attribute__((aligned(16)));		/* pc, then x1..x31 */
	unsigned long __fpregs[32];					/* f0..f31 */
	unsigned int __fcsr;
} mcontext_t;

typedef struct ucontext {
	unsigned long uc_flags;
	struct ucontext *uc_link;
	stack_t uc_stack;
	sigset_t uc_sigmask;
	unsigned char __room[1024 / 8 - sizeof(sigset_t)];
	mcontext_t uc_mcontext;
} ucontext_t;
_Static_assert(offsetof(ucontext_t, uc_mcontext) == offsetof(struct kucontext, gregs), "as the kernel writes it");

struct sigaction {
	union {
		sighandler_t sa_handler;
		void (*sa_sigaction)(int sig, siginfo_t *info, void *ucontext);
	};
	unsigned long sa_flags;
	sigset_t sa_mask;
};

int sigaction(int sig, const struct sigaction *act, struct sigaction *old);
sighandler_t signal(int sig, sighandler_t handler);
int sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);
int sigaltstack(const stack_t *stack, stack_t *old);
int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int sig);
int sigdelset(sigset_t *set, int sig);
int sigismember(const sigset_t *set, int sig);
int kill(pid_t pid, int sig);
int killpg(pid_t pgrp, int sig);
int raise(int sig);
void psignal(int sig, const char *s);

#endif
