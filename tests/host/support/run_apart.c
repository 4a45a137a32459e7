/* SPDX-License-Identifier: MIT */
/* See run_apart.h. */
#define _GNU_SOURCE		/* program_invocation_name */
#include "tests/host/support/run_apart.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/support/child.h"

#define AHEAD	3	/* tests under way: some of them only wait, for a grace period */

/*
 * Looking for leaks takes 50 ms, ten times as long as most tests: a process that has no more memory now than before its
 * test needs no look. The sanitizer asks when the process exits.
 */
size_t __attribute__((weak)) __sanitizer_get_current_allocated_bytes(void);	/* NULL: built without a sanitizer */
int __lsan_is_turned_off(void);

static size_t bytes_before;

static size_t bytes_now(void)
{
	return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0;
}

int __lsan_is_turned_off(void)
{
	return bytes_now() <= bytes_before;
}

/* Does cmocka speak of its group here? Each test is a group of one, so these lines say nothing. */
static bool about_group(const char *line)
{
	return !strncmp(line, "[==========]", 12) || !strncmp(line, "[  PASSED  ]", 12) ||
	       !strncmp(line, "[  FAILED  ]", 12);
}

/* In the child: the status it ends with. */
static int in_copy(const char *group, const struct CMUnitTest *test, void (*begin)(void), void (*end)(void))
{
	int failed;

	if (begin)
		begin();
	bytes_before = bytes_now();
	failed = _cmocka_run_group_tests(group, test, 1, NULL, NULL);
	if (end)
		end();
	return failed ? 1 : 0;
}

/* A test under way. */
struct run {
	pid_t pid;
	FILE *output;
};

/* Pass on what the test and the sanitizers say, until it ends. Returns: whether it passed. */
static bool finish(struct run *run, const char *name)
{
	char *line = NULL;
	size_t size = 0;
	int status;

	while (getline(&line, &size, run->output) > 0)
		if (!about_group(line))
			fputs(line, stdout);
	free(line);
	status = child_end(run->pid, run->output);
	if (status)
		printf("[  FAILED  ] %s, with status %d; repeat: TEST=%s %s\n", name, status, name, program_invocation_name);
	return !status;
}

int run_apart(const char *group, const struct CMUnitTest *tests, size_t n, void (*begin)(void), void (*end)(void))
{
	const char *only = getenv("TEST");
	struct run runs[AHEAD];
	size_t passed = 0;

	for (size_t i = 0; only && i < n; i++)
		if (!strcmp(tests[i].name, only))
			return in_copy(group, &tests[i], begin, end);		/* here, where a debugger sees it */
	if (only) {
		printf("%s has no test called %s\n", program_invocation_name, only);
		return 1;
	}
	printf("[==========] %s: running %zu tests\n", group, n);
	for (size_t i = 0; i < n + AHEAD; i++) {
		struct run *run = &runs[i % AHEAD];

		if (i >= AHEAD && i - AHEAD < n)
			passed += finish(run, tests[i - AHEAD].name);
		if (i >= n)
			continue;
		run->pid = child_start(&run->output);
		if (!run->pid)
			exit(in_copy(group, &tests[i], begin, end));
	}
	printf("[  PASSED  ] %zu test(s).\n", passed);
	if (passed < n)
		printf("[  FAILED  ] %zu test(s), named where they failed.\n", n - passed);
	return passed < n;
}
