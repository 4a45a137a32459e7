/* SPDX-License-Identifier: MIT */
/* Waiting for children: Linux's numbers, in place of picolibc's sys/wait.h. */
#ifndef USER_INCLUDE_SYS_WAIT_H
#define USER_INCLUDE_SYS_WAIT_H

#include <sys/resource.h>
#include <sys/types.h>

#define WNOHANG		1
#define WUNTRACED	2
#define WCONTINUED	8

#define WTERMSIG(status)	((status) & 0x7f)
#define WIFEXITED(status)	(WTERMSIG(status) == 0)
#define WEXITSTATUS(status)	((status) >> 8 & 0xff)
#define WIFSTOPPED(status)	(((status) & 0xff) == 0x7f)
#define WSTOPSIG(status)	WEXITSTATUS(status)
#define WIFCONTINUED(status)	((status) == 0xffff)
#define WIFSIGNALED(status)	(WTERMSIG(status) != 0 && WTERMSIG(status) != 0x7f)
#define WCOREDUMP(status)	((status) & 0x80)

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
pid_t wait3(int *status, int options, struct rusage *usage);
pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage);

#endif
