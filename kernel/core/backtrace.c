/* SPDX-License-Identifier: MIT */
/*
 * Who called whom, from frame pointers:
 *
 *	s0 ->	+--------------+ caller's sp
 *		| ra           | s0 - 8
 *		| caller's s0  | s0 - 16
 *
 * A return address in trap_entry.S marks a trap: the pt_regs lie right below that frame pointer and the
 * walk goes on with them. A release build keeps no frame pointers; there the report ends at
 * the interrupted function and its return address.
 */
#include "kernel/arch/regs.h"
#include "kernel/core/config.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/core/printk.h"

#define MAX_FRAMES	40

extern char trap_return_user[], trap_return_kernel[];

static void print_pc(unsigned long pc)
{
	unsigned long offset;
	const char *name = ksym_lookup(pc, &offset);

	if (name)
		printk("  0x%lx %s+0x%lx\n", pc, name, offset);
	else
		printk("  0x%lx ?\n", pc);
}

/* A return address: the call before it is what matters, also when that is the function's last instruction. */
void print_caller(unsigned long ra)
{
	print_pc(ra - 1);
}

#ifdef FRAME_POINTERS
/* The caller of the function at @regs, perhaps; perhaps left over from a call that has returned. */
static void print_maybe(const struct pt_regs *regs)
{
	unsigned long offset;
	const char *name = ksym_lookup(regs->ra - 1, &offset);

	if (name && name != ksym_lookup(regs->epc, &offset))
		printk("  0x%lx (%s?)\n", regs->ra - 1, name);
}

/* May a frame pointer point here? The stack must hold the two words below it. */
static bool on_stack(unsigned long fp)
{
	struct panic_task t = panic_current();

	if (!IS_ALIGNED(fp, 8UL))
		return false;
	return (fp >= t.stack_low + 16 && fp <= t.stack_high) || in_overflow_stack(this_cpu_id(), fp - 16, 16);
}

static void print_trap(const struct pt_regs *regs)
{
	printk("  -- %s: %s --\n", user_mode(regs) ? "trap from user mode" : "trap from the kernel",
	       scause_name(regs->cause));
	if (user_mode(regs))
		printk("  0x%lx in %s\n", regs->epc, panic_current().name);
	else
		print_pc(regs->epc);
}

static bool is_text(unsigned long pc)
{
	unsigned long offset;

	return ksym_lookup(pc, &offset) != NULL;
}

/*
 * A trap can hit a function that keeps no return address in its frame (a leaf function):
 * then the word where ra belongs is the caller's s0, and ra is still in its register.
 */
static unsigned long leave_leaf(const struct pt_regs *regs)
{
	unsigned long word;

	if (!on_stack(regs->s0))
		return regs->s0;
	word = ((unsigned long *)regs->s0)[-1];
	if (word == 0 || is_text(word)) {
		/* In a function's first instructions ra is its caller and the frame is that caller's. */
		if (regs->ra != word)
			print_maybe(regs);
		return regs->s0;
	}
	print_caller(regs->ra);
	return word;
}

/* Frames from @fp on; 0 ends a stack. */
static void walk(unsigned long fp)
{
	int n;

	for (n = 0; n < MAX_FRAMES && fp != 0; n++) {
		unsigned long ra, caller;

		if (!on_stack(fp)) {
			printk("  (frame pointer 0x%lx is not on the stack)\n", fp);
			return;
		}
		ra = ((unsigned long *)fp)[-1];
		if (ra == 0)
			return;
		caller = ((unsigned long *)fp)[-2];
		if (ra == (unsigned long)trap_return_user || ra == (unsigned long)trap_return_kernel) {
			const struct pt_regs *regs = (void *)(caller - PT_REGS_SPACE);

			if (!on_stack(caller) || !on_stack((unsigned long)regs + 16))
				return;
			print_trap(regs);
			if (user_mode(regs))
				return;
			fp = leave_leaf(regs);
			continue;
		}
		print_caller(ra);
		/* Callers lie higher; anything else is no chain of frames, or one that ends here. */
		if (caller <= fp)
			return;
		fp = caller;
	}
}

#endif

void backtrace(void)
{
	printk("backtrace:\n");
#ifdef FRAME_POINTERS
	walk((unsigned long)__builtin_frame_address(0));
#else
	print_caller((unsigned long)__builtin_return_address(0));
#endif
}

void backtrace_save(unsigned long *callers, unsigned int max)
{
	unsigned int n = 0;

#ifdef FRAME_POINTERS
	unsigned long fp = (unsigned long)__builtin_frame_address(0), caller;

	/* As walk(), to the end of this stack or the first trap. */
	while (n < max && on_stack(fp) && ((unsigned long *)fp)[-1]) {
		callers[n++] = ((unsigned long *)fp)[-1];
		caller = ((unsigned long *)fp)[-2];
		if (caller <= fp)
			break;
		fp = caller;
	}
#else
	if (max)
		callers[n++] = (unsigned long)__builtin_return_address(0);
#endif
	if (n < max)
		callers[n] = 0;
}

void backtrace_regs(const struct pt_regs *regs)
{
	printk("backtrace:\n");
	print_pc(regs->epc);
#ifdef FRAME_POINTERS
	walk(leave_leaf(regs));
#else
	print_caller(regs->ra);
#endif
}

void show_regs(const struct pt_regs *regs)
{
	static const char names[32][4] = {
		"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",
		"a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5",
		"s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
	};
	const unsigned long *word = &regs->epc;
	int i;

	for (i = 0; i < 32; i += 4)
		printk("  %-3s %016lx %-3s %016lx %-3s %016lx %-3s %016lx\n",
		       names[i], word[i], names[i + 1], word[i + 1],
		       names[i + 2], word[i + 2], names[i + 3], word[i + 3]);
	printk("  sstatus %lx scause %lx stval %lx\n", regs->status, regs->cause, regs->badaddr);
}
