/* SPDX-License-Identifier: MIT */
/* errno with Linux's numbers, in place of picolibc's errno.h, whose higher ones differ. */
#ifndef USER_INCLUDE_ERRNO_H
#define USER_INCLUDE_ERRNO_H

#include "lib/errno.h"

/* Those that the kernel never gives. */
#define ENXIO		6
#define ENOTBLK		15
#define EXDEV		18
#define ETXTBSY		26
#define EMLINK		31
#define EDOM		33
#define ENOLCK		37
#define ENOTEMPTY	39
#define EPROTO		71
#define EBADMSG		74
#define EILSEQ		84
#define EALREADY	114
#define EINPROGRESS	115
#define ECANCELED	125
#define EWOULDBLOCK	EAGAIN
#define ENOTSUP		EOPNOTSUPP

extern _Thread_local int errno;

#endif
