/* SPDX-License-Identifier: MIT */
/* Names of errors and signals, and how a program gives up. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

/*
 * Numbers as Linux has them; picolibc's own table has others behind 34. The texts are part of what a program prints there, and are
 * compared with it (tests/qemu/ordinary).
 */
static const struct {
	int err;
	const char *name, *text;
} errors[] = {
#define ERROR(err, text)	{ err, #err, text }
	ERROR(EPERM, "Operation not permitted"), ERROR(ENOENT, "No such file or directory"),
	ERROR(ESRCH, "No such process"), ERROR(EINTR, "Interrupted system call"), ERROR(EIO, "Input/output error"),
	ERROR(ENXIO, "No such device or address"), ERROR(E2BIG, "Argument list too long"),
	ERROR(ENOEXEC, "Exec format error"), ERROR(EBADF, "Bad file descriptor"), ERROR(ECHILD, "No child processes"),
	ERROR(EAGAIN, "Resource temporarily unavailable"), ERROR(ENOMEM, "Cannot allocate memory"),
	ERROR(EACCES, "Permission denied"), ERROR(EFAULT, "Bad address"), ERROR(EBUSY, "Device or resource busy"),
	ERROR(EEXIST, "File exists"), ERROR(EXDEV, "Invalid cross-device link"), ERROR(ENODEV, "No such device"),
	ERROR(ENOTDIR, "Not a directory"), ERROR(EISDIR, "Is a directory"), ERROR(EINVAL, "Invalid argument"),
	ERROR(ENFILE, "Too many open files in system"), ERROR(EMFILE, "Too many open files"),
	ERROR(ENOTTY, "Inappropriate ioctl for device"), ERROR(EFBIG, "File too large"),
	ERROR(ENOSPC, "No space left on device"), ERROR(ESPIPE, "Illegal seek"), ERROR(EROFS, "Read-only file system"),
	ERROR(EPIPE, "Broken pipe"), ERROR(EDOM, "Numerical argument out of domain"),
	ERROR(ERANGE, "Numerical result out of range"), ERROR(EDEADLK, "Resource deadlock avoided"),
	ERROR(ENAMETOOLONG, "File name too long"), ERROR(ENOSYS, "Function not implemented"),
	ERROR(ENOTEMPTY, "Directory not empty"), ERROR(ELOOP, "Too many levels of symbolic links"),
	ERROR(EOVERFLOW, "Value too large for defined data type"), ERROR(EOPNOTSUPP, "Operation not supported"),
	ERROR(ENOTCONN, "Transport endpoint is not connected"), ERROR(ETIMEDOUT, "Connection timed out"),
};

static const struct {
	const char *name, *text;
} signals[_NSIG + 1] = {
#define SIGNAL(sig, text)	[sig] = { #sig, text }
	SIGNAL(SIGHUP, "Hangup"), SIGNAL(SIGINT, "Interrupt"), SIGNAL(SIGQUIT, "Quit"),
	SIGNAL(SIGILL, "Illegal instruction"), SIGNAL(SIGTRAP, "Trace/breakpoint trap"), SIGNAL(SIGABRT, "Aborted"),
	SIGNAL(SIGBUS, "Bus error"), SIGNAL(SIGFPE, "Floating point exception"), SIGNAL(SIGKILL, "Killed"),
	SIGNAL(SIGUSR1, "User defined signal 1"), SIGNAL(SIGSEGV, "Segmentation fault"),
	SIGNAL(SIGUSR2, "User defined signal 2"), SIGNAL(SIGPIPE, "Broken pipe"), SIGNAL(SIGALRM, "Alarm clock"),
	SIGNAL(SIGTERM, "Terminated"), SIGNAL(SIGCHLD, "Child exited"), SIGNAL(SIGCONT, "Continued"),
	SIGNAL(SIGSTOP, "Stopped (signal)"), SIGNAL(SIGTSTP, "Stopped"), SIGNAL(SIGTTIN, "Stopped (tty input)"),
	SIGNAL(SIGTTOU, "Stopped (tty output)"), SIGNAL(SIGURG, "Urgent I/O condition"),
	SIGNAL(SIGXCPU, "CPU time limit exceeded"), SIGNAL(SIGXFSZ, "File size limit exceeded"),
	SIGNAL(SIGVTALRM, "Virtual timer expired"), SIGNAL(SIGPROF, "Profiling timer expired"),
	SIGNAL(SIGWINCH, "Window changed"), SIGNAL(SIGIO, "I/O possible"), SIGNAL(SIGPWR, "Power failure"),
	SIGNAL(SIGSYS, "Bad system call"),
};

/* @text, or for a number that has none "<prefix><n>" in @room. */
static const char *or_number(const char *text, const char *prefix, int n, char room[32])
{
	if (text)
		return text;
	snprintf(room, 32, "%s%d", prefix, n);
	return room;
}

const char *errno_name(int err)
{
	static char room[32];

	err = err < 0 ? -err : err;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err)
			return errors[i].name;
	return or_number(NULL, "error ", err, room);
}

char *strerror(int err)
{
	static char room[32];

	if (err == 0)
		return "Success";
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err)
			return (char *)errors[i].text;
	return (char *)or_number(NULL, "Unknown error ", err, room);
}

static bool has_name(int sig)
{
	return sig > 0 && sig <= _NSIG;
}

const char *signal_name(int sig)
{
	static char room[32];

	return or_number(has_name(sig) ? signals[sig].name : NULL, "signal ", sig, room);
}

char *strsignal(int sig)
{
	static char room[32];

	return (char *)or_number(has_name(sig) ? signals[sig].text : NULL, "Unknown signal ", sig, room);
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
