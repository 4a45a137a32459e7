/* SPDX-License-Identifier: MIT */
/*
 * The allocator under both trees: free lists per size class, carved from large chunks, as a kernel's
 * slab would be; and frees that wait on a plain queue, as for call_rcu. A few instructions each, so that
 * the figures are those of the trees.
 *
 *	classes: 64, 128, 256, 512, 1024 bytes, each block aligned to its class
 */
#ifndef TESTS_BENCH_MAPLE_FREELIST_H
#define TESTS_BENCH_MAPLE_FREELIST_H

#include <stddef.h>

struct free_block {
	struct free_block *next;
};

#define FREELIST_CLASSES 5

extern struct free_block *freelist_heads[FREELIST_CLASSES];
extern unsigned long freelist_used;	/* bytes handed out and not yet freed */

/* The slow path: carve a new chunk. */
void *freelist_refill(unsigned int class);

static inline unsigned int freelist_class(size_t size)
{
	return size <= 64 ? 0 : 58 - __builtin_clzl(size - 1);
}

static inline void *freelist_alloc(size_t size)
{
	unsigned int class = freelist_class(size);
	struct free_block *b = freelist_heads[class];

	freelist_used += 64UL << class;
	if (__builtin_expect(!b, 0))
		return freelist_refill(class);
	freelist_heads[class] = b->next;
	return b;
}

static inline void freelist_free(void *block, size_t size)
{
	unsigned int class = freelist_class(size);
	struct free_block *b = block;

	freelist_used -= 64UL << class;
	b->next = freelist_heads[class];
	freelist_heads[class] = b;
}

#endif /* TESTS_BENCH_MAPLE_FREELIST_H */
