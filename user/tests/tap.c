/* SPDX-License-Identifier: MIT */
/* tap: see tap.h. */
#include <stdarg.h>
#include <stdio.h>
#include "user/tests/tap.h"

USAGE("A test of Samara: each check prints one line, ok or not ok (TAP).\n");

static int nr_checks, nr_failed;

static void report_with(bool good, const char *fmt, va_list ap, const char *end)
{
	nr_checks++;
	nr_failed += !good;
	printf("%sok %d - ", good ? "" : "not ", nr_checks);
	vprintf(fmt, ap);
	printf("%s\n", end);
}

static void report(bool good, const char *fmt, va_list ap)
{
	report_with(good, fmt, ap, "");
}

bool in_storm(void)
{
	return query_mem().storms;
}

/* A check of a calm machine. */
static bool report_calm(bool good, const char *fmt, va_list ap)
{
	bool skip = in_storm();

	report_with(good || skip, fmt, ap, skip ? " # SKIP in a storm" : "");
	return good || skip;
}

bool ok(bool cond, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(cond, fmt, ap);
	va_end(ap);
	return cond;
}

bool is(long got, long want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("#   got %ld (0x%lx), want %ld (0x%lx)\n", got, got, want, want);
	return got == want;
}

bool calm_ok(bool cond, const char *fmt, ...)
{
	va_list ap;
	bool good;

	va_start(ap, fmt);
	good = report_calm(cond, fmt, ap);
	va_end(ap);
	return good;
}

bool calm_is(long got, long want, const char *fmt, ...)
{
	va_list ap;
	bool good;

	va_start(ap, fmt);
	good = report_calm(got == want, fmt, ap);
	va_end(ap);
	if (!good)
		printf("#   got %ld (0x%lx), want %ld (0x%lx)\n", got, got, want, want);
	return good;
}

bool is_errno(long got, int want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(got == -want, fmt, ap);
	va_end(ap);
	if (got == -want)
		return true;
	printf("#   got %ld", got);
	if (got < 0 && got > -4096)
		printf(" (-%s)", errno_name(got));
	printf(", want -%s\n", errno_name(want));
	return false;
}

int tap_done(void)
{
	printf("1..%d\n", nr_checks);
	if (nr_failed > 0)
		printf("# %d of %d failed\n", nr_failed, nr_checks);
	return nr_failed > 0;
}

pid_t spawn_child(int (*body)(long arg), long arg)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		_exit(body(arg));
	return pid;
}

int in_child(int (*body)(long arg), long arg)
{
	int status;
	pid_t pid = spawn_child(body, arg);

	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	return status;
}
