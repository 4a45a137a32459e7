/* SPDX-License-Identifier: MIT */
/* ioctl() on the console. */
#ifndef USER_INCLUDE_SYS_IOCTL_H
#define USER_INCLUDE_SYS_IOCTL_H

#define TIOCGPGRP	0x540f
#define TIOCSPGRP	0x5410

int ioctl(int fd, unsigned long request, ...);

#endif
