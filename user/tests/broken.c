/* SPDX-License-Identifier: MIT */
/*
 * broken FILE ...: execve of damaged ELF files (user/tests/break-elf makes them): the kernel must refuse with -ENOEXEC,
 * -ENOMEM, -EINVAL or -EACCES and leave the caller alone, or, when the damage is one that no loader can see, start
 * a program that comes to its own end. A name that begins with "refuse" must be refused.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "user/tests/tap.h"

#define REFUSED	77	/* exit status of a child whose execve returned as it should */
#define ODD	78	/* ... with an error that it should not give */

static int try(long path)
{
	char *argv[] = { (char *)path, NULL };
	long err = raw_syscall(SYS_execve, (char *)path, argv, environ);

	if (err == -ENOEXEC || err == -ENOMEM || err == -EINVAL || err == -EACCES || err == -EIO)
		return REFUSED;
	printf("# execve(%s): %s\n", (char *)path, errno_name(err));
	return ODD;
}

/* bounded() - the status of a child that tries @path; one that runs for ever is killed. */
static int bounded(const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		_exit(try((long)path));
	for (int ms = 0; ms < 1000; ms += 5) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		sleep_ms(5);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');
		const char *name = slash != NULL ? slash + 1 : argv[i];
		int status = bounded(argv[i]);

		if (strncmp(name, "refuse", 6) == 0)
			is(status, exited_with(REFUSED), "%s", name);
		else
			ok(status != exited_with(ODD), "%s: %s", name, describe_status(status));
	}
	return tap_done();
}
