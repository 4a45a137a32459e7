/* SPDX-License-Identifier: MIT */
/*
 * Error numbers, with the values that Linux gives user programs on riscv64.
 * On the host the C library has the same ones; picolibc has not, so user programs take these, too.
 */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#ifdef __linux__
#include <errno.h>
#else
#define EPERM		1
#define ENOENT		2
#define ESRCH		3
#define EINTR		4
#define EIO		5
#define E2BIG		7
#define ENOEXEC		8
#define EBADF		9
#define ECHILD		10
#define EAGAIN		11
#define ENOMEM		12
#define EACCES		13
#define EFAULT		14
#define EBUSY		16
#define EEXIST		17
#define ENODEV		19
#define ENOTDIR		20
#define EISDIR		21
#define EINVAL		22
#define ENFILE		23
#define EMFILE		24
#define ENOTTY		25
#define EFBIG		27
#define ENOSPC		28
#define ESPIPE		29
#define EROFS		30
#define EPIPE		32
#define ERANGE		34
#define EDEADLK		35
#define ENAMETOOLONG	36
#define ENOSYS		38
#define ELOOP		40
#define ENODATA		61
#define EOVERFLOW	75
#define EOPNOTSUPP	95
#define ENOTCONN	107
#define ETIMEDOUT	110
#endif

/* Pointers that may carry an error: the last page of the address space. */
#define MAX_ERRNO	4095UL
#define ERR_PTR(err)	((void *)(long)(err))
#define PTR_ERR(ptr)	((long)(ptr))
#define IS_ERR_VALUE(x)	((unsigned long)(x) >= -MAX_ERRNO)
#define IS_ERR(ptr)	IS_ERR_VALUE(ptr)

#endif
