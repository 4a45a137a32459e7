/* SPDX-License-Identifier: MIT */
/*
 * ppoll(): sleep until one of several files is ready.
 *
 *	stand in every file's queue -> look at every file -> none is ready: sleep until one wakes us, and look again
 *
 * A file that becomes ready after the look finds the caller in its queue, so that no wake-up is lost (wait.h). The caller
 * holds a reference to each file, and with it to its queue.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/syscall.h"
#include "kernel/core/time.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/posix/files.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/timer.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "kernel/task/user_time.h"
#include "lib/errno.h"

#define FOREVER		(~0ULL)

/* As user space has it. */
struct pollfd {
	s32 fd;
	u16 events, revents;
};

struct poll_entry {
	struct pollfd user;
	struct file *file;		/* NULL: there is none */
	struct wait_queue *queue;	/* NULL: it is always ready */
	struct wait_entry wait;
};

/* What @e is told now: what it asks for, and what everybody is told. */
static unsigned int poll_entry_look(const struct poll_entry *e)
{
	unsigned int ready = POLLIN | POLLOUT;

	if (e->user.fd < 0)
		return 0;
	if (!e->file)
		return POLLNVAL;
	if (e->file->ops->poll)
		ready = e->file->ops->poll(e->file);
	if (ready & POLLIN)
		ready |= POLLRDNORM;
	if (ready & POLLOUT)
		ready |= POLLWRNORM;
	return ready & (e->user.events | POLLERR | POLLHUP);
}

/* Returns: for how many there is something to tell. */
static long look_at_all(struct poll_entry *entries, unsigned long n)
{
	long ready = 0;

	for (unsigned long i = 0; i < n; i++) {
		entries[i].user.revents = (u16)poll_entry_look(&entries[i]);
		ready += entries[i].user.revents != 0;
	}
	return ready;
}

/* Returns: how many are ready, 0 at @deadline, -ERESTARTNOHAND when a signal came first. */
static long wait_for_any(struct poll_entry *entries, unsigned long n, u64 deadline)
{
	long ready;

	for (;;) {
		for (unsigned long i = 0; i < n; i++)
			if (entries[i].queue)
				prepare_to_wait(entries[i].queue, &entries[i].wait, TASK_INTERRUPTIBLE);
		set_current_state(TASK_INTERRUPTIBLE);
		ready = look_at_all(entries, n);
		if (ready || (deadline != FOREVER && ktime_get_ns() >= deadline))
			break;
		if (signal_pending(current)) {
			ready = -ERESTARTNOHAND;
			break;
		}
		schedule_until(deadline);
	}
	set_current_state(TASK_RUNNING);
	for (unsigned long i = 0; i < n; i++)
		if (entries[i].queue)
			finish_wait(entries[i].queue, &entries[i].wait);
	return ready;
}

/* Read the @n elements at @ufds and take references. 0 or -EFAULT. */
static int poll_begin(struct poll_entry *entries, unsigned long ufds, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		if (copy_from_user(&entries[i].user, ufds + i * sizeof(struct pollfd), sizeof(struct pollfd)) < 0)
			return -EFAULT;
	for (unsigned long i = 0; i < n; i++) {
		struct poll_entry *e = &entries[i];

		INIT_LIST_HEAD(&e->wait.node);
		e->file = e->user.fd < 0 ? NULL : fget(e->user.fd);
		e->queue = e->file && e->file->ops->poll_queue ? e->file->ops->poll_queue(e->file) : NULL;
	}
	return 0;
}

/* Drop the references and write the answers. 0 or -EFAULT. */
static int poll_end(struct poll_entry *entries, unsigned long ufds, unsigned long n)
{
	int ret = 0;

	for (unsigned long i = 0; i < n; i++) {
		unsigned long at = ufds + i * sizeof(struct pollfd) + offsetof(struct pollfd, revents);

		if (entries[i].file)
			fput(entries[i].file);
		if (copy_to_user(at, &entries[i].user.revents, sizeof(u16)) < 0)
			ret = -EFAULT;
	}
	return ret;
}

static long do_poll(unsigned long ufds, unsigned long n, u64 deadline)
{
	struct poll_entry *entries;
	long ret;
	int err;

	if (n > READ_ONCE(current->proc->rlim[RLIMIT_NOFILE].cur) || n > FILES_MAX)
		return -EINVAL;
	entries = kzalloc(max(n, 1UL) * sizeof(*entries), GFP_KERNEL);
	if (!entries)
		return -ENOMEM;
	ret = poll_begin(entries, ufds, n);
	if (ret == 0) {
		ret = wait_for_any(entries, n, deadline);
		err = poll_end(entries, ufds, n);
		if (err < 0)
			ret = err;
	}
	kfree(entries);
	return ret;
}

/* Wait with @umask (0: none) for the signals that are blocked. */
static long poll_with_mask(unsigned long ufds, unsigned long n, u64 deadline, unsigned long umask)
{
	u64 mask;
	long ret;

	if (!umask)
		return do_poll(ufds, n, deadline);
	if (copy_from_user(&mask, umask, sizeof(mask)) < 0)
		return -EFAULT;
	current->saved_blocked = current->blocked;
	set_blocked(mask);
	ret = do_poll(ufds, n, deadline);
	if (ret == -ERESTARTNOHAND)
		current->restore_blocked = true;	/* do_signal() puts the old mask back, after the handler of this one */
	else
		set_blocked(current->saved_blocked);
	return ret;
}

/* ppoll(fds, n, timeout, sigmask, sigsetsize): what is left of the timeout is written back */
SYSCALL_DEFINE(sys_ppoll)
{
	u64 deadline = FOREVER, now, ns;
	long ret;
	int err;

	if (a2) {
		err = get_timespec(a2, &ns);
		if (err < 0)
			return err;
		deadline = ktime_get_ns() + ns;
	}
	if (a3 && a4 != sizeof(u64))
		return -EINVAL;
	ret = poll_with_mask(a0, a1, deadline, a3);
	if (a2) {
		now = ktime_get_ns();
		/* A timeout that cannot be written changes nothing, but then the call cannot be repeated with the rest. */
		if (put_timespec(a2, deadline > now ? deadline - now : 0) < 0 && ret == -ERESTARTNOHAND)
			ret = -EINTR;
	}
	return ret;
}
