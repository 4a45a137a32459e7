/* SPDX-License-Identifier: MIT */
/*
 * The standard memory and string functions for the kernel.
 *
 * The mem*() functions go by words where both sides allow it:
 *
 *	| 0..7 bytes | 64-byte blocks, then words | 0..7 bytes |
 *	 until dst is aligned                       tail
 *
 * The loops must stay loops: recognised as memcpy or memset, they would call themselves.
 */
#include "lib/string.h"

#pragma GCC optimize("no-tree-loop-distribute-patterns")

/* A machine word that may alias whatever the caller's memory really holds. */
typedef unsigned long word_t __attribute__((may_alias));

#define WORD	sizeof(word_t)
#define BLOCK	(8 * WORD)

static inline bool word_aligned(const void *p)
{
	return IS_ALIGNED((uintptr_t)p, WORD);
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if ((((uintptr_t)d ^ (uintptr_t)s) & (WORD - 1)) == 0) {
		for (; n && !word_aligned(d); n--)
			*d++ = *s++;
		for (; n >= BLOCK; n -= BLOCK, d += BLOCK, s += BLOCK) {
			const word_t *sw = (const word_t *)s;
			word_t *dw = (word_t *)d;
			word_t a = sw[0], b = sw[1], c = sw[2], e = sw[3];
			word_t f = sw[4], g = sw[5], h = sw[6], i = sw[7];

			dw[0] = a; dw[1] = b; dw[2] = c; dw[3] = e;
			dw[4] = f; dw[5] = g; dw[6] = h; dw[7] = i;
		}
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word_t *)d = *(const word_t *)s;
	}
	while (n--)
		*d++ = *s++;
	return dst;
}

/* Copy from the end, for a destination that overlaps the source's end. */
static void copy_backward(unsigned char *d, const unsigned char *s, size_t n)
{
	d += n;
	s += n;
	if ((((uintptr_t)d ^ (uintptr_t)s) & (WORD - 1)) == 0) {
		for (; n && !word_aligned(d); n--)
			*--d = *--s;
		for (; n >= WORD; n -= WORD) {
			d -= WORD;
			s -= WORD;
			*(word_t *)d = *(const word_t *)s;
		}
	}
	while (n--)
		*--d = *--s;
}

/* Copy from the start, a word at a time: correct for any @d below @s. */
static void copy_forward(unsigned char *d, const unsigned char *s, size_t n)
{
	if ((((uintptr_t)d ^ (uintptr_t)s) & (WORD - 1)) == 0) {
		for (; n && !word_aligned(d); n--)
			*d++ = *s++;
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD)
			*(word_t *)d = *(const word_t *)s;
	}
	while (n--)
		*d++ = *s++;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src < n)
		copy_backward(dst, src, n);
	else
		copy_forward(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	word_t fill = (unsigned char)c * (~0UL / 0xff);

	for (; n && !word_aligned(d); n--)
		*d++ = (unsigned char)c;
	for (; n >= BLOCK; n -= BLOCK, d += BLOCK) {
		word_t *w = (word_t *)d;

		w[0] = fill; w[1] = fill; w[2] = fill; w[3] = fill;
		w[4] = fill; w[5] = fill; w[6] = fill; w[7] = fill;
	}
	for (; n >= WORD; n -= WORD, d += WORD)
		*(word_t *)d = fill;
	while (n--)
		*d++ = (unsigned char)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	if (word_aligned(x) && word_aligned(y))
		for (; n >= WORD && *(const word_t *)x == *(const word_t *)y; n -= WORD) {
			x += WORD;
			y += WORD;
		}
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (; n; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)p;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}
