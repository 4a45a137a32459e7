/* SPDX-License-Identifier: MIT */
/* See child.h. */
#include "tests/host/sim/child.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/host/support/child.h"
#include "tests/host/support/world.h"

/* In the child: the status it ends with. */
static int run(int (*fn)(void *arg), void *arg)
{
	panic_expected = "";		/* any panic ends it, and no test framework hears of it */
	if (sigsetjmp(panic_jump, 0) == 0)
		return fn(arg);
	printf("panic: %s\n", panic_message);
	return 255;
}

int in_child(int (*fn)(void *arg), void *arg, char *text, size_t size)
{
	FILE *output = NULL;
	pid_t pid = child_start(&output);
	char more[512];
	int status;

	if (!pid) {
		status = run(fn, arg);
		fflush(NULL);
		_exit(status);
	}
	text[fread(text, 1, size - 1, output)] = '\0';
	while (fread(more, 1, sizeof(more), output))	/* what does not fit is dropped; unread, the writer would wait */
		;
	status = child_end(pid, output);
	return status < 128 ? status : 255;
}
