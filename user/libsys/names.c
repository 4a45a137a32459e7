/* SPDX-License-Identifier: MIT */
/* Names of errors and signals, and how a program gives up. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "user/libsys/sys.h"

#define NAME(x)	[x] = #x

static const char *const errors[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(E2BIG), NAME(ENOEXEC),
	NAME(EBADF), NAME(ECHILD), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT),
	NAME(EBUSY), NAME(EEXIST), NAME(ENODEV), NAME(ENOTDIR), NAME(EISDIR), NAME(EINVAL),
	NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE),
	NAME(EROFS), NAME(EPIPE), NAME(ERANGE), NAME(EDEADLK), NAME(ENAMETOOLONG), NAME(ENOSYS),
	NAME(ELOOP), NAME(EOVERFLOW), NAME(EOPNOTSUPP), NAME(ETIMEDOUT),
};

static const char *const signals[] = {
	NAME(SIGHUP), NAME(SIGINT), NAME(SIGQUIT), NAME(SIGILL), NAME(SIGTRAP), NAME(SIGABRT),
	NAME(SIGBUS), NAME(SIGFPE), NAME(SIGKILL), NAME(SIGUSR1), NAME(SIGSEGV), NAME(SIGUSR2),
	NAME(SIGPIPE), NAME(SIGALRM), NAME(SIGTERM), NAME(SIGCHLD), NAME(SIGCONT), NAME(SIGSTOP),
	NAME(SIGSYS),
};

/* name_of() - @table[@n], or "<prefix><n>" in @room for a number that has no name. */
static const char *name_of(const char *const *table, size_t size, int n, const char *prefix, char room[24])
{
	if (n >= 0 && (size_t)n < size && table[n] != NULL)
		return table[n];
	snprintf(room, 24, "%s%d", prefix, n);
	return room;
}

const char *errno_name(int err)
{
	static char room[24];

	return name_of(errors, ARRAY_SIZE(errors), err < 0 ? -err : err, "error ", room);
}

const char *signal_name(int sig)
{
	static char room[24];

	return name_of(signals, ARRAY_SIZE(signals), sig, "signal ", room);
}

void die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", errno_name(err));
	exit(1);
}

bool parse_ulong(const char *s, unsigned long *value)
{
	char *end;

	*value = strtoul(s, &end, 0);
	return end != s && *end == '\0' && *s != '-';
}
