/* SPDX-License-Identifier: MIT */
/* Reads and writes of several buffers. */
#ifndef USER_INCLUDE_SYS_UIO_H
#define USER_INCLUDE_SYS_UIO_H

#include <stddef.h>
#include <sys/types.h>

struct iovec {
	void *iov_base;
	size_t iov_len;
};

ssize_t readv(int fd, const struct iovec *iov, int count);
ssize_t writev(int fd, const struct iovec *iov, int count);

#endif
