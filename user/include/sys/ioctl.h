/* SPDX-License-Identifier: MIT */
/* ioctl() on the console. */
#ifndef USER_INCLUDE_SYS_IOCTL_H
#define USER_INCLUDE_SYS_IOCTL_H

#include "uapi/termios.h"

int ioctl(int fd, unsigned long request, ...);

#endif
