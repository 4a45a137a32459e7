/* SPDX-License-Identifier: MIT */
/* The forms of execve, and programs that run programs. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "user/libsys/sys.h"

#define PATH_DEFAULT	"/bin"
#define MAX_ARGS	255

/* What stands in the output buffers is written first: it would be lost. */
int execve(const char *path, char *const argv[], char *const envp[])
{
	flush_output();
	return libsys_result(raw_syscall(SYS_execve, path, argv, envp));
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* The first @file in the folders of PATH that can be run. An error that is not "there is none" is told if nothing else runs. */
int execvpe(const char *file, char *const argv[], char *const envp[])
{
	const char *at = getenv("PATH");
	char path[256];
	int err = ENOENT;

	if (strchr(file, '/'))
		return execve(file, argv, envp);
	for (at = at ? at : PATH_DEFAULT; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		int len = (int)strcspn(at, ":");

		if (snprintf(path, sizeof(path), "%.*s/%s", len, at, file) >= (int)sizeof(path))
			continue;
		execve(path, argv, envp);
		if (errno != ENOENT && errno != ENOTDIR)
			err = errno;
	}
	errno = err;
	return -1;
}

int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

/* The arguments @first and those of @ap up to NULL, into @argv. False: too many. */
static bool collect(char *argv[MAX_ARGS + 1], const char *first, va_list *ap)
{
	int n = 0;

	for (const char *arg = first; arg; arg = va_arg(*ap, const char *)) {
		if (n == MAX_ARGS) {
			errno = E2BIG;
			return false;
		}
		argv[n++] = (char *)arg;
	}
	argv[n] = NULL;
	return true;
}

int execl(const char *path, const char *arg, ...)
{
	char *argv[MAX_ARGS + 1];
	va_list ap;
	bool fits;

	va_start(ap, arg);
	fits = collect(argv, arg, &ap);
	va_end(ap);
	return fits ? execv(path, argv) : -1;
}

int execlp(const char *file, const char *arg, ...)
{
	char *argv[MAX_ARGS + 1];
	va_list ap;
	bool fits;

	va_start(ap, arg);
	fits = collect(argv, arg, &ap);
	va_end(ap);
	return fits ? execvp(file, argv) : -1;
}

int execle(const char *path, const char *arg, ...)
{
	char *argv[MAX_ARGS + 1], **envp = NULL;
	va_list ap;
	bool fits;

	va_start(ap, arg);
	fits = collect(argv, arg, &ap);
	if (fits)
		envp = va_arg(ap, char **);
	va_end(ap);
	return fits ? execve(path, argv, envp) : -1;
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
	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			return -1;
	return status;
}

/* The caller does not hear ^C while the command runs. */
int system(const char *command)
{
	char *argv[] = { "/bin/sh", "-c", (char *)command, NULL };
	sighandler_t intr;
	int status;

	if (!command)
		return 1;
	intr = signal(SIGINT, SIG_IGN);
	status = run(argv);
	signal(SIGINT, intr);
	return status;
}
