/* SPDX-License-Identifier: MIT */
/* Calls on descriptors and names of files: thin wrappers. */
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "uapi/dirent.h"
#include "user/libsys/sys.h"

#define AT_SYMLINK_NOFOLLOW	0x100
#define AT_REMOVEDIR		0x200

/* The argument behind @last, of whatever integer type: the ABI passes each in a whole register. */
#define NEXT_ARG(last) ({			\
	va_list _ap;				\
	unsigned long _value;			\
	va_start(_ap, last);			\
	_value = va_arg(_ap, unsigned long);	\
	va_end(_ap);				\
	_value; })

ssize_t read(int fd, void *buf, size_t n)
{
	return libsys_result(raw_syscall(SYS_read, (long)fd, buf, n));
}

ssize_t write(int fd, const void *buf, size_t n)
{
	return libsys_result(raw_syscall(SYS_write, (long)fd, buf, n));
}

ssize_t pread(int fd, void *buf, size_t n, off_t pos)
{
	return libsys_result(raw_syscall(SYS_pread64, (long)fd, buf, n, pos));
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t pos)
{
	return libsys_result(raw_syscall(SYS_pwrite64, (long)fd, buf, n, pos));
}

ssize_t readv(int fd, const struct iovec *iov, int count)
{
	return libsys_result(raw_syscall(SYS_readv, (long)fd, iov, (long)count));
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	return libsys_result(raw_syscall(SYS_writev, (long)fd, iov, (long)count));
}

int open(const char *path, int flags, ...)
{
	return libsys_result(raw_syscall(SYS_openat, (long)AT_FDCWD, path, (long)flags, flags & O_CREAT ? NEXT_ARG(flags) : 0));
}

int openat(int dir, const char *path, int flags, ...)
{
	return libsys_result(raw_syscall(SYS_openat, (long)dir, path, (long)flags, flags & O_CREAT ? NEXT_ARG(flags) : 0));
}

int close(int fd)
{
	return libsys_result(raw_syscall(SYS_close, (long)fd));
}

off_t lseek(int fd, off_t offset, int whence)
{
	return libsys_result(raw_syscall(SYS_lseek, (long)fd, offset, (long)whence));
}

int dup(int fd)
{
	return libsys_result(raw_syscall(SYS_dup, (long)fd));
}

int dup3(int fd, int to, int flags)
{
	return libsys_result(raw_syscall(SYS_dup3, (long)fd, (long)to, (long)flags));
}

/* Unlike dup3, it has nothing against a descriptor that is its own copy, if it is open. */
int dup2(int fd, int to)
{
	if (fd == to)
		return fcntl(fd, F_GETFD) < 0 ? -1 : to;
	return dup3(fd, to, 0);
}

int fcntl(int fd, int cmd, ...)
{
	return libsys_result(raw_syscall(SYS_fcntl, (long)fd, (long)cmd, NEXT_ARG(cmd)));
}

int ioctl(int fd, unsigned long request, ...)
{
	return libsys_result(raw_syscall(SYS_ioctl, (long)fd, request, NEXT_ARG(request)));
}

int pipe2(int fds[2], int flags)
{
	return libsys_result(raw_syscall(SYS_pipe2, fds, (long)flags));
}

int pipe(int fds[2])
{
	return pipe2(fds, 0);
}

int isatty(int fd)
{
	int pgrp;

	return ioctl(fd, TIOCGPGRP, &pgrp) == 0;
}

pid_t tcgetpgrp(int fd)
{
	int pgrp;

	return ioctl(fd, TIOCGPGRP, &pgrp) < 0 ? -1 : pgrp;
}

int tcsetpgrp(int fd, pid_t pgrp)
{
	return ioctl(fd, TIOCSPGRP, &pgrp);
}

int fstat(int fd, struct stat *st)
{
	return libsys_result(raw_syscall(SYS_fstat, (long)fd, st));
}

int stat(const char *path, struct stat *st)
{
	return libsys_result(raw_syscall(SYS_newfstatat, (long)AT_FDCWD, path, st, 0L));
}

int lstat(const char *path, struct stat *st)
{
	return libsys_result(raw_syscall(SYS_newfstatat, (long)AT_FDCWD, path, st, (long)AT_SYMLINK_NOFOLLOW));
}

int access(const char *path, int mode)
{
	return libsys_result(raw_syscall(SYS_faccessat, (long)AT_FDCWD, path, (long)mode));
}

mode_t umask(mode_t mask)
{
	return raw_syscall(SYS_umask, (long)mask);
}

char *getcwd(char *buf, size_t size)
{
	return libsys_result(raw_syscall(SYS_getcwd, buf, size)) < 0 ? NULL : buf;
}

int chdir(const char *path)
{
	return libsys_result(raw_syscall(SYS_chdir, path));
}

int unlink(const char *path)
{
	return libsys_result(raw_syscall(SYS_unlinkat, (long)AT_FDCWD, path, 0L));
}

int rmdir(const char *path)
{
	return libsys_result(raw_syscall(SYS_unlinkat, (long)AT_FDCWD, path, (long)AT_REMOVEDIR));
}

int mkdir(const char *path, mode_t mode)
{
	return libsys_result(raw_syscall(SYS_mkdirat, (long)AT_FDCWD, path, (long)mode));
}

int rename(const char *from, const char *to)
{
	return libsys_result(raw_syscall(SYS_renameat2, (long)AT_FDCWD, from, (long)AT_FDCWD, to, 0L));
}

int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec rest;

	if (timeout)
		rest = *timeout;		/* the kernel writes to it */
	return libsys_result(raw_syscall(SYS_ppoll, fds, n, timeout ? &rest : NULL, mask, sizeof(sigset_t)));
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	struct timespec ts = { timeout / 1000, timeout % 1000 * 1000000L };

	return ppoll(fds, n, timeout < 0 ? NULL : &ts, NULL);
}

int list_folder(const char *path, void (*each)(const char *name, unsigned char type))
{
	char records[1024] __attribute__((aligned(8)));
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	long n, pos;

	if (fd < 0)
		return -1;
	while ((n = libsys_result(raw_syscall(SYS_getdents64, (long)fd, records, sizeof(records)))) > 0)
		for (pos = 0; pos < n;) {
			const struct linux_dirent64 *entry = (const struct linux_dirent64 *)(records + pos);

			each(entry->d_name, entry->d_type);
			pos += entry->d_reclen;
		}
	close(fd);
	return n < 0 ? -1 : 0;
}
