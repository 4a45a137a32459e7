/* SPDX-License-Identifier: MIT */
/*
 * altstack: signal frames that do not fit. On a stack that is not there: SIGSEGV, whose handler may have a stack of its
 * own. On an alternate stack that nested handlers have filled: SIGSEGV, which nobody can handle any more, and not a
 * byte of what lies below is written:
 *
 *	room	[ below: PATTERN everywhere | alternate stack ... <- frames <- ]
 *
 * Linux 6.18 answers all of this in the same way.
 */
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

#define BELOW		(2 * PAGE_SIZE)
#define SPARE		256		/* directly below the stack: room for the handler's own frame */
#define PATTERN		0x77
#define ENOUGH		100		/* nested signals that fill any stack of these tests */

static char *stack;			/* the alternate one */
static unsigned long stack_size = 4 * PAGE_SIZE;
static volatile int nr_segv, segv_code, depth;
static volatile bool segv_on_stack, comes_back;

static void use_stack(char *start)
{
	stack_t ss = { .ss_sp = start, .ss_size = stack_size };

	stack = start;
	if (sigaltstack(&ss, NULL) != 0)
		die("sigaltstack");
}

static void note_segv(int sig, siginfo_t *info, void *context)
{
	unsigned long sp = (unsigned long)__builtin_frame_address(0);

	(void)sig, (void)context;
	if (++nr_segv > 1)
		_exit(90);
	segv_code = info->si_code;
	segv_on_stack = sp - (unsigned long)stack <= stack_size;
}

static void on_usr1(int sig)
{
	(void)sig;
	_exit(91);		/* without a stack it cannot run */
}

static void handle_segv(unsigned long flags)
{
	struct sigaction act = { .sa_sigaction = note_segv, .sa_flags = SA_SIGINFO | flags };

	sigaction(SIGSEGV, &act, NULL);
}

/* raise_without_stack() - SIGUSR1 while sp points to a page that is not mapped. What kill() answered. */
static long raise_without_stack(void)
{
	char *hole = map_pages(2);
	long pid = getpid(), answer;

	munmap(hole, 2 * PAGE_SIZE);
	signal(SIGUSR1, on_usr1);
	asm volatile("mv a0, %1; li a1, %2; li a7, %3; mv s1, sp; mv sp, %4; ecall; mv sp, s1; mv %0, a0"
		     : "=r"(answer) : "r"(pid), "i"(SIGUSR1), "i"(SYS_kill), "r"(hole + PAGE_SIZE)
		     : "a0", "a1", "a7", "s1", "memory");
	return answer;
}

/* ---- children: each ends with a status that says how it went ---- */

static int segv_handler_runs(long unused)
{
	sigset_t now;

	(void)unused;
	use_stack(map_pages(4));
	handle_segv(SA_ONSTACK);
	if (raise_without_stack() != 0 || nr_segv != 1)
		return 4;
	sigprocmask(SIG_SETMASK, NULL, &now);
	if (now != 0)
		return 5;
	if (!segv_on_stack)
		return 6;
	return segv_code == SI_KERNEL ? 3 : 7;
}

static int segv_blocked(long unused)
{
	sigset_t set = SIGMASK(SIGSEGV);

	(void)unused;
	use_stack(map_pages(4));
	handle_segv(SA_ONSTACK);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise_without_stack();
	return 4;
}

static int segv_ignored(long unused)
{
	(void)unused;
	signal(SIGSEGV, SIG_IGN);
	raise_without_stack();
	return 4;
}

static int segv_has_no_stack(long unused)
{
	(void)unused;
	use_stack(map_pages(4));
	handle_segv(0);
	raise_without_stack();
	return 4;
}

static int altstack_not_there(long unused)
{
	char *p = map_pages(4);

	(void)unused;
	munmap(p, 4 * PAGE_SIZE);
	use_stack(p);
	handle_segv(SA_ONSTACK);
	raise_without_stack();
	return 4;
}

/* nest() - one level deeper, as long as there are some left. */
static void nest(int sig)
{
	if (--depth > 0)
		kill(getpid(), sig);
	else if (!comes_back)
		_exit(92);
}

static void start_nesting(char *start, int levels)
{
	struct sigaction act = { .sa_handler = nest, .sa_flags = SA_ONSTACK | SA_NODEFER };

	use_stack(start);
	depth = levels;
	sigaction(SIGUSR1, &act, NULL);
	kill(getpid(), SIGUSR1);
}

static int nest_a_little(long start)
{
	comes_back = true;
	start_nesting((char *)start, 3);
	return depth == 0 ? 3 : 4;
}

static int nest_too_far(long start)
{
	start_nesting((char *)start, ENOUGH);
	return 4;
}

static int nest_too_far_with_handler(long start)
{
	handle_segv(SA_ONSTACK);
	return nest_too_far(start);
}

/* ---- the checks ---- */

static void check_no_stack(void)
{
	/* Failed once: killed by SIGSEGV. */
	is(in_child(segv_handler_runs, 0), exited_with(3),
	   "no stack for a frame: the SIGSEGV handler runs on the alternate stack and returns");
	is(in_child(segv_blocked, 0) & 0x7f, SIGSEGV, "SIGSEGV is blocked: it kills");
	is(in_child(segv_ignored, 0) & 0x7f, SIGSEGV, "SIGSEGV is ignored: it kills");
	is(in_child(segv_has_no_stack, 0) & 0x7f, SIGSEGV, "its handler would need the same stack: it kills");
	is(in_child(altstack_not_there, 0) & 0x7f, SIGSEGV, "the alternate stack is not there, either: it kills");
}

/* @body nests on a stack of stack_size at the end of @room. */
static void check_overflow(char *room, int (*body)(long), const char *what)
{
	unsigned long written = 0;

	memset(room, PATTERN, BELOW);
	is(in_child(body, (long)(room + BELOW)) & 0x7f, SIGSEGV, "%s, %lu bytes: SIGSEGV kills", what, stack_size);
	for (unsigned long i = 0; i < BELOW - SPARE; i++)
		written += room[i] != PATTERN;
	is(written, 0, "and what lies below the stack was not written to");
}

static void check_nesting(void)
{
	char *room = mmap(NULL, BELOW + 3 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		die("mmap");
	stack_size = 2 * PAGE_SIZE;
	is(in_child(nest_a_little, (long)(room + BELOW)), exited_with(3), "three handlers on one alternate stack");
	/*
	 * Failed once: the first frame that did not fit was written below the stack, the next one at its top again, and
	 * so on without end. Several sizes: what is left over at the bottom differs.
	 */
	for (unsigned long more = 0; more < 1088; more += 272) {
		stack_size = 2 * PAGE_SIZE + more;
		check_overflow(room, nest_too_far, "handlers fill the alternate stack");
		check_overflow(room, nest_too_far_with_handler, "the same with a SIGSEGV handler");
	}
}

int main(void)
{
	check_no_stack();
	check_nesting();
	return tap_done();
}
