/* SPDX-License-Identifier: MIT */
/*
 * System calls: number in a7, arguments in a0..a5, result in a0. Each sys_* function gets
 * all six as they came and trusts none.
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

/*
 * Every call: X(NAME) stands for the number SYS_NAME of uapi/syscall.h and its function. The declarations below
 * and the table of entry/syscall.c come from it.
 */
#define SYSCALL_LIST(X)									\
	/* task/fork.c, exit.c, wait4.c; posix/exec.c */					\
	X(clone) X(clone3) X(exit) X(exit_group) X(wait4) X(execve)				\
	/* task/futex.c, robust.c, sched_calls.c */						\
	X(futex) X(set_robust_list) X(get_robust_list) X(sched_yield) X(sched_getaffinity)	\
	X(sched_setaffinity) X(sched_getscheduler) X(sched_setscheduler) X(sched_getparam)	\
	X(sched_setparam) X(sched_get_priority_max) X(sched_get_priority_min) X(getcpu) X(membarrier)		\
	/* task/process.c, limits.c, usage.c, itimer.c; posix/random.c */				\
	X(getpid) X(getppid) X(gettid) X(getuid) X(geteuid) X(getgid) X(getegid) X(umask)	\
	X(setpgid) X(getpgid) X(getsid) X(setsid) X(set_tid_address)	\
	X(riscv_flush_icache) X(uname) X(sysinfo)	\
	X(getrandom) X(prlimit64) X(getrlimit) X(setrlimit) X(getrusage) X(times) X(getitimer) X(setitimer)	\
	/* task/signal_calls.c, sigframe.c */						\
	X(kill) X(tkill) X(tgkill) X(rt_sigaction) X(rt_sigprocmask) X(rt_sigpending)	\
	X(rt_sigsuspend) X(rt_sigtimedwait) X(rt_sigqueueinfo) X(rt_tgsigqueueinfo)	\
	X(rt_sigreturn) X(sigaltstack)					\
	/* posix/file_calls.c, folder.c, pipe.c, poll.c */					\
	X(read) X(write) X(readv) X(writev) X(pread64) X(pwrite64) X(close) X(dup) X(dup3)	\
	X(fcntl) X(pipe2) X(openat) X(lseek) X(fstat) X(newfstatat) X(ioctl) X(readlinkat)	\
	X(faccessat) X(getdents64) X(ppoll)						\
	/* entry/memory_calls.c, swap_calls.c, time_calls.c */				\
	X(brk) X(mmap) X(munmap) X(mprotect) X(mremap) X(madvise) X(mincore) X(msync)	\
	X(mlock) X(mlock2) X(munlock) X(mlockall) X(munlockall) X(swapon) X(swapoff)	\
	X(nanosleep) X(clock_nanosleep) X(clock_gettime) X(clock_getres) X(gettimeofday)	\
	X(restart_syscall)

/* Samara's own, numbered from SYS_samara_first on: entry/query.c. */
#define SAMARA_CALL_LIST(X)	X(samara_query) X(samara_fail_alloc)

/* Of handles and messages, numbered from SYS_ipc_first on (uapi/ipc.h): ipc/ipc_calls.c, memobj_calls.c, task_calls.c, personality.c, call.c, recv.c. */
#define IPC_CALL_LIST(X)	X(handle_close) X(handle_dup) X(endpoint_create) X(ipc_call) X(ipc_recv) X(ipc_reply) X(ipc_reply_recv) \
				X(ipc_notify) X(memobj_create) X(memobj_map) X(memobj_supply) X(memobj_invalidate) X(task_open) \
				X(vm_map) X(vm_unmap) X(vm_protect) X(vm_query) X(vm_read) X(vm_write) \
				X(memobj_resize) X(memobj_writeback) X(memobj_written) X(task_personality) \
				/* of servers: ipc/memobj_calls.c, irq.c; posix/tty_server.c */ \
				X(memobj_create_physical) X(irq_create) X(irq_bind) X(irq_ack) X(console_serve) X(console_event)

#define SYSCALL_DECLARE(name)	SYSCALL_DEFINE(sys_##name);
SYSCALL_LIST(SYSCALL_DECLARE)
SAMARA_CALL_LIST(SYSCALL_DECLARE)
IPC_CALL_LIST(SYSCALL_DECLARE)

#endif
