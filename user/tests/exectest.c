/* SPDX-License-Identifier: MIT */
/*
 * exectest: execve hands over arguments and environment, cleans up what belonged to the old program, and
 * leaves the caller alone when it fails. Called with an argument it is the new program.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "user/tests/tap.h"

#define SELF	"/bin/exectest"

/* ---- the new program's side ---- */

static int check_arguments(int argc, char **argv, char **envp)
{
	return argc == 5 && strcmp(argv[2], "two words") == 0 && argv[3][0] == '\0' && strcmp(argv[4], "last") == 0 &&
	       argv[5] == NULL && strcmp(envp[0], "COLOUR=blue") == 0 && envp[1] == NULL ? 0 : 1;
}

static int check_auxv(void)
{
	unsigned char *bytes = (unsigned char *)getauxval(25);
	unsigned long sp = (unsigned long)__builtin_frame_address(0);

	if (getauxval(6) != PAGE_SIZE || getauxval(4) != 56 || getauxval(5) < 3 || getauxval(3) < 0x10000)
		return 1;
	if (memcmp((void *)(getauxval(3) - 64), "\177ELF", 4) != 0)
		return 2;
	if (bytes == NULL || strcmp((char *)getauxval(31), SELF) != 0)
		return 3;
	return (sp & 15) == 0 ? 0 : 4;
}

static int check_signals(void)
{
	struct sigaction act;
	sigset_t mask;

	sigaction(SIGUSR1, NULL, &act);
	if (act.sa_handler != SIG_DFL)
		return 1;
	sigaction(SIGUSR2, NULL, &act);
	if (act.sa_handler != SIG_IGN)
		return 2;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	return mask == SIGMASK(SIGTERM) ? 0 : 3;
}

/* A fresh program starts with clean registers: nothing of another process shows. */
static int check_fp(void)
{
	unsigned long f[4], fcsr;

	asm volatile("fmv.x.d %0, fs0; fmv.x.d %1, fs5; fmv.x.d %2, fs11; fmv.x.d %3, ft9; frcsr %4"
		     : "=r"(f[0]), "=r"(f[1]), "=r"(f[2]), "=r"(f[3]), "=r"(fcsr));
	return f[0] == 0 && f[1] == 0 && f[2] == 0 && f[3] == 0 && fcsr == 0 ? 0 : 1;
}

static int new_program(int argc, char **argv, char **envp)
{
	if (strcmp(argv[1], "arguments") == 0)
		return check_arguments(argc, argv, envp);
	if (strcmp(argv[1], "auxv") == 0)
		return check_auxv();
	if (strcmp(argv[1], "signals") == 0)
		return check_signals();
	if (strcmp(argv[1], "fp") == 0)
		return check_fp();
	if (strcmp(argv[1], "count") == 0)
		return argc == 502 && strcmp(argv[501], "argument number 501") == 0 ? 0 : 1;
	if (strcmp(argv[1], "memory") == 0)
		return raw_syscall(SYS_munmap, 0x20000000L, PAGE_SIZE) == 0 &&
		       raw_syscall(SYS_mprotect, 0x20000000L, PAGE_SIZE, 1L) == -ENOMEM ? 0 : 1;
	return 99;
}

/* ---- the caller's side ---- */

static char *one_word[] = { "COLOUR=blue", NULL };

static int exec_self(char **argv)
{
	execve(SELF, argv, one_word);
	return 98;
}

static int exec_arguments(long unused)
{
	char *argv[] = { SELF, "arguments", "two words", "", "last", NULL };

	(void)unused;
	return exec_self(argv);
}

static void no_op(int sig)
{
	(void)sig;
}

static int exec_mode(long mode)
{
	char *argv[] = { SELF, (char *)mode, NULL };
	sigset_t mask = SIGMASK(SIGTERM);

	signal(SIGUSR1, no_op);
	signal(SIGUSR2, SIG_IGN);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	mmap((void *)0x20000000, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	asm volatile("li t0, 0x1234567; fmv.d.x fs0, t0; fmv.d.x fs5, t0; fmv.d.x fs11, t0; fmv.d.x ft9, t0;"
		     "li t0, 1; fscsr t0" ::: "t0", "fs0", "fs5", "fs11", "ft9");
	return exec_self(argv);
}

static int exec_many(long unused)
{
	static char *argv[503], room[503][24];

	(void)unused;
	for (int i = 0; i < 502; i++) {
		snprintf(room[i], sizeof(room[i]), "argument number %d", i);
		argv[i] = room[i];
	}
	argv[1] = "count";
	return exec_self(argv);
}

static long try_exec(const char *path, char **argv)
{
	return raw_syscall(SYS_execve, path, argv, one_word);
}

static void check_failures(void)
{
	static char long_path[5000], big[200000];
	static char *big_args[64];
	char *argv[] = { "x", NULL };
	char *wild[] = { "x", (char *)0xffffffc000000000, NULL };
	struct q_vma vma;

	is_errno(try_exec("/bin/no-such-program", argv), ENOENT, "a missing program");
	is_errno(try_exec("", argv), ENOENT, "an empty path");
	is_errno(try_exec("/bin", argv), EACCES, "a folder");
	memset(long_path, 'x', sizeof(long_path) - 1);
	is_errno(try_exec(long_path, argv), ENAMETOOLONG, "a path of 4999 bytes");
	is_errno(try_exec(SELF, wild), EFAULT, "an argument in the kernel");
	is_errno(try_exec(SELF, (char **)0x20000000), EFAULT, "an argument vector that is not mapped");
	memset(big, 'y', sizeof(big) - 1);
	for (int i = 0; i < 63; i++)
		big_args[i] = big;
	is_errno(try_exec(SELF, big_args), E2BIG, "12 MB of arguments");
	ok(query(QUERY_VMAS, 0, (unsigned long)try_exec, &vma, sizeof(vma)) == 1 && vma.start <= (unsigned long)try_exec,
	   "after all these failures this program is still itself");
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 1)
		return new_program(argc, argv, envp);
	is(in_child(exec_arguments, 0), 0, "arguments and environment arrive");
	is(in_child(exec_mode, (long)"auxv"), 0, "the auxiliary vector is complete");
	is(in_child(exec_mode, (long)"signals"), 0, "handlers are reset, ignored and blocked ones stay");
	is(in_child(exec_mode, (long)"fp"), 0, "floating-point registers are clean");
	is(in_child(exec_mode, (long)"memory"), 0, "old mappings are gone");
	is(in_child(exec_many, 0), 0, "502 arguments arrive");
	check_failures();
	return tap_done();
}
