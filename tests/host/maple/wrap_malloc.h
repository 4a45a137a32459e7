/* SPDX-License-Identifier: MIT */
/*
 * Allocations that fail on demand and are counted. Programs that use it are linked with
 * --wrap=malloc,calloc,aligned_alloc,posix_memalign,free; calls from inside the C library or liburcu
 * are not concerned.
 */
#ifndef TESTS_HOST_MAPLE_WRAP_MALLOC_H
#define TESTS_HOST_MAPLE_WRAP_MALLOC_H

#include <stdbool.h>

/* Let the @nth allocation from now fail (1 is the next one), and all later ones too if @for_good. */
void fail_allocation(unsigned long nth, bool for_good);

/* No more failures. Returns: whether one happened since fail_allocation(). */
bool fail_nothing(void);

/* Blocks that were allocated and not yet freed. */
long live_blocks(void);

/* Allocations tried since the program began. */
unsigned long allocations(void);

#endif /* TESTS_HOST_MAPLE_WRAP_MALLOC_H */
