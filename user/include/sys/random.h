/* SPDX-License-Identifier: MIT */
/* Random bytes from the kernel. */
#ifndef USER_INCLUDE_SYS_RANDOM_H
#define USER_INCLUDE_SYS_RANDOM_H

#include <stddef.h>
#include <sys/types.h>

#define GRND_NONBLOCK	1
#define GRND_RANDOM	2

ssize_t getrandom(void *buf, size_t n, unsigned int flags);
int getentropy(void *buf, size_t n);

#endif
