/* SPDX-License-Identifier: MIT */
/*
 * What each trap means. trap_entry.S has saved the registers and comes to one of two doors:
 *
 *	trap_from_user		system call | interrupt | page fault -> mm, or a signal | other -> a signal
 *	trap_from_kernel	page fault of a user copy | interrupt of the idle loop | a kernel bug
 *
 * and goes back through trap_finish_user(), which deals with signals and rescheduling.
 */
#include "kernel/arch/regs.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/panic_state.h"
#include "kernel/core/percpu.h"
#include "kernel/core/syscall.h"
#include "kernel/dev/console_input.h"
#include "kernel/dev/plic.h"
#include "kernel/entry/trap.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/tlb_defer.h"
#include "kernel/mm/trace.h"
#include "kernel/sched/fp.h"
#include "kernel/sched/latency.h"
#include "kernel/sched/rcu.h"
#include "kernel/sched/sched.h"
#include "kernel/task/oom.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"

extern char trap_entry[];

/* trap_entry.S */
void trap_from_user(struct pt_regs *regs);
void trap_from_kernel(struct pt_regs *regs);
void trap_finish_user(struct pt_regs *regs);
void kernel_stack_overflow(struct pt_regs *regs);

void trap_init(void)
{
	csr_write(sscratch, 0);
	csr_write(stvec, trap_entry);
	csr_write(sie, SIE_SSIE | SIE_STIE);	/* plic_init_hart() adds devices */
	csr_clear(sstatus, SSTATUS_SUM | SSTATUS_FS);
	csr_write(scounteren, SCOUNTEREN_ALL);
}

static void handle_interrupt(struct pt_regs *regs)
{
	rcu_quiescent();		/* interrupts are taken in user mode, in the idle loop and at preemption points */
	switch (regs->cause) {
	case SCAUSE_TIMER_INTERRUPT:
		if (this_cpu_id() == 0)
			console_poll();
		sched_tick();
		if (current->proc && unlikely(has_cpu_itimer(&current->proc->itimers)))
			itimer_tick(current->proc);
		return;
	case SCAUSE_SOFTWARE_INTERRUPT:
		csr_clear(sip, SIE_SSIE);
		if (panic_in_progress())
			panic_stop();
		/* Else to be in the kernel is all it takes: on the way out the task's work bits are seen,
		 * and the idle loop looks at its queue. */
		rcu_interrupt();
		return;
	case SCAUSE_EXTERNAL_INTERRUPT:
		plic_interrupt();
		return;
	}
	die(regs, "interrupt that was never enabled");
}

/* The flags of the fault, or false when @cause is no page fault. */
static bool is_page_fault(unsigned long cause, unsigned int *flags)
{
	switch (cause) {
	case SCAUSE_LOAD_PAGE_FAULT:
		*flags = 0;
		return true;
	case SCAUSE_STORE_PAGE_FAULT:
		*flags = FAULT_FLAG_WRITE;
		return true;
	case SCAUSE_INSN_PAGE_FAULT:
		*flags = FAULT_FLAG_EXEC;
		return true;
	}
	return false;
}

/* A page fault at a user address, from user mode or from a user copy: mm's part, with its trace. */
static inline enum vm_fault page_fault(unsigned long addr, unsigned int flags)
{
	enum vm_fault fault;

	current->faults++;
	trace_mm(MM_TRACE_TRAP, addr, flags);
	fault = tlb_deferring(current->mm, handle_mm_fault(current->mm, addr, flags));
	trace_mm(MM_TRACE_RETURN, addr, fault);
	return fault;
}

/* mm could not handle a fault of user code at @addr: the signal for it, or the end. */
static void user_fault_failed(enum vm_fault fault, unsigned long addr)
{
	switch (fault) {
	case VM_FAULT_KILLED:		/* trap_finish_user() ends the task */
		return;
	case VM_FAULT_MAPERR:
		force_sig_fault(SIGSEGV, SEGV_MAPERR, addr);
		return;
	case VM_FAULT_ACCERR:
		force_sig_fault(SIGSEGV, SEGV_ACCERR, addr);
		return;
	case VM_FAULT_SIGBUS:
		force_sig_fault(SIGBUS, BUS_ADRERR, addr);
		return;
	case VM_FAULT_OOM:
		out_of_memory();
		return;
	case VM_FAULT_DONE:
	case VM_FAULT_RETRY:		/* never leaves kernel/mm */
		break;
	}
	panic("handle_mm_fault() returned %d for 0x%lx", fault, addr);
}

static void user_page_fault(struct pt_regs *regs, unsigned int flags)
{
	enum vm_fault fault = page_fault(regs->badaddr, flags | FAULT_FLAG_USER);

	if (unlikely(fault != VM_FAULT_DONE))
		user_fault_failed(fault, regs->badaddr);
}

