/* SPDX-License-Identifier: MIT */
/*
 * printf-style formatting into a buffer.
 *
 *	%[-0+ #][width][.precision][hh|h|l|ll|z]conversion
 *
 * Conversions: d i u x X o c s p %. Width and precision may be '*'. No floating point.
 * %p prints 0x and the digits needed. Any other conversion is printed as it stands.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>

#include "lib/types.h"

/*
 * fmt_vsnprintf(), fmt_snprintf() - format into @buf, at most @size bytes with the NUL;
 * @size 0 writes nothing and @buf may be NULL.
 * Returns: the length that the whole text has, so a result >= @size means it was cut.
 */
int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int fmt_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
