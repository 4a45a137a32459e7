/* SPDX-License-Identifier: MIT */
/* Blocked signals wait, sigsuspend lets them in, children are announced. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t got;

static void handler(int sig)
{
	got = sig;
}

int main(void)
{
	sigset_t block, old, pending;
	int status;
	pid_t pid;

	signal(SIGUSR1, handler);
	signal(SIGCHLD, handler);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &old);
	raise(SIGUSR1);
	sigpending(&pending);
	printf("pending: %d %d, handled: %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2), got);
	sigsuspend(&old);
	printf("handled: %s\n", strsignal(got));
	pid = fork();
	if (pid == 0)
		_exit(7);
	while (got != SIGCHLD)
		sigsuspend(&old);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		printf("child: %d\n", WEXITSTATUS(status));
	pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	printf("killed: %d, by %d\n", WIFSIGNALED(status), WTERMSIG(status));
	pid = wait(NULL);
	printf("no child left: %s\n", pid < 0 && errno == ECHILD ? "ECHILD" : "?");
	return 0;
}
