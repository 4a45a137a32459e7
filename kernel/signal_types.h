/* SPDX-License-Identifier: MIT */
/*
 * Signals as the Linux riscv64 ABI has them: numbers, flags, and the structures that
 * cross into user memory; and how the kernel keeps pending ones.
 */
#ifndef KERNEL_SIGNAL_TYPES_H
#define KERNEL_SIGNAL_TYPES_H

#include "lib/list.h"
#include "lib/types.h"

#define NSIG		64
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
#define SIGRTMIN	32

#define SIGMASK(sig)	(1UL << ((sig) - 1))

#define SIG_DFL		0UL
#define SIG_IGN		1UL

#define SA_NOCLDSTOP	0x00000001UL
#define SA_NOCLDWAIT	0x00000002UL
#define SA_SIGINFO	0x00000004UL
#define SA_ONSTACK	0x08000000UL
#define SA_RESTART	0x10000000UL
#define SA_NODEFER	0x40000000UL
#define SA_RESETHAND	0x80000000UL

#define SIG_BLOCK	0
#define SIG_UNBLOCK	1
#define SIG_SETMASK	2

/* si_code */
#define SI_USER		0
#define SI_KERNEL	0x80
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
#define CLD_STOPPED	5
#define CLD_CONTINUED	6

#define SS_ONSTACK	1
#define SS_DISABLE	2
#define SS_AUTODISARM	0x80000000U
#define MINSIGSTKSZ	2048

/* struct sigaction of rt_sigaction(2); riscv64 has no sa_restorer. */
struct sigaction_k {
	unsigned long handler;
	unsigned long flags;
	u64 mask;
};

/* stack_t */
struct sigaltstack {
	unsigned long ss_sp;
	int ss_flags;
	unsigned long ss_size;
};

/* siginfo_t: 128 bytes, of which the kernel fills the fields that the signal has. */
struct siginfo {
	int si_signo, si_errno, si_code, pad;
	union {
		struct { int si_pid; unsigned int si_uid; int si_status; };
		unsigned long si_addr;
		char room[112];
	};
};

/* A pending signal with what its siginfo will say. */
struct ksiginfo {
	int signo, code;
	int pid, status;		/* kill and SIGCHLD */
	unsigned long addr;		/* faults */
};

/*
 * A set of pending signals. A signal whose queue entry could not be allocated is
 * pending all the same, its siginfo then says no more than the number.
 */
struct sigpending {
	u64 mask;
	struct list_head queue;		/* of struct sigqueue, signal.c */
};

/* Results of a system call that never reach user mode: signal.c makes -EINTR of them or restarts the call. */
#define ERESTARTSYS		512	/* restart if SA_RESTART or no handler ran */
#define ERESTARTNOHAND		514	/* restart only if no handler ran */
#define ERESTART_RESTARTBLOCK	516	/* as the last, through restart_syscall() */

#endif
