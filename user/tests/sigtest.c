/* SPDX-License-Identifier: MIT */
/* sigtest: faults become signals with the right siginfo; handlers, masks, kill, sigreturn. */
#include <signal.h>
#include <string.h>
#include "user/tests/tap.h"

static volatile int nr_caught;
static siginfo_t last;
static unsigned long last_pc;
static long recovery;		/* bytes by which the handler moves the program on */

/* note() - remember what the kernel told and skip the instruction that did it. */
static void note(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	nr_caught++;
	last = *info;
	last_pc = uc->uc_mcontext.__gregs[REG_PC];
	uc->uc_mcontext.__gregs[REG_PC] += recovery;
}

static void catch(int sig)
{
	struct sigaction act = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };

	nr_caught = 0;
	memset(&last, 0, sizeof(last));
	if (sigaction(sig, &act, NULL) != 0)
		die("sigaction");
}

/* One instruction of four bytes each: the handler can step over it. */
static void load_from(unsigned long addr)
{
	asm volatile(".option push; .option norvc; ld t0, 0(%0); .option pop" :: "r"(addr) : "t0", "memory");
}

static void store_to(unsigned long addr)
{
	asm volatile(".option push; .option norvc; sd zero, 0(%0); .option pop" :: "r"(addr) : "memory");
}

static void check_fault(const char *what, void (*access)(unsigned long), unsigned long addr, int code)
{
	recovery = 4;
	catch(SIGSEGV);
	access(addr);
	is(nr_caught, 1, "%s: one SIGSEGV", what);
	is(last.si_signo, SIGSEGV, "%s: si_signo", what);
	is(last.si_code, code, "%s: si_code", what);
	is((unsigned long)last.si_addr, addr, "%s: si_addr", what);
}

static void check_faults(void)
{
	char *p = map_pages(3);

	mprotect(p, PAGE_SIZE, PROT_READ);
	mprotect(p + 2 * PAGE_SIZE, PAGE_SIZE, PROT_NONE);
	check_fault("load from nowhere", load_from, 0x20000008, SEGV_MAPERR);
	check_fault("store to nowhere", store_to, 0x20000010, SEGV_MAPERR);
	check_fault("load from page 0", load_from, 8, SEGV_MAPERR);
	check_fault("store to read-only", store_to, (unsigned long)p + 8, SEGV_ACCERR);
	check_fault("load from PROT_NONE", load_from, (unsigned long)p + 2 * PAGE_SIZE, SEGV_ACCERR);
	check_fault("store to program text", store_to, (unsigned long)check_fault & -8, SEGV_ACCERR);
	check_fault("load from the kernel", load_from, 0xffffffc000000000, SEGV_MAPERR);
	check_fault("store to the kernel", store_to, 0xffffffff80000000, SEGV_MAPERR);
	check_fault("load from a hole in the addresses", load_from, 0x8000000000000000, SEGV_MAPERR);
	munmap(p, 3 * PAGE_SIZE);
}

static void check_illegal(void)
{
	recovery = 4;
	catch(SIGILL);
	asm volatile(".word 0xffffffff");
	is(nr_caught, 1, "an illegal instruction: one SIGILL");
	ok(last_pc != 0 && (unsigned long)last.si_addr == last_pc, "si_addr is the instruction");
	asm volatile("csrr t0, sstatus" ::: "t0");
	is(nr_caught, 2, "a privileged register: SIGILL");
	asm volatile(".option push; .option norvc; sret; .option pop");
	is(nr_caught, 3, "a privileged instruction: SIGILL");
	signal(SIGILL, SIG_DFL);
}

