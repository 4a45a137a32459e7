/* SPDX-License-Identifier: MIT */
/*
 * What the differential program needs from below: raw system calls without any C library, so that
 * nothing but the kernel can make its two runs differ. Linux on x86-64 and Samara (or
 * Linux) on riscv64; sys_x86.S and sys_riscv.S have the instructions.
 */
#ifndef TESTS_DIFF_SYS_H
#define TESTS_DIFF_SYS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "uapi/mman.h"

#ifdef __x86_64__
#define NR_read			0
#define NR_write		1
#define NR_close		3
#define NR_mmap			9
#define NR_mprotect		10
#define NR_munmap		11
#define NR_brk			12
#define NR_rt_sigaction		13
#define NR_mremap		25
#define NR_msync		26
#define NR_mincore		27
#define NR_madvise		28
#define NR_clone		56
#define NR_execve		59
#define NR_wait4		61
#define NR_mlock		149
#define NR_munlock		150
#define NR_mlockall		151
#define NR_munlockall		152
#define NR_prctl		157
#define NR_setrlimit		160
#define NR_exit_group		231
#define NR_openat		257
#define NR_mlock2		325
#define UC_PC_OFFSET		168	/* of rip in the ucontext */
#else
#include "uapi/syscall.h"
#define NR_read			SYS_read
#define NR_write		SYS_write
#define NR_close		SYS_close
#define NR_mmap			SYS_mmap
#define NR_mprotect		SYS_mprotect
#define NR_munmap		SYS_munmap
#define NR_brk			SYS_brk
#define NR_rt_sigaction		SYS_rt_sigaction
#define NR_mremap		SYS_mremap
#define NR_msync		SYS_msync
#define NR_mincore		SYS_mincore
#define NR_madvise		SYS_madvise
#define NR_clone		SYS_clone
#define NR_execve		SYS_execve
#define NR_wait4		SYS_wait4
#define NR_mlock		SYS_mlock
#define NR_munlock		SYS_munlock
#define NR_mlockall		SYS_mlockall
#define NR_munlockall		SYS_munlockall
#define NR_setrlimit		SYS_setrlimit
#define NR_exit_group		SYS_exit_group
#define NR_openat		SYS_openat
#define NR_mlock2		SYS_mlock2
#define UC_PC_OFFSET		176	/* of pc in the ucontext */
#endif

#define PAGE_SIZE	4096UL
#define ENOMEM		12
#define SIGBUS		7
#define SIGSEGV		11
#define SIGCHLD		17
#define AT_FDCWD	(-100L)
#define RLIMIT_STACK	3

/* Six words in, the kernel's word out: a result or a negative error number. */
long sys6(long nr, unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e,
	  unsigned long f);
#define SYS(nr, a, b, c, d, e, f, ...)							\
	sys6(nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), (unsigned long)(d),	\
	     (unsigned long)(e), (unsigned long)(f))
/* call(nr, up to six arguments) */
#define call(...)	SYS(__VA_ARGS__, 0, 0, 0, 0, 0, 0)

/* touch_load(), touch_store() - one access; a fault ends it at touch_fixup, and then the result means nothing. */
uint64_t touch_load(unsigned long addr);
uint64_t touch_store(unsigned long addr, uint64_t value);
extern const char touch_fixup[];
extern const char sigreturn_stub[];

/* ---- out.c ---- */

/* say() - %d long, %x unsigned long in hex, %s string, %c char. Buffered. */
void say(const char *fmt, ...);
void say_flush(void);
/*
 * say_only_digests() - from now on lines are not written, but for comments (#): they go into a digest, which say_digest() writes.
 * A serial line is slow. After a fork the child's digest goes on from its parent's.
 */
void say_only_digests(void);
void say_digest(void);
uint64_t parse_number(const char *s);

/* main.c; called by the first instructions. */
int diff_main(int argc, char **argv);

#endif
