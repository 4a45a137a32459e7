/* SPDX-License-Identifier: MIT */
/*
 * The formatter behind printk() and every report. It parses one directive into
 * a struct spec, turns the argument into digits or a string, and lays that out:
 *
 *	|  pad ' '  | sign, 0x |  zeros  | digits |  pad ' ' ('-')  |
 */
#include "lib/format.h"
#include "lib/string.h"

struct out {
	char *buf;
	size_t size;		/* of buf */
	size_t len;		/* of the text so far, stored or not */
};

/* One directive. */
struct spec {
	bool left, zero, plus, space, alt;
	int width;
	int precision;		/* -1: not given */
	int length;		/* bytes of the integer argument */
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_repeated(struct out *out, char c, int n)
{
	while (n-- > 0)
		put(out, c);
}

static void put_text(struct out *out, const struct spec *spec, const char *text, size_t len)
{
	int pad = spec->width - (int)len;

	if (!spec->left)
		put_repeated(out, ' ', pad);
	for (size_t i = 0; i < len; i++)
		put(out, text[i]);
	if (spec->left)
		put_repeated(out, ' ', pad);
}

/* Write @value in @base to the end of @end's buffer; returns where the digits start. */
static char *digits_before(char *end, u64 value, unsigned int base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		*--end = set[value % base];
	return end;
}

/* @prefix is the sign or base that stands before all digits and zeros. */
static void put_number(struct out *out, const struct spec *spec, const char *prefix,
		       u64 value, unsigned int base, bool upper)
{
	char buf[24];			/* 22 octal digits fit */
	char *end = buf + sizeof(buf);
	char *digits = digits_before(end, value, base, upper);
	int len = (int)(end - digits);
	int prefix_len = (int)strlen(prefix);
	int zeros = (spec->precision < 0 ? 1 : spec->precision) - len;

	if (base == 8 && spec->alt && zeros < 1)
		zeros = 1;
	if (spec->zero && !spec->left && spec->precision < 0)
		zeros = max(zeros, spec->width - prefix_len - len);
	zeros = max(zeros, 0);

	int pad = spec->width - prefix_len - zeros - len;

	if (!spec->left)
		put_repeated(out, ' ', pad);
	while (*prefix)
		put(out, *prefix++);
	put_repeated(out, '0', zeros);
	while (digits < end)
		put(out, *digits++);
	if (spec->left)
		put_repeated(out, ' ', pad);
}

static void put_signed(struct out *out, const struct spec *spec, s64 value)
{
	const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	put_number(out, spec, sign, value < 0 ? -(u64)value : (u64)value, 10, false);
}

static void put_unsigned(struct out *out, const struct spec *spec, u64 value, char conversion)
{
	switch (conversion) {
	case 'x':
		put_number(out, spec, spec->alt && value ? "0x" : "", value, 16, false);
		break;
	case 'X':
		put_number(out, spec, spec->alt && value ? "0X" : "", value, 16, true);
		break;
	case 'o':
		put_number(out, spec, "", value, 8, false);
		break;
	case 'p':
		put_number(out, spec, "0x", value, 16, false);
		break;
	default:
		put_number(out, spec, "", value, 10, false);
		break;
	}
}

static const char *parse_flags(const char *p, struct spec *spec)
{
	for (;; p++) {
		switch (*p) {
		case '-': spec->left = true; break;
		case '0': spec->zero = true; break;
		case '+': spec->plus = true; break;
		case ' ': spec->space = true; break;
		case '#': spec->alt = true; break;
		default: return p;
		}
	}
}

/* Widths and precisions are cut at this; no line is longer. */
#define MAX_FIELD	4096

static const char *parse_number(const char *p, int *value)
{
	for (*value = 0; *p >= '0' && *p <= '9'; p++)
		*value = min(*value * 10 + (*p - '0'), MAX_FIELD);
	return p;
}

static const char *parse_length(const char *p, struct spec *spec)
{
	spec->length = sizeof(int);
	if (*p == 'z') {
		spec->length = sizeof(size_t);
		p++;
	} else if (*p == 'l') {
		spec->length = sizeof(long);
		p += p[1] == 'l' ? 2 : 1;
	} else if (*p == 'h') {
		spec->length = p[1] == 'h' ? sizeof(char) : sizeof(short);
		p += p[1] == 'h' ? 2 : 1;
	}
	return p;
}

_Static_assert(sizeof(long) == sizeof(long long), "l and ll are one length here");

static u64 cut_unsigned(u64 value, int length)
{
	switch (length) {
	case 1: return (unsigned char)value;
	case 2: return (unsigned short)value;
	case 4: return (u32)value;
	default: return value;
	}
}

static s64 cut_signed(u64 value, int length)
{
	switch (length) {
	case 1: return (signed char)value;
	case 2: return (short)value;
	case 4: return (s32)value;
	default: return (s64)value;
	}
}

static void put_string(struct out *out, const struct spec *spec, const char *text)
{
	if (!text)
		text = "(null)";
	put_text(out, spec, text,
		 spec->precision < 0 ? strlen(text) : strnlen(text, (size_t)spec->precision));
}

/* Boxed, so that helpers can take arguments one by one. */
struct args {
	va_list ap;
};

/* Read what stands between '%' and the conversion letter; returns where that is. */
static const char *parse_spec(const char *p, struct spec *spec, struct args *args)
{
	*spec = (struct spec){ .precision = -1 };
	p = parse_flags(p, spec);
	if (*p == '*') {
		int width = va_arg(args->ap, int);

		spec->left |= width < 0;
		spec->width = width < -MAX_FIELD ? MAX_FIELD : min(width < 0 ? -width : width, MAX_FIELD);
		p++;
	} else {
		p = parse_number(p, &spec->width);
	}
	if (*p == '.' && p[1] == '*') {
		spec->precision = min(va_arg(args->ap, int), MAX_FIELD);
		p += 2;
	} else if (*p == '.') {
		p = parse_number(p + 1, &spec->precision);
	}
	return parse_length(p, spec);
}

/* Print the next argument; false when @conversion is none that we know. */
static bool put_conversion(struct out *out, const struct spec *spec, char conversion,
			   struct args *args)
{
	bool wide = spec->length == sizeof(u64);
	char c;

	switch (conversion) {
	case 'd':
	case 'i':
		put_signed(out, spec, wide ? va_arg(args->ap, s64) :
			   cut_signed((u64)va_arg(args->ap, int), spec->length));
		return true;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_unsigned(out, spec, wide ? va_arg(args->ap, u64) :
			     cut_unsigned(va_arg(args->ap, unsigned int), spec->length), conversion);
		return true;
	case 'p':
		put_unsigned(out, spec, (uintptr_t)va_arg(args->ap, void *), 'p');
		return true;
	case 'c':
		c = (char)va_arg(args->ap, int);
		put_text(out, spec, &c, 1);
		return true;
	case 's':
		put_string(out, spec, va_arg(args->ap, const char *));
		return true;
	case '%':
		put(out, '%');
		return true;
	default:
		return false;
	}
}

int fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out out = { .buf = buf, .size = size };
	struct args args;
	struct spec spec;

	va_copy(args.ap, ap);
	while (*fmt) {
		const char *directive = fmt;

		if (*fmt != '%') {
			put(&out, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec, &args);
		if (!put_conversion(&out, &spec, *fmt, &args))
			for (; directive < fmt; directive++)
				put(&out, *directive);
		else
			fmt++;
	}
	va_end(args.ap);
	if (size > 0)
		buf[min(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int len = fmt_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
