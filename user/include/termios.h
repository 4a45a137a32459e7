/* SPDX-License-Identifier: MIT */
/* POSIX terminal settings over Linux's structure; picolibc's termios.h has nothing behind it. */
#ifndef USER_INCLUDE_TERMIOS_H
#define USER_INCLUDE_TERMIOS_H

#include "uapi/termios.h"

#define TCSANOW		0
#define TCSADRAIN	1
#define TCSAFLUSH	2

int tcgetattr(int fd, struct termios *settings);
int tcsetattr(int fd, int when, const struct termios *settings);
/* cfmakeraw() - bytes as they are typed: no lines, no signals, nothing printed. */
void cfmakeraw(struct termios *settings);

#endif
