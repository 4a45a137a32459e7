/* SPDX-License-Identifier: MIT */
/*
 * sh: the shell. One line at a time: commands separated by ';' or '&' (do not wait for that one), '#' starts
 * a comment, 'single' and "double" quotes keep blanks, $? is the last exit status. A name without a
 * slash is looked for in /bin. "sh -c LINE" runs LINE and ends with its status.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/libsys/sys.h"

#define LINE_SIZE	1024
#define MAX_WORDS	64

static int last_status;		/* $? */

static const char help_text[] =
	"Programs that show the memory subsystem at work:\n"
	"  forkdemo cowdemo rmapdemo brkdemo mmapdemo mremapdemo\n"
	"  madvdemo maplimit stackdemo segvdemo swapdemo oomdemo\n"
	"Programs that look into the kernel:\n"
	"  maps [PID]     the areas (VMAs) of a process\n"
	"  pt ADDR [PID]  the three page-table levels behind an address\n"
	"  mtree [PID]    the maple tree that holds the areas (mtree -n 40: of more areas)\n"
	"  free, ps       memory and processes\n"
	"  faults         the latest page faults, stage by stage (boot with trace=fault)\n"
	"Programs that try to break it:\n"
	"  stress [-n processes] [-t seconds] [-s seed], forkbomb N, greedy\n"
	"The shell: NAME ARGS ... runs /bin/NAME; 'a ; b', 'a &', $?, # comment; help, exit [N]\n";

/* A line on its way to being words; the words' bytes are copied to text[]. */
struct parser {
	const char *in;
	char text[LINE_SIZE + 16 * MAX_WORDS];
	size_t used;
	char *words[MAX_WORDS + 1];
	int nr_words;
};

/* put() - one byte of the current word. False when it does not fit. */
static bool put(struct parser *p, char c)
{
	if (p->used >= sizeof(p->text))
		return false;
	p->text[p->used++] = c;
	return true;
}

/* put_dollar() - "$?" is the last exit status, any other dollar stands for itself. */
static bool put_dollar(struct parser *p)
{
	char number[16];

	if (p->in[1] != '?')
		return put(p, *p->in++);
	p->in += 2;
	snprintf(number, sizeof(number), "%d", last_status);
	for (const char *s = number; *s != '\0'; s++)
		if (!put(p, *s))
			return false;
	return true;
}

/* next_word() - copy one word from p->in. False when it is unterminated or too long. */
static bool next_word(struct parser *p)
{
	char quote = '\0';

	if (p->nr_words == MAX_WORDS)
		return false;
	p->words[p->nr_words++] = p->text + p->used;
	for (; *p->in != '\0'; ) {
		char c = *p->in;

		if (quote == '\0' && strchr(" \t\n;&#", c) != NULL)
			break;
		if (c == quote || (quote == '\0' && (c == '\'' || c == '"'))) {
			quote = quote == '\0' ? c : '\0';
			p->in++;
		} else if (c == '$' && quote != '\'') {
			if (!put_dollar(p))
				return false;
		} else if (!put(p, *p->in++)) {
			return false;
		}
	}
	return quote == '\0' && put(p, '\0');
}

/*
 * next_command() - words of the next command of the line into p->words.
 * Returns what ended it: ';', '&', '\0' at the end of the line, or -1 when the line is malformed.
 */
static int next_command(struct parser *p)
{
	p->nr_words = 0;
	p->used = 0;
	for (;;) {
		while (*p->in == ' ' || *p->in == '\t' || *p->in == '\n' || *p->in == '\r')
			p->in++;
		if (*p->in == '\0' || *p->in == '#') {
			p->in = "";
			return '\0';
		}
		if (*p->in == ';' || *p->in == '&')
			return *p->in++;
		if (!next_word(p))
			return -1;
		p->words[p->nr_words] = NULL;
	}
}

/* run_builtin() - help and exit are done here. False: it is a program. */
static bool run_builtin(char **words, int nr_words)
{
	unsigned long n = last_status;

	if (strcmp(words[0], "help") == 0) {
		fputs(help_text, stdout);
		last_status = 0;
		return true;
	}
	if (strcmp(words[0], "exit") != 0)
		return false;
	if (nr_words > 1 && !parse_ulong(words[1], &n)) {
		printf("sh: exit: %s is not a number\n", words[1]);
		n = 2;
	}
	exit(n & 0xff);
}

static void exec_program(char **words)
{
	char path[128];

	signal(SIGINT, SIG_DFL);
	if (strchr(words[0], '/') != NULL)
		snprintf(path, sizeof(path), "%s", words[0]);
	else
		snprintf(path, sizeof(path), "/bin/%s", words[0]);
	execve(path, words, environ);
	bool missing = errno == ENOENT;

	fprintf(stderr, "sh: %s: %s\n", words[0], missing ? "not found (try help)" : errno_name(errno));
	_exit(missing ? 127 : 126);
}

/*
 * run_program() - in a child; @background: only announce its pid. The child gets a process group of its own, which
 * has the console while we wait for it, so that Ctrl-C ends it and not the shell.
 */
static void run_program(char **words, bool background)
{
	int status;
	pid_t pid = fork();

	if (pid < 0) {
		printf("sh: cannot fork: %s\n", errno_name(errno));
		last_status = 1;
		return;
	}
	if (pid == 0) {
		setpgid(0, 0);
		exec_program(words);
	}
	setpgid(pid, pid);
	if (background) {
		printf("[%d]\n", pid);
		last_status = 0;
		return;
	}
	tty_foreground(pid);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("sh: wait");
	tty_foreground(getpid());
	last_status = exit_code(status);
	if (status != 0)
		printf("%s: %s\n", words[0], describe_status(status));
}

/* reap_background() - say which of the programs started with '&' have ended. */
static void reap_background(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		printf("[%d] %s\n", pid, describe_status(status));
}

static void run_line(const char *line)
{
	struct parser p = { .in = line };
	int end;

	do {
		end = next_command(&p);
		if (end < 0) {
			printf("sh: open quote, or line too long\n");
			last_status = 2;
			return;
		}
		if (p.nr_words > 0 && !run_builtin(p.words, p.nr_words))
			run_program(p.words, end == '&');
	} while (end != '\0');
}

int main(int argc, char **argv)
{
	char line[LINE_SIZE];

	if (argc == 3 && strcmp(argv[1], "-c") == 0) {
		run_line(argv[2]);
		return last_status;
	}
	if (argc != 1) {
		fprintf(stderr, "usage: sh [-c LINE]\n");
		return 2;
	}
	setpgid(0, 0);
	tty_foreground(getpid());
	signal(SIGINT, SIG_IGN);
	printf("Welcome to Samara. Type help for a list of programs, exit to power off.\n");
	for (;;) {
		reap_background();
		printf("samara$ ");
		fflush(stdout);
		if (fgets(line, sizeof(line), stdin) == NULL)
			break;
		run_line(line);
	}
	printf("exit\n");
	return last_status;
}
