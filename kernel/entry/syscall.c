/* SPDX-License-Identifier: MIT */
/* The system call's number, in a7, selects the function that serves it (kernel/core/syscall.h lists them). */
#include "kernel/arch/regs.h"
#include "kernel/core/syscall.h"
#include "kernel/ipc/personality.h"
#include "kernel/sched/sched.h"
#include "lib/errno.h"
#include "uapi/ipc.h"
#include "uapi/query.h"
#include "uapi/syscall.h"

#define SYSCALL_ENTRY(name)	[SYS_##name] = sys_##name,
static const syscall_fn linux_calls[] = {
	SYSCALL_LIST(SYSCALL_ENTRY)
};

#define SAMARA_CALL_ENTRY(name)	[SYS_##name - SYS_samara_first] = sys_##name,
static const syscall_fn samara_calls[] = {
	SAMARA_CALL_LIST(SAMARA_CALL_ENTRY)
};

#define IPC_CALL_ENTRY(name)	[SYS_##name - SYS_ipc_first] = sys_##name,
static const syscall_fn ipc_calls[] = {
	IPC_CALL_LIST(IPC_CALL_ENTRY)
};

static syscall_fn find_call(unsigned long nr)
{
	if (likely(nr < ARRAY_SIZE(linux_calls)))
		return linux_calls[nr];
	if (nr - SYS_ipc_first < ARRAY_SIZE(ipc_calls))
		return ipc_calls[nr - SYS_ipc_first];
	if (nr - SYS_samara_first < ARRAY_SIZE(samara_calls))
		return samara_calls[nr - SYS_samara_first];
	return NULL;
}

void handle_syscall(struct pt_regs *regs)
{
	syscall_fn fn = find_call(regs->a7);
	long ret;

	regs->epc += 4;			/* ecall has no compressed form */
	regs->orig_a0 = regs->a0;
	if (likely(fn != NULL))
		ret = fn(regs->a0, regs->a1, regs->a2, regs->a3, regs->a4, regs->a5);
	else
		ret = personality_syscall(regs);
	regs->a0 = (unsigned long)ret;

	/* -ERESTART...: do_signal() makes something of it even if the signal has gone again. */
	if (unlikely((unsigned long)ret + ERESTART_RESTARTBLOCK <= ERESTART_RESTARTBLOCK - ERESTARTSYS))
		set_work(current, WORK_SIGNAL);
}
