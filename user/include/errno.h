/* SPDX-License-Identifier: MIT */
/* errno with Linux's numbers, in place of picolibc's errno.h, whose higher ones differ. */
#ifndef USER_INCLUDE_ERRNO_H
#define USER_INCLUDE_ERRNO_H

#include "lib/errno.h"

extern _Thread_local int errno;

#endif
