/* SPDX-License-Identifier: MIT */
/* setjmp as exceptions, variadic functions, recursion deep enough for the stack to grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static jmp_buf handler;

static void throw(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	longjmp(handler, code);
}

static long deep(int n)
{
	char frame[1000];

	memset(frame, n & 0x7f, sizeof(frame));
	if (n == 0)
		throw(9, "at the bottom, %d bytes a frame\n", (int)sizeof(frame));
	return deep(n - 1) + frame[n % 1000];
}

int main(void)
{
	int code = setjmp(handler);

	if (code == 0)
		deep(2000);
	printf("caught %d\n", code);
	return 0;
}
