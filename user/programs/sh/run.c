/* SPDX-License-Identifier: MIT */
/*
 * Running pipelines. All processes of one are in a process group of their own, which has the console while we wait for it, so
 * that Ctrl-C ends them and not the shell (with job_control):
 *
 *	a | b | c	pipe 1: a -> b, pipe 2: b -> c; group: the pid of a; status: that of c
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/programs/sh/sh.h"

/* exec_program() - in a child: become the program, or end with 127 or 126. */
static void exec_program(char **words)
{
	char path[LINE_SIZE + 8];
	bool with_path = strchr(words[0], '/') != NULL;
	const char *meant;

	snprintf(path, sizeof(path), "%s%s", with_path ? "" : "/bin/", words[0]);
	execve(path, words, environ);
	if (errno != ENOENT) {
		fprintf(stderr, "sh: %s: %s\n", words[0], errno_name(errno));
		_exit(126);
	}
	meant = with_path ? NULL : nearest_name(words[0]);
	if (meant != NULL)
		fprintf(stderr, "sh: %s: not found; did you mean %s?\n", words[0], meant);
	else
		fprintf(stderr, "sh: %s: not found (try help)\n", words[0]);
	_exit(127);
}

/* redirect() - @fd becomes descriptor @to; -1: there is nothing to do. */
static void redirect(int fd, int to)
{
	if (fd < 0 || fd == to)
		return;
	dup2(fd, to);
	close(fd);
}

/* become() - in a child: run one command of a pipeline that reads @in and writes @out (-1: the console). */
static void become(const struct command *c, int in, int out)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	redirect(in, 0);
	redirect(out, 1);
	if (c->input != NULL) {
		int fd = open(c->input, O_RDONLY);

		if (fd < 0) {
			fprintf(stderr, "sh: %s: %s\n", c->input, errno_name(errno));
			_exit(1);
		}
		redirect(fd, 0);
	}
	if (is_builtin(c->words[0])) {
		run_builtin((char **)c->words, c->nr_words);
		exit(last_status);
	}
	exec_program((char **)c->words);
}

static void join(pid_t pid, pid_t group)
{
	if (job_control)
		setpgid(pid, group);
}

static void foreground(pid_t group)
{
	if (job_control)
		tty_foreground(group);
}

/*
 * start() - fork the processes of a pipeline into pids[].
 * Returns: how many there are; fewer than commands when one could not be started, which is told.
 */
static int start(const struct command *stages, int n, pid_t pids[MAX_STAGES])
{
	int in = -1, fds[2] = { -1, -1 }, i;

	for (i = 0; i < n; i++) {
		fds[0] = fds[1] = -1;
		if (i + 1 < n && pipe(fds) != 0)
			break;
		pids[i] = fork();
		if (pids[i] == 0) {
			join(0, i == 0 ? 0 : pids[0]);
			close(fds[0]);
			become(&stages[i], in, fds[1]);
		}
		if (pids[i] < 0)
			break;
		join(pids[i], pids[0]);
		close(in);
		close(fds[1]);
		in = fds[0];
	}
	if (i < n) {
		printf("sh: cannot start %s: %s\n", stages[i].words[0], errno_name(errno));
		close(in);
		close(fds[0]);
		close(fds[1]);
	}
	return i;
}

/* finish() - wait for all of them; the status is that of the last one, which runs @last. */
static void finish(const pid_t *pids, int n, const struct command *last)
{
	int status = 0;

	foreground(pids[0]);
	for (int i = 0; i < n; i++)
		while (waitpid(pids[i], &status, 0) < 0)
			if (errno != EINTR)
				die("sh: wait");
	foreground(getpid());
	console_restore();		/* whatever the program did to it */
	last_status = exit_code(status);
	print_end(last->words, pids[n - 1], status);
}

static void run_pipeline(const struct command *stages, int n, bool background)
{
	pid_t pids[MAX_STAGES];
	int started = start(stages, n, pids);

	if (started > 0 && background)
		printf("[%d]\n", pids[started - 1]);
	else if (started > 0)
		finish(pids, started, &stages[started - 1]);
	last_status = started < n ? 1 : background ? 0 : last_status;
}

void run_program(char **words)
{
	struct command c = { .words = { words[0], words[1] }, .nr_words = 2 };

	run_pipeline(&c, 1, false);
}

void run_line(const char *line)
{
	static struct parser p;
	int end;

	if (strlen(line) >= LINE_SIZE) {
		printf(TOO_LONG, LINE_SIZE - 1);
		last_status = 2;
		return;
	}
	p.in = line;
	do {
		const struct command *first = &p.stages[0];

		end = next_pipeline(&p);
		if (end < 0) {
			printf("sh: %s\n", p.error);
			last_status = 2;
			return;
		}
		if (p.nr_stages == 1 && end != '&' && first->input == NULL && is_builtin(first->words[0]))
			run_builtin((char **)first->words, first->nr_words);
		else if (p.nr_stages > 0)
			run_pipeline(p.stages, p.nr_stages, end == '&');
	} while (end != '\0');
}
