/* SPDX-License-Identifier: MIT */
/* printk(): one call, one piece on the console; callers print whole lines. */
#include <stdarg.h>

#include "kernel/core/printk.h"
#include "kernel/core/console.h"
#include "lib/format.h"

#define PRINTK_MAX	256	/* bytes of one call; on a kernel stack, so no more than needed */

void printk(const char *fmt, ...)
{
	static const char cut[] = " ...\n";
	char line[PRINTK_MAX];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = fmt_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(line)) {
		len = sizeof(line) - sizeof(cut);
		console_write(line, (size_t)len);
		console_write(cut, sizeof(cut) - 1);
		return;
	}
	console_write(line, (size_t)len);
}
