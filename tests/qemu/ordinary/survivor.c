/* SPDX-License-Identifier: MIT */
/* Survive stores to NULL by jumping out of the handler. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf env;
static volatile int survived;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	printf("signal %d at %p\n", sig, info->si_addr);
	siglongjmp(env, 1);
}

int main(void)
{
	struct sigaction act = { .sa_flags = SA_SIGINFO };
	sigset_t mask;

	act.sa_sigaction = on_fault;
	sigaction(SIGSEGV, &act, NULL);
	for (volatile int i = 0; i < 3; i++) {
		if (sigsetjmp(env, 1) == 0)
			*(volatile int *)(0x1000L + i * 4) = 1;
		else
			survived++;
	}
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("survived %d faults, SIGSEGV is %s\n", survived, sigismember(&mask, SIGSEGV) ? "blocked" : "open");
	return 0;
}
