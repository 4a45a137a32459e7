/* SPDX-License-Identifier: MIT */
/* picolibc's sys/time.h, and what it hides from a program that asks for plain POSIX. */
#ifndef USER_INCLUDE_SYS_TIME_H
#define USER_INCLUDE_SYS_TIME_H

#include_next <sys/time.h>

int getitimer(int which, struct itimerval *value);
int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old);

#endif