static void check_kill(void)
{
	siginfo_t *info = &last;

	recovery = 0;
	catch(SIGUSR1);
	is(kill(getpid(), SIGUSR1), 0, "kill myself with SIGUSR1");
	is(nr_caught, 1, "caught before kill returns");
	is(info->si_pid, getpid(), "si_pid is the sender");
	is(info->si_code, SI_USER, "si_code is SI_USER");
	is(kill(getpid(), 0), 0, "signal 0 only asks");
	is_errno(raw_syscall(SYS_kill, 99999L, 0L), ESRCH, "kill of nobody");
	is_errno(raw_syscall(SYS_kill, (long)getpid(), 65L), EINVAL, "kill with signal 65");
	is_errno(raw_syscall(SYS_kill, (long)getpid(), -1L), EINVAL, "kill with signal -1");
	is_errno(raw_syscall(SYS_rt_sigaction, (long)SIGKILL, &(struct sigaction){ .sa_flags = 0 }, 0L, 8L), EINVAL,
		 "SIGKILL cannot be caught");
	is_errno(raw_syscall(SYS_rt_sigaction, (long)SIGUSR1, 0L, 0L, 4L), EINVAL, "a wrong size of sigset");
}

static void check_mask(void)
{
	sigset_t set = SIGMASK(SIGUSR1) | SIGMASK(SIGKILL), old, now;

	catch(SIGUSR1);
	is(sigprocmask(SIG_BLOCK, &set, &old), 0, "block SIGUSR1");
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	is(nr_caught, 0, "blocked, it waits");
	is(raw_syscall(SYS_rt_sigpending, &now, 8L), 0, "rt_sigpending");
	is(now, SIGMASK(SIGUSR1), "SIGUSR1 is pending");
	sigprocmask(SIG_SETMASK, NULL, &now);
	is(now, old | SIGMASK(SIGUSR1), "SIGKILL was not blocked");
	sigprocmask(SIG_SETMASK, &old, NULL);
	is(nr_caught, 1, "unblocked, it comes, once");
}

static sigset_t mask_inside;

static void note_mask(int sig)
{
	(void)sig;
	nr_caught++;
	sigprocmask(SIG_SETMASK, NULL, &mask_inside);
}

static void check_handler_mask(void)
{
	struct sigaction act = { .sa_handler = note_mask, .sa_mask = SIGMASK(SIGUSR2) };
	sigset_t after;

	sigaction(SIGUSR1, &act, NULL);
	kill(getpid(), SIGUSR1);
	is(mask_inside & (SIGMASK(SIGUSR1) | SIGMASK(SIGUSR2)), SIGMASK(SIGUSR1) | SIGMASK(SIGUSR2),
	   "a handler runs with itself and sa_mask blocked");
	sigprocmask(SIG_SETMASK, NULL, &after);
	is(after & (SIGMASK(SIGUSR1) | SIGMASK(SIGUSR2)), 0, "and afterwards they are not");
	act = (struct sigaction){ .sa_handler = note_mask, .sa_flags = SA_RESETHAND };
	sigaction(SIGUSR1, &act, NULL);
	kill(getpid(), SIGUSR1);
	sigaction(SIGUSR1, NULL, &act);
	ok(act.sa_handler == SIG_DFL, "SA_RESETHAND: back to the default");
}

/* Default actions, in children. */
static int die_of(long sig)
{
	kill(getpid(), sig);
	return 5;
}

static int divide(long unused)
{
	volatile long zero = 0, one = 1;

	(void)unused;
	/* riscv does not trap here: the quotient is -1. */
	return one / zero == -1 ? 7 : 8;
}

static int store_unhandled(long addr)
{
	signal(SIGSEGV, SIG_DFL);
	store_to(addr);
	return 5;
}

static int store_ignored(long addr)
{
	signal(SIGSEGV, SIG_IGN);
	store_to(addr);
	return 5;
}

static int breakpoint(long unused)
{
	(void)unused;
	asm volatile("ebreak");
	return 5;
}

static void check_defaults(void)
{
	is(in_child(die_of, SIGTERM), killed_by(SIGTERM), "SIGTERM kills");
	is(in_child(die_of, SIGKILL), killed_by(SIGKILL), "SIGKILL kills");
	is(in_child(die_of, SIGABRT) & 0x7f, SIGABRT, "SIGABRT kills");
	is(in_child(die_of, SIGCHLD), exited_with(5), "SIGCHLD is ignored");
	is(in_child(store_unhandled, 0) & 0x7f, SIGSEGV, "a store to NULL kills");
	is(in_child(store_ignored, 0) & 0x7f, SIGSEGV, "even when SIGSEGV is ignored");
	is(in_child(breakpoint, 0) & 0x7f, SIGTRAP, "ebreak: SIGTRAP");
	is(in_child(divide, 0), exited_with(7), "a division by zero does not trap");
}

