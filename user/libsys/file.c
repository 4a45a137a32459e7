/* SPDX-License-Identifier: MIT */
/* Calls on descriptors: thin wrappers. */
#include "user/libsys/sys.h"

#define AT_FDCWD	(-100)

ssize_t read(int fd, void *buf, size_t n)
{
	return libsys_result(raw_syscall(SYS_read, (long)fd, buf, n));
}

ssize_t write(int fd, const void *buf, size_t n)
{
	return libsys_result(raw_syscall(SYS_write, (long)fd, buf, n));
}

int open(const char *path, int flags, ...)
{
	return libsys_result(raw_syscall(SYS_openat, (long)AT_FDCWD, path, (long)flags, 0L));
}

int close(int fd)
{
	return libsys_result(raw_syscall(SYS_close, (long)fd));
}

int pipe(int fds[2])
{
	return libsys_result(raw_syscall(SYS_pipe2, fds, 0L));
}
