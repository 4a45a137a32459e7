/* SPDX-License-Identifier: MIT */
/* open() and fcntl() with Linux's numbers, in place of picolibc's fcntl.h, whose higher ones differ. */
#ifndef USER_INCLUDE_FCNTL_H
#define USER_INCLUDE_FCNTL_H

#include <sys/types.h>
#include "uapi/fcntl.h"

#define O_RDONLY	0
#define O_WRONLY	1
#define O_RDWR		2
#define O_ACCMODE	3
#define O_CREAT		0100
#define O_EXCL		0200
#define O_TRUNC		01000
#define O_APPEND	02000
#define O_NONBLOCK	04000
#define O_DIRECTORY	0200000
#define O_CLOEXEC	02000000

#define AT_FDCWD	(-100)

int open(const char *path, int flags, ...);
int openat(int dir, const char *path, int flags, ...);
int fcntl(int fd, int cmd, ...);

#endif
