/* SPDX-License-Identifier: MIT */
/*
 * System calls: number in a7, arguments in a0..a5, result in a0. Each sys_* function gets
 * all six as they came and trusts none. Files of kernel/ that serve some are named below.
 */
#ifndef KERNEL_CORE_SYSCALL_H
#define KERNEL_CORE_SYSCALL_H

#include "lib/types.h"

struct pt_regs;

#define SYSCALL_PARAMS	unsigned long a0, unsigned long a1, unsigned long a2, \
			unsigned long a3, unsigned long a4, unsigned long a5
typedef long (*syscall_fn)(SYSCALL_PARAMS);

/* The head of such a function; hardly any needs all six. */
#define SYSCALL_DEFINE(name)	long name(__unused unsigned long a0, __unused unsigned long a1, \
					  __unused unsigned long a2, __unused unsigned long a3, \
					  __unused unsigned long a4, __unused unsigned long a5)

/* handle_syscall() - entry/syscall.c: @regs of an ecall from user mode; sets epc past it and a0. */
void handle_syscall(struct pt_regs *regs);

#define SYSCALL_LIST(X)								\
	/* fork.c, exit.c, exec.c */						\
	X(clone) X(exit) X(exit_group) X(wait4) X(execve)			\
	/* process.c, random.c */								\
	X(getpid) X(getppid) X(gettid) X(set_tid_address) X(setpgid) X(getpgid) X(setsid) X(getsid) \
	X(sched_yield) X(getid_zero) X(uname) X(getrandom) X(prlimit64) X(getrlimit) X(setrlimit) \
	X(set_robust_list) X(sysinfo) X(getrusage) X(times) X(umask) X(riscv_flush_icache)	\
	/* time_calls.c */							\
	X(nanosleep) X(clock_nanosleep) X(clock_gettime) X(clock_getres) X(gettimeofday) X(restart_syscall) \
	/* signal_calls.c, sigframe.c */							\
	X(kill) X(tkill) X(tgkill) X(rt_sigaction) X(rt_sigprocmask) X(rt_sigpending) X(rt_sigsuspend) \
	X(rt_sigreturn) X(sigaltstack)						\
	/* syscall.c */								\
	X(brk) X(mmap) X(munmap) X(mprotect) X(mremap) X(madvise) X(mincore) X(msync)	\
	X(mlock) X(mlock2) X(munlock) X(mlockall) X(munlockall)			\
	/* file_calls.c, pipe.c */							\
	X(read) X(write) X(readv) X(writev) X(close) X(dup) X(dup3) X(fcntl) X(pipe2) X(openat)	\
	X(lseek) X(fstat) X(newfstatat) X(ioctl) X(readlinkat) X(faccessat)	\
	/* swap_calls.c */							\
	X(swapon) X(swapoff)							\
	/* query.c */								\
	X(samara_query) X(samara_fail_alloc)

#define SYSCALL_DECLARE(name)	SYSCALL_DEFINE(sys_##name);
SYSCALL_LIST(SYSCALL_DECLARE)

#endif
