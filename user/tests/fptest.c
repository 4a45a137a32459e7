/* SPDX-License-Identifier: MIT */
/*
 * fptest: every floating-point register and fcsr survive switches between processes, fork, and a
 * signal handler that writes all of them.
 */
#include <signal.h>
#include "user/tests/tap.h"

/* The 32 registers and fcsr as bits. */
struct fp {
	unsigned long f[32];
	unsigned long fcsr;
};

#define EACH(op, a) \
	op " f0, 0(" a ");" op " f1, 8(" a ");" op " f2, 16(" a ");" op " f3, 24(" a ");" \
	op " f4, 32(" a ");" op " f5, 40(" a ");" op " f6, 48(" a ");" op " f7, 56(" a ");" \
	op " f8, 64(" a ");" op " f9, 72(" a ");" op " f10, 80(" a ");" op " f11, 88(" a ");" \
	op " f12, 96(" a ");" op " f13, 104(" a ");" op " f14, 112(" a ");" op " f15, 120(" a ");" \
	op " f16, 128(" a ");" op " f17, 136(" a ");" op " f18, 144(" a ");" op " f19, 152(" a ");" \
	op " f20, 160(" a ");" op " f21, 168(" a ");" op " f22, 176(" a ");" op " f23, 184(" a ");" \
	op " f24, 192(" a ");" op " f25, 200(" a ");" op " f26, 208(" a ");" op " f27, 216(" a ");" \
	op " f28, 224(" a ");" op " f29, 232(" a ");" op " f30, 240(" a ");" op " f31, 248(" a ");"

#define ALL_F	"f0", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13", "f14", \
		"f15", "f16", "f17", "f18", "f19", "f20", "f21", "f22", "f23", "f24", "f25", "f26", "f27", \
		"f28", "f29", "f30", "f31"

static void fill(struct fp *fp, unsigned long seed)
{
	for (int i = 0; i < 32; i++)
		fp->f[i] = seed * 0x9e3779b97f4a7c15UL + i * 0x100000001UL;
	fp->fcsr = seed & 0xff & ~0xe0;		/* a valid rounding mode: 0 */
}

/*
 * hold() - load all registers, make system call @nr(@a, @b), spin @spins rounds without a call, read the registers
 * back. Everything happens between the two in one asm: the compiler has no chance to touch them.
 */
static long hold(const struct fp *in, struct fp *out, long nr, long a, long b, long spins)
{
	register long a0 asm("a0") = a;
	register long a1 asm("a1") = b;
	register long a7 asm("a7") = nr;
	register const struct fp *from asm("s2") = in;
	register struct fp *to asm("s3") = out;
	register long n asm("s4") = spins;

	asm volatile("ld t0, 256(s2); fscsr t0;" EACH("fld", "s2")
		     "ecall;"
		     "1: addi s4, s4, -1; bgtz s4, 1b;"
		     EACH("fsd", "s3") "frcsr t0; sd t0, 256(s3);"
		     : "+r"(a0), "+r"(n) : "r"(a1), "r"(a7), "r"(from), "r"(to) : "t0", "memory", ALL_F);
	return a0;
}

static int differences(const struct fp *a, const struct fp *b)
{
	int n = a->fcsr != b->fcsr;

	for (int i = 0; i < 32; i++)
		n += a->f[i] != b->f[i];
	return n;
}

/* keep() - in a child: hold its own pattern while others hold theirs. */
static int keep(unsigned long seed)
{
	struct fp in, out;
	int wrong = 0;

	fill(&in, seed);
	for (int i = 0; i < 20; i++) {
		hold(&in, &out, SYS_sched_yield, 0, 0, 100000);
		wrong += differences(&in, &out);
	}
	return wrong > 100 ? 100 : wrong;
}

static void check_switch(void)
{
	enum { N = 8 };
	pid_t pids[N];
	int status;

	for (int i = 0; i < N; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(keep(i + 1));
	}
	for (int i = 0; i < N; i++) {
		waitpid(pids[i], &status, 0);
		is(status, 0, "process %d of %d kept its registers", i + 1, N);
	}
}

static void check_fork(void)
{
	struct fp in, out;
	int status;
	long pid;

	fill(&in, 77);
	pid = hold(&in, &out, SYS_clone, SIGCHLD, 0, 1);
	if (pid == 0)
		raw_syscall(SYS_exit_group, (long)differences(&in, &out));
	is(differences(&in, &out), 0, "the parent's registers after fork");
	waitpid(pid, &status, 0);
	is(status, 0, "the child's registers after fork");
}

static volatile int nr_caught;

static void clobber(int sig)
{
	struct fp other, out;

	fill(&other, 1000 + sig);
	hold(&other, &out, SYS_getpid, 0, 0, 1);
	nr_caught++;
}

static void check_signal(void)
{
	struct fp in, out;

	signal(SIGUSR1, clobber);
	fill(&in, 55);
	hold(&in, &out, SYS_kill, getpid(), SIGUSR1, 1);
	is(nr_caught, 1, "the handler ran");
	is(differences(&in, &out), 0, "registers after a handler that wrote all of them");
}

/* And the unit calculates. */
static void check_arithmetic(void)
{
	volatile double x = 2.0, y = 0.5;

	ok(x * y == 1.0 && x / y == 4.0, "2.0 * 0.5 and 2.0 / 0.5");
}

int main(void)
{
	check_arithmetic();
	check_fork();
	check_signal();
	check_switch();
	return tap_done();
}