/* Exceptions of user code that mapping a page does not resolve. */
static void user_exception(struct pt_regs *regs)
{
	switch (regs->cause) {
	case SCAUSE_ILLEGAL_INSN:
		force_sig_fault(SIGILL, ILL_ILLOPC, regs->epc);
		return;
	case SCAUSE_BREAKPOINT:
		force_sig_fault(SIGTRAP, TRAP_BRKPT, regs->epc);
		return;
	case SCAUSE_INSN_MISALIGNED:
	case SCAUSE_LOAD_MISALIGNED:
	case SCAUSE_STORE_MISALIGNED:
		force_sig_fault(SIGBUS, BUS_ADRALN, regs->badaddr);
		return;
	case SCAUSE_INSN_ACCESS_FAULT:
	case SCAUSE_LOAD_ACCESS_FAULT:
	case SCAUSE_STORE_ACCESS_FAULT:
		force_sig_fault(SIGSEGV, SEGV_ACCERR, regs->badaddr);
		return;
	}
	die(regs, "user trap that cannot be");
}

/* Reasons not to return to user mode yet: another task's turn, signals, FP registers. */
static __noinline void exit_to_user_work(struct pt_regs *regs)
{
	unsigned int work;

	while ((work = READ_ONCE(current->work)) != 0) {
		if (work & WORK_RESCHED)
			schedule();
		if (work & (WORK_SIGNAL | WORK_FATAL)) {
			do_signal(regs);
			continue;
		}
		if (work & WORK_RCU) {
			cond_resched_now();
			continue;
		}
		/* Last, because a switch in the steps above asks for it again. */
		if (work & WORK_FP) {
			clear_work(current, WORK_FP);
			fp_restore(regs);
		}
	}
}

/* Before each return to user mode. */
void trap_finish_user(struct pt_regs *regs)
{
	if (unlikely(READ_ONCE(current->work) != 0))
		exit_to_user_work(regs);
	latency_end();
	rcu_assert_outside();
	VM_BUG_ON(current->flags & TASK_TLB_DEFER);
	VM_BUG_ON(!user_mode(regs) || !(regs->status & SSTATUS_SPIE));
}

void trap_from_user(struct pt_regs *regs)
{
	unsigned int flags;

	latency_begin();
	if (likely(regs->cause == SCAUSE_ECALL_USER))
		handle_syscall(regs);
	else if (is_page_fault(regs->cause, &flags))
		user_page_fault(regs, flags);
	else if (regs->cause & SCAUSE_INTERRUPT)
		handle_interrupt(regs);
	else
		user_exception(regs);
	trap_finish_user(regs);
}

/* A user copy touched a page that is not there (yet). Returns: false when it was not that. */
static bool uaccess_fault(struct pt_regs *regs, unsigned int flags)
{
	unsigned long fixup = extable_fixup(regs->epc);

	if (!fixup || regs->badaddr >= TASK_SIZE || !current->mm || (flags & FAULT_FLAG_EXEC))
		return false;
	if (current->flags & TASK_NOFAULT) {
		regs->epc = fixup;
		return true;
	}
	VM_BUG_ON(spin_locks_held());
	switch (page_fault(regs->badaddr, flags)) {
	case VM_FAULT_DONE:
		return true;
	case VM_FAULT_OOM:		/* the pointer is good: again, when there is memory */
		out_of_memory();
		if (!fatal_signal_pending(current))
			return true;
		break;
	default:
		break;
	}
	regs->epc = fixup;
	return true;
}

/* A user copy touched a device's registers in a way that the device does not know. Returns: false when it was not that. */
static bool uaccess_refused(struct pt_regs *regs)
{
	unsigned long fixup = extable_fixup(regs->epc);

	if ((regs->cause != SCAUSE_LOAD_ACCESS_FAULT && regs->cause != SCAUSE_STORE_ACCESS_FAULT) || !fixup ||
	    regs->badaddr >= TASK_SIZE)
		return false;
	regs->epc = fixup;
	return true;
}

void trap_from_kernel(struct pt_regs *regs)
{
	unsigned int flags;

	if (is_page_fault(regs->cause, &flags) ? uaccess_fault(regs, flags) : uaccess_refused(regs))
		return;
	if (regs->cause & SCAUSE_INTERRUPT)
		handle_interrupt(regs);
	else
		die(regs, scause_name(regs->cause));
}

void kernel_stack_overflow(struct pt_regs *regs)
{
	unsigned long end = (unsigned long)current->kstack;

	/* At most one guard hole below the stack: it ran over. Anywhere else sp itself is damaged. */
	if (regs->sp >= end - KSTACK_SIZE && regs->sp < end + PT_REGS_SPACE)
		die(regs, "kernel stack overflow");
	die(regs, "kernel stack pointer is not on the stack");
}