static volatile unsigned long handler_sp;

static void note_sp(int sig)
{
	(void)sig;
	handler_sp = (unsigned long)__builtin_frame_address(0);
	nr_caught++;
}

static void check_altstack(void)
{
	char *p = map_pages(4);
	stack_t ss = { .ss_sp = p, .ss_size = 4 * PAGE_SIZE }, old;
	struct sigaction act = { .sa_handler = note_sp, .sa_flags = SA_ONSTACK };

	is(sigaltstack(&ss, NULL), 0, "sigaltstack");
	sigaction(SIGUSR2, &act, NULL);
	kill(getpid(), SIGUSR2);
	ok(handler_sp > (unsigned long)p && handler_sp <= (unsigned long)p + 4 * PAGE_SIZE,
	   "the handler ran on the other stack (sp 0x%lx)", handler_sp);
	ss = (stack_t){ .ss_flags = SS_DISABLE };
	is(sigaltstack(&ss, &old), 0, "switch it off");
	is((long)old.ss_sp, (long)p, "and be told the old one");
}

/* A forged frame: rt_sigreturn must never lead into the kernel's privilege. */
static int forged_sigreturn(long unused)
{
	static struct rt_sigframe frame;

	(void)unused;
	memset(&frame, 0xff, sizeof(frame));
	frame.uc.gregs[0] = 0xffffffff80200000;
	frame.uc.gregs[2] = (unsigned long)&frame;
	asm volatile("mv sp, %0; li a7, %1; ecall" :: "r"(&frame), "i"(SYS_rt_sigreturn) : "memory");
	return 5;
}

static int wild_sigreturn(long sp)
{
	asm volatile("mv sp, %0; li a7, %1; ecall" :: "r"(sp), "i"(SYS_rt_sigreturn) : "memory");
	return 5;
}

/* No room for the frame: the stack pointer is wild when the signal comes. */
static int no_stack(long sp)
{
	signal(SIGUSR1, note_sp);
	asm volatile("mv t0, sp; mv sp, %0; li a7, %1; mv a0, %2; li a1, %3; ecall; mv sp, t0"
		     :: "r"(sp), "i"(SYS_kill), "r"((long)getpid()), "i"(SIGUSR1)
		     : "a0", "a1", "a7", "t0", "memory");
	return 5;
}

static void check_forged(void)
{
	is(in_child(forged_sigreturn, 0) & 0x7f, SIGSEGV, "a forged frame that returns into the kernel: SIGSEGV");
	is(in_child(wild_sigreturn, 0x20000000) & 0x7f, SIGSEGV, "rt_sigreturn without a stack: SIGSEGV");
	is(in_child(wild_sigreturn, 0xffffffc000000000) & 0x7f, SIGSEGV, "rt_sigreturn with a kernel sp: SIGSEGV");
	is(in_child(wild_sigreturn, 9) & 0x7f, SIGSEGV, "rt_sigreturn with sp 9: SIGSEGV");
	is(in_child(no_stack, 0x20000000) & 0x7f, SIGSEGV, "a signal with no stack for its frame: SIGSEGV");
	is(in_child(no_stack, 0xffffffc000001000) & 0x7f, SIGSEGV, "a signal while sp is in the kernel: SIGSEGV");
}

static int sleep_interrupted(long unused)
{
	long ts[2] = { 10, 0 };

	(void)unused;
	signal(SIGUSR1, note_sp);
	return raw_syscall(SYS_nanosleep, ts, ts) == -EINTR && ts[0] >= 5 ? 0 : 1;
}

static void check_interrupt(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(sleep_interrupted(0));
	for (int i = 0; i < 100; i++) {
		sleep_ms(20);
		kill(pid, SIGUSR1);
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	is(status, 0, "a signal ends nanosleep with -EINTR and the rest of the time");
}

int main(void)
{
	check_faults();
	check_illegal();
	check_kill();
	check_mask();
	check_handler_mask();
	check_defaults();
	check_altstack();
	check_forged();
	check_interrupt();
	return tap_done();
}
