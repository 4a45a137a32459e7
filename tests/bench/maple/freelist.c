/* SPDX-License-Identifier: MIT */
/*
 * The benchmark's allocator: see freelist.h. Memory is never given back to the system.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/maple/freelist.h"

#define CHUNK	(1UL << 20)

struct free_block *freelist_heads[FREELIST_CLASSES];
unsigned long freelist_used;

void *freelist_refill(unsigned int class)
{
	size_t size = 64UL << class;
	char *chunk = aligned_alloc(4096, CHUNK);

	if (!chunk) {
		perror("freelist");
		abort();
	}
	/* Ascending, so that neighbours in time are neighbours in memory. */
	for (size_t at = CHUNK - size; at > 0; at -= size) {
		struct free_block *b = (struct free_block *)(chunk + at);

		b->next = freelist_heads[class];
		freelist_heads[class] = b;
	}
	return chunk;
}
