/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions with their standard meaning. The compiler also
 * calls the first four by itself. Hosted builds take them from the C library.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
#endif

/*
 * strscpy() - copy @src with its NUL into @dst of @size bytes, cut to fit; @dst always
 * ends with NUL unless @size is 0.
 * Returns: the length copied, or -1 when @src was cut.
 */
static inline long strscpy(char *dst, const char *src, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		dst[i] = src[i];
		if (!src[i])
			return (long)i;
	}
	if (size > 0)
		dst[size - 1] = '\0';
	return -1;
}

/* memchr_inv() - the first of the @n bytes at @s that is not @c; NULL: all are. Four words at a time where @s is aligned. */
static inline const void *memchr_inv(const void *s, unsigned char c, size_t n)
{
	typedef unsigned long __attribute__((may_alias)) word_t;
	const word_t *w = s, all = c * (~0UL / 0xff);
	const unsigned char *p;

	if ((uintptr_t)w % sizeof(*w) == 0) {
		for (; n >= 4 * sizeof(*w) && w[0] == all && w[1] == all && w[2] == all && w[3] == all; n -= 4 * sizeof(*w))
			w += 4;
		for (; n >= sizeof(*w) && *w == all; n -= sizeof(*w))
			w++;
	}
	for (p = (const unsigned char *)w; n; n--, p++)
		if (*p != c)
			return p;
	return NULL;
}

#endif
