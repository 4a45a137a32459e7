/* SPDX-License-Identifier: MIT */
/*
 * A copy of this process whose output comes back through a pipe: whatever it breaks, the parent goes on from
 * the state before.
 */
#ifndef TESTS_HOST_SUPPORT_CHILD_H
#define TESTS_HOST_SUPPORT_CHILD_H

#include <stdio.h>
#include <sys/types.h>

/*
 * child_start() - fork. In the child stdout and stderr are the pipe; the parent reads it as *@output, which ends
 * when the child does. Returns: 0 in the child, its pid in the parent.
 */
pid_t child_start(FILE **output);

/* child_end() - close @output and wait. Returns: the exit status; 128 + the signal that ended the child. */
int child_end(pid_t pid, FILE *output);

#endif
