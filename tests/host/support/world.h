/* SPDX-License-Identifier: MIT */
/*
 * A machine small enough for a unit test: RAM is memory mapped at the direct
 * map's place, one thread plays all harts, and spinlocks only check discipline.
 *
 *	PAGE_OFFSET + RAM_START                     + WORLD_MAX_RAM
 *	|  simulated RAM, so phys_to_virt() works as in the kernel |
 *
 * A panic is an event that a test may expect:
 *
 *	assert_panics("double free", kfree(p));
 *
 * Any other panic fails the test with its message.
 */
#ifndef TESTS_HOST_SUPPORT_WORLD_H
#define TESTS_HOST_SUPPORT_WORLD_H

#include <setjmp.h>

#include "kernel/core/percpu.h"
#include "kernel/mm/frame/gfp.h"

#define RAM_START	0x80000000UL
#define WORLD_MAX_RAM	(256UL << 20)

/* world_map_ram() - fresh RAM of @size bytes, filled with 0xa5; earlier contents are gone. */
void world_map_ram(unsigned long size);
/* world_start() - RAM, a current task on hart 0, and page_alloc_init() with nothing reserved. */
void world_start(unsigned long ram_size);
/* world_set_cpu() - from now on we are hart @cpu. */
void world_set_cpu(unsigned int cpu);
/* world_locks_held() - spinlocks that are held now; 0 at the end of every call under test. */
int world_locks_held(void);

/* Catching panics; see assert_panics(). */
extern sigjmp_buf panic_jump;
extern const char *panic_expected;	/* part of the message; NULL: no panic expected */
extern char panic_message[512];
void panic_was_missed(const char *expected);

#define assert_panics(part, call) do {						\
	panic_expected = (part);						\
	if (sigsetjmp(panic_jump, 0) == 0) {					\
		call;								\
		panic_was_missed(part);						\
	}									\
	panic_expected = NULL;							\
} while (0)

#endif
