/* SPDX-License-Identifier: MIT */
/* Signals: thin wrappers; struct sigaction here has the kernel's own layout. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

_Static_assert(sizeof(struct sigaction) == sizeof(struct ksigaction), "handed to the kernel as it is");

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return libsys_result(raw_syscall(SYS_rt_sigaction, (long)sig, act, old, sizeof(sigset_t)));
}

sighandler_t signal(int sig, sighandler_t handler)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	return sigaction(sig, &act, &old) == 0 ? old.sa_handler : SIG_ERR;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return libsys_result(raw_syscall(SYS_rt_sigprocmask, (long)how, set, old, sizeof(sigset_t)));
}

int sigpending(sigset_t *set)
{
	return libsys_result(raw_syscall(SYS_rt_sigpending, set, sizeof(sigset_t)));
}

int sigsuspend(const sigset_t *mask)
{
	return libsys_result(raw_syscall(SYS_rt_sigsuspend, mask, sizeof(sigset_t)));
}

int sigaltstack(const stack_t *stack, stack_t *old)
{
	return libsys_result(raw_syscall(SYS_sigaltstack, stack, old));
}

int kill(pid_t pid, int sig)
{
	return libsys_result(raw_syscall(SYS_kill, (long)pid, (long)sig));
}

int killpg(pid_t pgrp, int sig)
{
	return kill(-pgrp, sig);
}

int raise(int sig)
{
	return kill(getpid(), sig);
}

/* What stands in the output buffers is written first. A handler that returns does not save the program. */
void abort(void)
{
	sigset_t set = SIGMASK(SIGABRT);

	flush_output();
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGABRT);
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	_exit(127);
}

/* ---- sets ---- */

static bool valid(int sig)
{
	if (sig >= 1 && sig <= _NSIG)
		return true;
	errno = EINVAL;
	return false;
}

int sigemptyset(sigset_t *set)
{
	*set = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	*set = ~0UL;
	return 0;
}

int sigaddset(sigset_t *set, int sig)
{
	if (!valid(sig))
		return -1;
	*set |= SIGMASK(sig);
	return 0;
}

int sigdelset(sigset_t *set, int sig)
{
	if (!valid(sig))
		return -1;
	*set &= ~SIGMASK(sig);
	return 0;
}

int sigismember(const sigset_t *set, int sig)
{
	return valid(sig) ? (*set & SIGMASK(sig)) != 0 : -1;
}

void siglongjmp(sigjmp_buf env, int value)
{
	if (env[0].mask_saved)
		sigprocmask(SIG_SETMASK, &env[0].mask, NULL);
	longjmp(env[0].regs, value);
}

void psignal(int sig, const char *s)
{
	fprintf(stderr, "%s%s%s\n", s ? s : "", s && *s ? ": " : "", strsignal(sig));
}
