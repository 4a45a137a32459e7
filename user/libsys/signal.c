/* SPDX-License-Identifier: MIT */
/* Signals: thin wrappers; struct sigaction here has the kernel's own layout. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "user/libsys/sys.h"

_Static_assert(sizeof(struct sigaction) == sizeof(struct ksigaction), "handed to the kernel as it is");

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return libsys_result(raw_syscall(SYS_rt_sigaction, (long)sig, act, old, sizeof(ksigset_t)));
}

sighandler_t signal(int sig, sighandler_t handler)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	return sigaction(sig, &act, &old) == 0 ? old.sa_handler : SIG_ERR;
}

int sigprocmask(int how, const ksigset_t *set, ksigset_t *old)
{
	return libsys_result(raw_syscall(SYS_rt_sigprocmask, (long)how, set, old, sizeof(ksigset_t)));
}

int sigaltstack(const struct kstack_t *stack, struct kstack_t *old)
{
	return libsys_result(raw_syscall(SYS_sigaltstack, stack, old));
}

int kill(pid_t pid, int sig)
{
	return libsys_result(raw_syscall(SYS_kill, (long)pid, (long)sig));
}

int raise(int sig)
{
	return kill(getpid(), sig);
}

/* What stands in the output buffers is written first. */
void abort(void)
{
	fflush(stdout);
	fflush(stderr);
	raise(SIGABRT);
	_exit(127);
}
