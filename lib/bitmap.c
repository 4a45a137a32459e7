/* SPDX-License-Identifier: MIT */
/*
 * Searching and counting in bitmaps, a word at a time. RV64GC has no instruction
 * to count trailing zeros, so lowest_set() halves the word.
 */
#include "lib/bitmap.h"

/* The number of the lowest set bit of @word, which is not 0. */
static size_t lowest_set(unsigned long word)
{
	size_t n = 0;

	for (unsigned int half = 32; half; half /= 2)
		if ((word & ((1UL << half) - 1)) == 0) {
			word >>= half;
			n += half;
		}
	return n;
}

/* The first bit from @from that is set in the bitmap after each word was xored with @flip. */
static size_t next_bit(const unsigned long *map, size_t bits, size_t from, unsigned long flip)
{
	if (from >= bits)
		return bits;

	size_t i = from / BITS_PER_LONG;
	unsigned long word = (map[i] ^ flip) & (~0UL << (from % BITS_PER_LONG));

	while (word == 0) {
		if (++i >= BITMAP_WORDS(bits))
			return bits;
		word = map[i] ^ flip;
	}
	return min(i * BITS_PER_LONG + lowest_set(word), bits);
}

size_t bitmap_next_set(const unsigned long *map, size_t bits, size_t from)
{
	return next_bit(map, bits, from, 0);
}

size_t bitmap_next_clear(const unsigned long *map, size_t bits, size_t from)
{
	return next_bit(map, bits, from, ~0UL);
}

size_t bitmap_weight(const unsigned long *map, size_t bits)
{
	size_t n = 0;

	for (size_t i = 0; i < BITMAP_WORDS(bits); i++) {
		unsigned long word = map[i];

		if (i == bits / BITS_PER_LONG)
			word &= (1UL << (bits % BITS_PER_LONG)) - 1;
		for (; word; word &= word - 1)
			n++;
	}
	return n;
}
