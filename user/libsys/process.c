/* SPDX-License-Identifier: MIT */
/* A process's life: from the stack that the kernel laid out to main(), fork, execve, wait, exit. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "user/libsys/sys.h"

char **environ;
unsigned long *libsys_auxv;

int main(int argc, char **argv, char **envp);

typedef void constructor(int argc, char **argv, char **envp);
extern constructor *__preinit_array_start[], *__preinit_array_end[], *__init_array_start[], *__init_array_end[];

static void run_constructors(constructor **from, constructor **end, int argc, char **argv)
{
	for (; from < end; from++)
		(*from)(argc, argv, environ);
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
	run_constructors(__preinit_array_start, __preinit_array_end, argc, argv);
	run_constructors(__init_array_start, __init_array_end, argc, argv);
	if (usage_text != NULL && argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage_text, stdout);
		exit(0);
	}
	exit(main(argc, argv, environ));
}

int wrong_usage(void)
{
	fputs(usage_text, stderr);
	return 2;
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

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	return libsys_result(raw_syscall(SYS_wait4, (long)pid, status, (long)options, usage));
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
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

pid_t getpgid(pid_t pid)
{
	return libsys_result(raw_syscall(SYS_getpgid, (long)pid));
}

pid_t getpgrp(void)
{
	return getpgid(0);
}

pid_t getsid(pid_t pid)
{
	return libsys_result(raw_syscall(SYS_getsid, (long)pid));
}

pid_t setsid(void)
{
	return libsys_result(raw_syscall(SYS_setsid));
}

uid_t getuid(void)
{
	return raw_syscall(SYS_getuid);
}

uid_t geteuid(void)
{
	return raw_syscall(SYS_geteuid);
}

gid_t getgid(void)
{
	return raw_syscall(SYS_getgid);
}

gid_t getegid(void)
{
	return raw_syscall(SYS_getegid);
}

int tty_foreground(pid_t pgid)
{
	return tcsetpgrp(0, pgid);
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
