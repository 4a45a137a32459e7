/* SPDX-License-Identifier: MIT */
/*
 * The personality of a process: a server that is asked for what the kernel does not know (PERSONALITY_PROTOCOL of uapi/protocol.h).
 *
 *	a system call without a function	handle_syscall() -> personality_syscall()
 *	mmap of a descriptor without a file	sys_mmap() -> personality_map(): a memory object by handle
 *	fork, exit				told before either side runs on
 *
 * p->personality is held as by a SEND handle. Children have their parent's, and execve keeps it. The server knows by the badge which
 * process calls, and may open it (task_open()).
 *
 * Who is killed waits no longer. A fork waits for a second at most, since its child cannot end before it has run, and the OOM killer may
 * wait for that; and so does an exit, since nobody could kill it any more.
 */
#include "kernel/ipc/personality.h"
#include "kernel/arch/regs.h"
#include "kernel/core/race.h"
#include "kernel/core/syscall.h"
#include "kernel/core/time.h"
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/kernel_call.h"
#include "kernel/ipc/memobj_calls.h"
#include "kernel/ipc/task_calls.h"
#include "kernel/mm/memobj.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "uapi/protocol.h"

#define WAIT_NS	NSEC_PER_SEC	/* for an answer of those whom nobody could kill */

static unsigned long badge_of(const struct process *p)
{
	return PERSONALITY_BADGE | (unsigned int)p->pid;
}

/* Ask current's personality. @regs has the words of the request, and of the reply when 0 comes back. */
static long ask(struct pt_regs *regs, unsigned int state, u64 deadline)
{
	struct process *p = current->proc;

	return kernel_call(&p->personality, regs, badge_of(p), state, deadline);
}

/* What the server answers is the call's result, but it cannot have the call made again. */
static long result_of(const struct pt_regs *regs)
{
	long ret = (long)regs->a1;

	return (unsigned long)ret + ERESTART_RESTARTBLOCK <= ERESTART_RESTARTBLOCK - ERESTARTSYS ? -EINTR : ret;
}

long personality_syscall(const struct pt_regs *user)
{
	const struct personality_syscall_request request = {
		.nr = user->a7, .args = { user->orig_a0, user->a1, user->a2, user->a3, user->a4, user->a5 },
	};
	struct pt_regs regs = { .a1 = CALL_personality_syscall };
	long ret;

	if (likely(!READ_ONCE(current->proc->personality)))
		return -ENOSYS;
	message_put(&regs, &request, sizeof(request));
	ret = ask(&regs, TASK_INTERRUPTIBLE, 0);
	return ret == 0 ? result_of(&regs) : ret == -EDEADLK ? -ENOSYS : ret;
}

/* The object that came as the handle @number, which is closed. NULL: *@err. */
static struct memobj *take_object(unsigned long number, long *err)
{
	struct memobj *obj = get_object(number, RIGHT_MAP, err);

	(void)sys_handle_close(number, 0, 0, 0, 0, 0);
	return obj;
}

long personality_map(int fd, unsigned long prot, unsigned long flags, unsigned long offset, struct memobj **obj, unsigned long *in_object)
{
	const struct personality_map_request request = { .fd = fd, .prot = prot, .flags = flags, .offset = offset };
	struct pt_regs regs = { .a1 = CALL_personality_map, .t5 = IPC_TAKE_HANDLES };
	struct personality_map_reply reply;
	long ret, err;

	if (likely(!READ_ONCE(current->proc->personality)))
		return -EBADF;
	ret = handle_reserve(2);
	if (ret < 0)
		return ret;
	message_put(&regs, &request, sizeof(request));
	ret = ask(&regs, TASK_INTERRUPTIBLE, 0);
	if (ret < 0)
		return ret == -EDEADLK ? -EBADF : ret;
	ret = result_of(&regs);
	message_get(&regs, &reply, sizeof(reply));
	*in_object = reply.offset;
	if (ret > 0 || (ret == 0 && !IS_ALIGNED(reply.offset, PAGE_SIZE)))
		ret = -EINVAL;
	if (IPC_SECOND(regs.t2))
		(void)sys_handle_close(IPC_SECOND(regs.t2), 0, 0, 0, 0, 0);
	*obj = take_object(IPC_FIRST(regs.t2), &err);
	if (*obj && ret < 0) {
		memobj_put(*obj);
		*obj = NULL;
	}
	return ret ? ret : err;
}

void personality_fork(int child)
{
	const struct personality_fork_request request = { .parent = current->tgid, .child = child };
	struct pt_regs regs = { .a1 = CALL_personality_fork };

	if (likely(!READ_ONCE(current->proc->personality)))
		return;
	message_put(&regs, &request, sizeof(request));
	(void)ask(&regs, killable_state(), ktime_get_ns() + WAIT_NS);
}

void personality_exit(const struct process *p)
{
	const struct personality_exit_request request = { .pid = p->pid, .status = p->exit_status };
	struct pt_regs regs = { .a1 = CALL_personality_exit };

	if (likely(!READ_ONCE(p->personality)))
		return;
	message_put(&regs, &request, sizeof(request));
	(void)ask(&regs, TASK_UNINTERRUPTIBLE, ktime_get_ns() + WAIT_NS);
}

void personality_inherit(struct process *child)
{
	if (likely(!READ_ONCE(current->proc->personality)))
		return;
	spin_lock(&ipc_lock);
	child->personality = current->proc->personality;
	if (child->personality)
		endpoint_hold(child->personality);
	spin_unlock(&ipc_lock);
}

bool personality_is_mine(const struct process *p)
{
	bool mine;

	spin_lock(&ipc_lock);
	mine = p->personality && receives_from(current->proc->handles, p->personality);
	spin_unlock(&ipc_lock);
	return mine;
}

/* *@ep, held or NULL, is the personality of the process of @name from now on, and *@ep what it was before. 0 or -ESRCH. */
static int set_personality(const struct task_name *name, struct endpoint **ep)
{
	struct endpoint *old;
	struct process *p;
	int ret = -ESRCH;

	spin_lock(&tasklist_lock);
	p = find_process((int)name->pid);
	/* As long as a thread has its memory, process_exit() is still to come, which releases it. */
	if (p && p->start_ns == name->start_ns && process_mm(p)) {
		spin_lock(&ipc_lock);
		old = p->personality;
		p->personality = *ep;
		*ep = old;
		spin_unlock(&ipc_lock);
		ret = 0;
	}
	spin_unlock(&tasklist_lock);
	return ret;
}

/* task_personality(task, endpoint; 0: none) */
SYSCALL_DEFINE(sys_task_personality)
{
	struct endpoint *ep = NULL;
	struct task_name name;
	unsigned long badge;
	long ret = task_of_handle(a0, &name);

	if (ret == 0 && a1)
		ret = endpoint_of_handle(a1, RIGHT_SEND, &ep, &badge);
	if (ret < 0)
		return ret;
	ret = set_personality(&name, &ep);
	if (ep)
		endpoint_release(ep);
	return ret;
}
