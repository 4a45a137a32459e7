/* SPDX-License-Identifier: MIT */
/* Output and numbers, without a C library. */
#include "tests/diff/sys.h"

static char buffer[8192];
static size_t used;

void say_flush(void)
{
	size_t done = 0;

	while (done < used) {
		long n = call(NR_write, 1, buffer + done, used - done);

		if (n <= 0)
			call(NR_exit_group, 3);
		done += (size_t)n;
	}
	used = 0;
}

static bool only_digests, in_comment, in_line;
static unsigned long digest = 0xcbf29ce484222325UL;	/* FNV-1a */

void say_only_digests(void)
{
	only_digests = true;
}

/* Does @c go into the digest? */
static bool put_digest(char c)
{
	if (!in_line)
		in_comment = c == '#';
	in_line = c != '\n';
	if (!only_digests || in_comment)
		return false;
	digest = (digest ^ (unsigned char)c) * 0x100000001b3UL;
	return true;
}

static void put(char c)
{
	if (put_digest(c))
		return;
	if (used == sizeof(buffer))
		say_flush();
	buffer[used++] = c;
}

static void put_number(unsigned long n, unsigned int base)
{
	char digits[24];
	int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (i)
		put(digits[--i]);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		switch (*++fmt) {
		case 'd': {
			long n = va_arg(ap, long);

			if (n < 0)
				put('-');
			put_number(n < 0 ? -(unsigned long)n : (unsigned long)n, 10);
			break;
		}
		case 'x':
			put_number(va_arg(ap, unsigned long), 16);
			break;
		case 's':
			for (const char *s = va_arg(ap, const char *); *s; s++)
				put(*s);
			break;
		case 'c':
			put((char)va_arg(ap, int));
			break;
		}
	}
	va_end(ap);
}

void say_digest(void)
{
	unsigned long now = digest;

	if (!only_digests)
		return;
	only_digests = false;
	say("digest %x\n", now);
	only_digests = true;
}

uint64_t parse_number(const char *s)
{
	uint64_t n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + (uint64_t)(*s - '0');
	return n;
}

/* The compiler may call these. */
void *memset(void *p, int c, size_t n)
{
	for (char *b = p; n--; b++)
		*(volatile char *)b = (char)c;
	return p;
}

void *memcpy(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	while (n--)
		*(volatile char *)t++ = *f++;
	return to;
}
