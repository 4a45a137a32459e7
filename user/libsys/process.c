/* SPDX-License-Identifier: MIT */
/* A process's life: from the stack that the kernel laid out to main(), fork, execve, wait, exit. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

#define TIOCSPGRP	0x5410

char **environ;
unsigned long *libsys_auxv;

int main(int argc, char **argv, char **envp);

static void flush_output(void)
{
	fflush(stdout);
	fflush(stderr);
}

/* libsys_start() - start.S: @sp is where the kernel put argc. */
__attribute__((noreturn)) void libsys_start(long *sp)
{
	int argc = sp[0];
	char **argv = (char **)(sp + 1);
	char **p;

	environ = argv + argc + 1;
	for (p = environ; *p != NULL; p++)
		;
	libsys_auxv = (unsigned long *)(p + 1);
	atexit(flush_output);
	exit(main(argc, argv, environ));
}

unsigned long getauxval(unsigned long type)
{
	for (unsigned long *a = libsys_auxv; a[0] != 0; a += 2)
		if (a[0] == type)
			return a[1];
	return 0;
}

long libsys_result(long answer)
{
	if ((unsigned long)answer < -4095UL)
		return answer;
	errno = -answer;
	return -1;
}

void _exit(int status)
{
	for (;;)
		raw_syscall(SYS_exit_group, status);
}

/* What stands in the output buffers is written first: else both processes would write it. */
pid_t fork(void)
{
	flush_output();
	return libsys_result(raw_syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L));
}

int execve(const char *path, char *const argv[], char *const envp[])
{
	flush_output();
	return libsys_result(raw_syscall(SYS_execve, path, argv, envp));
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

pid_t wait4(pid_t pid, int *status, int options, void *rusage)
{
	return libsys_result(raw_syscall(SYS_wait4, (long)pid, status, (long)options, rusage));
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

pid_t getpid(void)
{
	return raw_syscall(SYS_getpid);
}

pid_t getppid(void)
{
	return raw_syscall(SYS_getppid);
}

pid_t gettid(void)
{
	return raw_syscall(SYS_gettid);
}

int sched_yield(void)
{
	return libsys_result(raw_syscall(SYS_sched_yield));
}

int setpgid(pid_t pid, pid_t pgid)
{
	return libsys_result(raw_syscall(SYS_setpgid, (long)pid, (long)pgid));
}

int tty_foreground(pid_t pgid)
{
	return libsys_result(raw_syscall(SYS_ioctl, 0L, (long)TIOCSPGRP, &pgid));
}

int run(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid == 0) {
		execve(argv[0], argv, environ);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

const char *describe_status(int status)
{
	static char text[40];

	if ((status & 0x7f) == 0)
		snprintf(text, sizeof(text), "exit status %d", status >> 8 & 0xff);
	else
		snprintf(text, sizeof(text), "killed by %s", signal_name(status & 0x7f));
	return text;
}

int exit_code(int status)
{
	return (status & 0x7f) == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f);
}
