/* SPDX-License-Identifier: MIT */
/*
 * Arrays of bits in unsigned longs: bit n is bit n % 64 of word n / 64. Not
 * atomic; the caller brings the lock.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include "lib/types.h"

#define BITS_PER_LONG		64UL
#define BITMAP_WORDS(bits)	(((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits)	unsigned long name[BITMAP_WORDS(bits)]

static inline bool bitmap_test(const unsigned long *map, size_t bit)
{
	return map[bit / BITS_PER_LONG] >> (bit % BITS_PER_LONG) & 1;
}

static inline void bitmap_set(unsigned long *map, size_t bit)
{
	map[bit / BITS_PER_LONG] |= 1UL << (bit % BITS_PER_LONG);
}

static inline void bitmap_clear(unsigned long *map, size_t bit)
{
	map[bit / BITS_PER_LONG] &= ~(1UL << (bit % BITS_PER_LONG));
}

/* bitmap_next_set(), bitmap_next_clear() - the first such bit at or after @from; @bits when none. */
size_t bitmap_next_set(const unsigned long *map, size_t bits, size_t from);
size_t bitmap_next_clear(const unsigned long *map, size_t bits, size_t from);
/* bitmap_weight() - how many of the first @bits are set. */
size_t bitmap_weight(const unsigned long *map, size_t bits);

#endif
