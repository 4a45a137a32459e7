/* SPDX-License-Identifier: MIT */
/* fcntl(), with Linux's numbers: for the kernel, and for user/include/fcntl.h. */
#ifndef UAPI_FCNTL_H
#define UAPI_FCNTL_H

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_DUPFD_CLOEXEC	1030
#define FD_CLOEXEC	1

#endif
