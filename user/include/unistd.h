/* SPDX-License-Identifier: MIT */
/* picolibc's unistd.h, and what it hides from a program that asks for plain POSIX. */
#ifndef USER_INCLUDE_UNISTD_H
#define USER_INCLUDE_UNISTD_H

#include <stddef.h>
#include_next <unistd.h>

int brk(void *end);
int dup3(int fd, int to, int flags);
int getpagesize(void);
pid_t gettid(void);
int pipe2(int fds[2], int flags);
ssize_t pread(int fd, void *buf, size_t n, off_t pos);
ssize_t pwrite(int fd, const void *buf, size_t n, off_t pos);
void *sbrk(ptrdiff_t increment);
int usleep(useconds_t us);
pid_t vfork(void);

#endif
