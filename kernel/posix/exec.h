/* SPDX-License-Identifier: MIT */
/* The strings of an exec, copied out of the old program before it goes. */
#ifndef KERNEL_POSIX_EXEC_H
#define KERNEL_POSIX_EXEC_H

#include "kernel/mm/frame/page.h"
#include "lib/types.h"

#define EXEC_PATH_MAX	256
#define EXEC_ARGS_MAX	(128UL << 10)	/* bytes of strings and of the pointers to them */

/*
 * The strings one after the other with their NULs, arguments first, in pages that come as needed.
 */
struct exec_args {
	int argc, envc;
	size_t used;			/* bytes of strings */
	char *page[EXEC_ARGS_MAX / PAGE_SIZE];
};

void exec_args_init(struct exec_args *args);
void exec_args_free(struct exec_args *args);
/* exec_args_add() - one more argument from kernel memory. Returns: 0, -E2BIG or -ENOMEM. */
int exec_args_add(struct exec_args *args, const char *s);
/* exec_args_copy() - the user's NULL-terminated arrays. Returns: 0, -EFAULT, -E2BIG or -ENOMEM. */
int exec_args_copy(struct exec_args *args, unsigned long argv, unsigned long envp);

/*
 * do_execve() - the current task goes on as program @path.
 * Returns: 0 with its user registers set for the new program, or -errno with nothing changed.
 */
int do_execve(const char *path, const struct exec_args *args);

#endif
