/* SPDX-License-Identifier: MIT */
/*
 * Between the thread sanitizer and the kernel. Before each volatile access, that is, for READ_ONCE() and WRITE_ONCE(),
 * the compiler calls one of the functions below, which makes it an atomic access to the sanitizer:
 *
 *	READ_ONCE	an acquire load. The kernel's readers follow the pointer or the page-table entry that they
 *			have read, and such a dependency orders them on RISC-V; the sanitizer knows no dependencies.
 *	WRITE_ONCE	a relaxed store, which orders nothing: who publishes needs a release. (An atomic "or" of
 *			nothing, since what is going to be written is not known here.)
 *
 * This file is compiled without instrumentation.
 */
#include "tests/host/sim/threads/threads.h"

/* halt_on_error may be set from outside, see check_plants(). */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "exitcode=66 history_size=4 report_thread_leaks=0";
}

static unsigned int reports;		/* atomic */

void __tsan_on_report(void *report);
void __tsan_on_report(void *report)
{
	(void)report;
	__atomic_fetch_add(&reports, 1, __ATOMIC_RELAXED);
}

unsigned int races_reported(void)
{
	return __atomic_load_n(&reports, __ATOMIC_RELAXED);
}

/* ---- volatile accesses ---- */

void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);

/* The sanitizer's interface; orders are those of C. */
#define INTERFACE(bits)								\
u##bits __tsan_atomic##bits##_load(const volatile void *at, int order);		\
u##bits __tsan_atomic##bits##_fetch_or(volatile void *at, u##bits v, int order)
INTERFACE(8);
INTERFACE(16);
INTERFACE(32);
INTERFACE(64);

/* The function that makes the access shall be in the report, not only ours. */
#define READ(bytes, bits)							\
void __tsan_volatile_read##bytes(void *at);					\
void __tsan_volatile_read##bytes(void *at)					\
{										\
	__tsan_func_entry(__builtin_return_address(0));				\
	__tsan_atomic##bits##_load(at, __ATOMIC_ACQUIRE);		\
	__tsan_func_exit();							\
}
#define WRITE(bytes, bits)							\
void __tsan_volatile_write##bytes(void *at);					\
void __tsan_volatile_write##bytes(void *at)					\
{										\
	__tsan_func_entry(__builtin_return_address(0));				\
	__tsan_atomic##bits##_fetch_or(at, 0, __ATOMIC_RELAXED);	\
	__tsan_func_exit();							\
}

READ(1, 8)
READ(2, 16)
READ(4, 32)
READ(8, 64)
WRITE(1, 8)
WRITE(2, 16)
WRITE(4, 32)
WRITE(8, 64)
