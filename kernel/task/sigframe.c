/* SPDX-License-Identifier: MIT */
/*
 * The frame that a signal handler finds on its stack, and the way back through rt_sigreturn.
 *
 *	user's sp ->	...
 *			struct rt_sigframe, 16-aligned (uapi/signal.h): siginfo, ucontext
 *	handler's sp ->
 *	a0 = signal, a1 = &info, a2 = &uc, ra = trampoline { li a7, SYS_rt_sigreturn; ecall }
 *
 * Everything read back from the frame is the user's word: registers are taken as they
 * are (they cannot name anything that the user could not reach), sstatus is not taken at all.
 */
#include "kernel/arch/regs.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/memobj.h"
#include "kernel/sched/fp.h"
#include "kernel/sched/sched.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"

#define NR_GREGS	32		/* pc, x1..x31: how struct pt_regs begins, too */

_Static_assert(offsetof(struct pt_regs, epc) == 0 &&
	       offsetof(struct pt_regs, status) == NR_GREGS * sizeof(long),
	       "pt_regs begins with the registers in the frame's order");
_Static_assert(sizeof(struct fpstate) <= sizeof(((struct kucontext *)0)->fpregs) + 8,
	       "the frame has room for the FP registers");

struct memobj *sigreturn_image(void)
{
	static const u32 code[] = {
		0x08b00893,		/* li a7, 139 */
		0x00000073,		/* ecall */
	};
	static struct memobj *image;

	/* First called by pid 1's exec, when no other task runs. */
	if (!image)
		image = memobj_create_image("[sigreturn]", code, sizeof(code));
	return image;
}

/*
 * Stacks grow down, so an empty one has sp at its end, and with sp at its start it is full: (ss_sp, ss_sp + ss_size].
 * With SS_AUTODISARM a task is never on it: it is disabled as long as a handler runs there.
 */
static bool on_altstack(unsigned long sp)
{
	const struct kstack_t *ss = &current->altstack;

	return !(ss->ss_flags & (SS_DISABLE | SS_AUTODISARM)) && sp > ss->ss_sp && sp - ss->ss_sp <= ss->ss_size;
}

/* What sigaltstack() and a frame say of the alternate stack. */
static struct kstack_t altstack_now(unsigned long sp)
{
	struct kstack_t ss = current->altstack;

	if (on_altstack(sp))
		ss.ss_flags |= SS_ONSTACK;
	return ss;
}

void fill_siginfo(struct ksiginfo *info, int signo, const struct sig_event *event)
{
	info->si_signo = signo;
	info->si_code = event->code;
	if (event->code < 0 && event->code != SI_TKILL) {
		info->u.rt.pid = event->pid;
		info->u.rt.value = event->addr;
	} else if (event->addr || (event->code > 0 && event->code != SI_KERNEL && signo != SIGCHLD)) {
		info->u.fault.addr = event->addr;
	} else {
		info->u.chld.pid = event->pid;
		info->u.chld.status = event->status;
	}
}

/*
 * Where the frame of a handler goes; 0: nowhere. A handler that interrupts one on the alternate stack goes below it
 * there, but never below the stack's start, where something else lies.
 */
static unsigned long frame_address(unsigned long sp, const struct ksigaction *sa)
{
	bool nested = on_altstack(sp);

	if ((sa->flags & SA_ONSTACK) && !(current->altstack.ss_flags & SS_DISABLE) && !nested)
		sp = current->altstack.ss_sp + current->altstack.ss_size;
	sp = ALIGN_DOWN(sp - sizeof(struct rt_sigframe), 16UL);
	return nested && !on_altstack(sp) ? 0 : sp;
}

int setup_rt_frame(struct pt_regs *regs, int signo, const struct ksigaction *sa,
		   const struct sig_event *event, u64 saved_mask)
{
	unsigned long sp = frame_address(regs->sp, sa);
	struct rt_sigframe frame;

	if (!sp)
		return -EFAULT;
	memset(&frame, 0, sizeof(frame));
	fill_siginfo(&frame.info, signo, event);
	frame.uc.uc_stack = altstack_now(regs->sp);
	frame.uc.uc_sigmask = saved_mask;
	memcpy(frame.uc.gregs, regs, sizeof(frame.uc.gregs));
	fp_sync();
	memcpy(frame.uc.fpregs, current->fp.f, sizeof(frame.uc.fpregs));
	frame.uc.fcsr = (unsigned int)current->fp.fcsr;
	if (copy_to_user(sp, &frame, sizeof(frame)) < 0)
		return -EFAULT;

	if (current->altstack.ss_flags & SS_AUTODISARM)	/* rt_sigreturn finds it in the frame */
		current->altstack = (struct kstack_t){ .ss_flags = SS_DISABLE };
	regs->epc = sa->handler;
	regs->sp = sp;
	regs->ra = current->proc->sigreturn_tramp;
	regs->a0 = (unsigned long)signo;
	regs->a1 = sp + offsetof(struct rt_sigframe, info);
	regs->a2 = sp + offsetof(struct rt_sigframe, uc);
	return 0;
}

/* Make @ss, the user's word, the alternate stack. 0 or -errno with nothing changed. */
static int set_altstack(const struct kstack_t *ss)
{
	unsigned int mode = (unsigned int)ss->ss_flags & ~SS_AUTODISARM;

	if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		current->altstack = (struct kstack_t){ .ss_flags = ss->ss_flags };
		return 0;
	}
	if (ss->ss_size < MINSIGSTKSZ)
		return -ENOMEM;
	current->altstack = (struct kstack_t){
		.ss_sp = ss->ss_sp, .ss_size = ss->ss_size, .ss_flags = ss->ss_flags & (int)SS_AUTODISARM,
	};
	return 0;
}

SYSCALL_DEFINE(sys_rt_sigreturn)
{
	struct pt_regs *regs = task_pt_regs(current);
	struct rt_sigframe frame;
	struct fpstate fp;

	regs->cause = ~0UL;		/* whatever a0 becomes, it is not a result */
	if (copy_from_user(&frame, regs->sp, sizeof(frame)) < 0) {
		force_sig_fault(SIGSEGV, SEGV_MAPERR, regs->sp);
		return (long)regs->a0;
	}

	memcpy(regs, frame.uc.gregs, sizeof(frame.uc.gregs));
	regs->epc &= ~1UL;
	memcpy(fp.f, frame.uc.fpregs, sizeof(fp.f));
	fp.fcsr = frame.uc.fcsr & 0xff;
	fp_set(regs, &fp);
	if (!on_altstack(regs->sp))
		(void)set_altstack(&frame.uc.uc_stack);
	set_blocked(frame.uc.uc_sigmask);
	return (long)regs->a0;
}

/* sigaltstack(new, old) */
SYSCALL_DEFINE(sys_sigaltstack)
{
	unsigned long sp = task_pt_regs(current)->sp;
	struct kstack_t before = current->altstack, old = altstack_now(sp), ss;
	int ret = 0;

	if (a0) {
		if (copy_from_user(&ss, a0, sizeof(ss)) < 0)
			return -EFAULT;
		ret = on_altstack(sp) ? -EPERM : set_altstack(&ss);
	}
	if (ret == 0 && a1 && copy_to_user(a1, &old, sizeof(old)) < 0) {
		current->altstack = before;
		ret = -EFAULT;
	}
	return ret;
}
