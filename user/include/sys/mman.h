/* SPDX-License-Identifier: MIT */
/* The memory calls. */
#ifndef USER_INCLUDE_SYS_MMAN_H
#define USER_INCLUDE_SYS_MMAN_H

#include <stddef.h>
#include <sys/types.h>
#include "uapi/mman.h"

#define MAP_ANON		MAP_ANONYMOUS
#define MAP_FILE		0
#define POSIX_MADV_NORMAL	MADV_NORMAL
#define POSIX_MADV_RANDOM	MADV_RANDOM
#define POSIX_MADV_SEQUENTIAL	MADV_SEQUENTIAL
#define POSIX_MADV_WILLNEED	MADV_WILLNEED
#define POSIX_MADV_DONTNEED	MADV_NORMAL	/* POSIX's may not lose data, as Linux's does */

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off);
int munmap(void *addr, size_t len);
int mprotect(void *addr, size_t len, int prot);
void *mremap(void *old, size_t old_len, size_t new_len, int flags, ...);
int madvise(void *addr, size_t len, int advice);
int posix_madvise(void *addr, size_t len, int advice);	/* returns the error number */
int mincore(void *addr, size_t len, unsigned char *vec);
int msync(void *addr, size_t len, int flags);
int mlock(const void *addr, size_t len);
int mlock2(const void *addr, size_t len, unsigned int flags);
int munlock(const void *addr, size_t len);
int mlockall(int flags);
int munlockall(void);

#endif
