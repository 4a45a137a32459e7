/* SPDX-License-Identifier: MIT */
/*
 * Signals as Linux gives them to riscv64 programs: numbers, struct sigaction of rt_sigaction (there is no
 * SA_RESTORER: the kernel maps a page that does rt_sigreturn), siginfo, and the frame that a
 * handler finds on its stack:
 *
 *	sp ->	struct rt_sigframe { siginfo, ucontext { ..., registers: pc x1..x31, f0..f31 fcsr } }
 *	a0 = signal, a1 = &info, a2 = &uc, ra = the trampoline
 */
#ifndef UAPI_SIGNAL_H
#define UAPI_SIGNAL_H

#define SIGHUP		1
#define SIGINT		2
#define SIGQUIT		3
#define SIGILL		4
#define SIGTRAP		5
#define SIGABRT		6
#define SIGBUS		7
#define SIGFPE		8
#define SIGKILL		9
#define SIGUSR1		10
#define SIGSEGV		11
#define SIGUSR2		12
#define SIGPIPE		13
#define SIGALRM		14
#define SIGTERM		15
#define SIGSTKFLT	16
#define SIGCHLD		17
#define SIGCONT		18
#define SIGSTOP		19
#define SIGTSTP		20
#define SIGTTIN		21
#define SIGTTOU		22
#define SIGURG		23
#define SIGXCPU		24
#define SIGXFSZ		25
#define SIGVTALRM	26
#define SIGPROF		27
#define SIGWINCH	28
#define SIGIO		29
#define SIGPWR		30
#define SIGSYS		31
#define _NSIG		64

#define SA_NOCLDSTOP	0x00000001
#define SA_NOCLDWAIT	0x00000002
#define SA_SIGINFO	0x00000004
#define SA_ONSTACK	0x08000000
#define SA_RESTART	0x10000000
#define SA_NODEFER	0x40000000
#define SA_RESETHAND	0x80000000u

#define SIG_BLOCK	0
#define SIG_UNBLOCK	1
#define SIG_SETMASK	2

/* si_code */
#define SI_USER		0
#define SI_KERNEL	0x80
#define SI_QUEUE	(-1)
#define SI_TKILL	(-6)
#define ILL_ILLOPC	1
#define FPE_INTDIV	1
#define SEGV_MAPERR	1
#define SEGV_ACCERR	2
#define BUS_ADRALN	1
#define BUS_ADRERR	2
#define TRAP_BRKPT	1
#define CLD_EXITED	1
#define CLD_KILLED	2
#define CLD_DUMPED	3

/* What rt_sigaction takes and gives; sigsetsize is 8. */
struct ksigaction {
	unsigned long handler;		/* 0: default, 1: ignore, else void (*)(int, siginfo *, ucontext *) */
	unsigned long flags;		/* SA_ */
	unsigned long mask;		/* bit n - 1: signal n */
};

struct ksiginfo {
	int si_signo, si_errno, si_code, pad;
	union {
		struct { int pid, uid, status; } chld;		/* kill() fills pid and uid, too */
		struct { unsigned long addr; } fault;
		struct { int pid, uid; unsigned long value; } rt;	/* sigqueue() */
		int fill[28];
	} u;
};
_Static_assert(sizeof(struct ksiginfo) == 128, "Linux's siginfo is 128 bytes");

struct kstack_t {
	unsigned long ss_sp;
	int ss_flags, pad;
	unsigned long ss_size;
};

struct kucontext {
	unsigned long uc_flags, uc_link;
	struct kstack_t uc_stack;
	unsigned long uc_sigmask;
	unsigned char unused[1024 / 8 - sizeof(unsigned long)];
	/* struct sigcontext, aligned to 16 */
	unsigned long gregs[32] __attribute__((aligned(16)));	/* pc, then x1..x31 */
	unsigned long fpregs[32];				/* f0..f31 */
	unsigned int fcsr;
	unsigned char reserved[528 - 33 * 8 + 4];		/* room of the Q extension */
};
_Static_assert(__builtin_offsetof(struct kucontext, gregs) == 176, "Linux's sigcontext stands at 176");
_Static_assert(sizeof(struct kucontext) == 960, "Linux's ucontext is 960 bytes");

struct rt_sigframe {
	struct ksiginfo info;
	struct kucontext uc;
};

#define SS_ONSTACK	1
#define SS_DISABLE	2
#define MINSIGSTKSZ	2048

#endif
