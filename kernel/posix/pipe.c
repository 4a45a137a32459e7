/* SPDX-License-Identifier: MIT */
/*
 * Pipes: a ring of bytes between two open files. Positions only grow; the byte at
 * position p is ring[p % PIPE_SIZE].
 *
 *	read <= written <= read + PIPE_SIZE
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/posix/files.h"
#include "kernel/sched/rwsem.h"
#include "kernel/sched/sched.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PIPE_SIZE	16384UL
#define PIPE_BUF	4096UL		/* a write of up to this goes in as one piece */

struct pipe {
	struct mutex lock;		/* the positions and the ends; held while bytes move */
	unsigned long read, written;
	bool has_reader, has_writer;
	atomic_t ends;			/* that use the locks still; the last one frees the pipe */
	struct wait_queue wait;		/* readers and writers */
	char *ring;
};

static struct pipe *pipe_alloc(void)
{
	struct pipe *p = kzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->ring = kmalloc(PIPE_SIZE, GFP_KERNEL);
	if (!p->ring) {
		kfree(p);
		return NULL;
	}
	mutex_init(&p->lock);
	init_wait_queue(&p->wait);
	p->has_reader = p->has_writer = true;
	atomic_set(&p->ends, 2);
	return p;
}

static void pipe_free(struct pipe *p)
{
	mutex_destroy(&p->lock);
	kfree(p->ring);
	kfree(p);
}

static bool pipe_readable(const struct pipe *p)
{
	return READ_ONCE(p->read) != READ_ONCE(p->written) || !READ_ONCE(p->has_writer);
}

static bool pipe_room(const struct pipe *p, size_t n)
{
	return PIPE_SIZE - (READ_ONCE(p->written) - READ_ONCE(p->read)) >= n || !READ_ONCE(p->has_reader);
}

/*
 * Move @n bytes, all or none, out of the ring or into it. p->lock is held, so no page is waited for: false says that one was not
 * there. Then the caller drops the lock and calls fault_in_user().
 */
static bool take_bytes(struct pipe *p, unsigned long ubuf, size_t n)
{
	size_t at = p->read % PIPE_SIZE, part = min(n, PIPE_SIZE - at);
	int err;

	pagefault_disable();
	err = copy_to_user(ubuf, p->ring + at, part);
	if (unlikely(part < n) && !err)
		err = copy_to_user(ubuf + part, p->ring, n - part);
	pagefault_enable();
	if (unlikely(err))
		return false;
	WRITE_ONCE(p->read, p->read + n);
	return true;
}

static bool put_bytes(struct pipe *p, unsigned long ubuf, size_t n)
{
	size_t at = p->written % PIPE_SIZE, part = min(n, PIPE_SIZE - at);
	int err;

	pagefault_disable();
	err = copy_from_user(p->ring + at, ubuf, part);
	if (unlikely(part < n) && !err)
		err = copy_from_user(p->ring, ubuf + part, n - part);
	pagefault_enable();
	if (unlikely(err))
		return false;
	WRITE_ONCE(p->written, p->written + n);
	return true;
}

static long pipe_read(struct file *f, unsigned long ubuf, size_t n)
{
	struct pipe *p = f->private;
	size_t part;
	int ret;

	for (;;) {
		if (mutex_lock_killable(&p->lock) < 0)
			return -EINTR;
		part = min(n, p->written - p->read);
		if (part) {
			if (likely(take_bytes(p, ubuf, part)))
				break;
			mutex_unlock(&p->lock);
			n = fault_in_user(ubuf, part, /* write = */ true);
			if (!n)
				return -EFAULT;
			continue;
		}
		if (!p->has_writer)
			break;
		mutex_unlock(&p->lock);
		if (READ_ONCE(f->flags) & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(&p->wait, pipe_readable(p));
		if (ret < 0)
			return ret;
	}
	mutex_unlock(&p->lock);
	if (part)
		wake_up(&p->wait);
	return (long)part;
}

static long broken_pipe(void)
{
	struct sig_event event = { .signo = SIGPIPE, .code = SI_KERNEL, .pid = current->tgid };

	spin_lock(&tasklist_lock);
	send_task(current, &event);
	spin_unlock(&tasklist_lock);
	return -EPIPE;
}

static long pipe_write(struct file *f, unsigned long ubuf, size_t n)
{
	struct pipe *p = f->private;
	size_t done = 0, need, room, part, have;
	long ret = 0;

	while (done < n) {
		need = n <= PIPE_BUF ? n : 1;
		ret = mutex_lock_killable(&p->lock);
		if (ret < 0)
			break;
		if (!p->has_reader) {
			mutex_unlock(&p->lock);
			return done ? (long)done : broken_pipe();
		}
		room = PIPE_SIZE - (p->written - p->read);
		if (room >= need) {
			part = min(n - done, room);
			if (unlikely(!put_bytes(p, ubuf + done, part))) {
				mutex_unlock(&p->lock);
				have = fault_in_user(ubuf + done, part, /* write = */ false);
				if (have < part) {
					n = done + have;
					ret = -EFAULT;		/* unless something has been or can be written */
				}
				continue;
			}
			mutex_unlock(&p->lock);
			done += part;
			wake_up(&p->wait);
			if (done == n)
				return (long)done;
			cond_resched();
			continue;
		}
		mutex_unlock(&p->lock);
		if (READ_ONCE(f->flags) & O_NONBLOCK) {
			ret = -EAGAIN;
			break;
		}
		ret = wait_event_interruptible(&p->wait, pipe_room(p, need));
		if (ret < 0)
			break;
	}
	return done ? (long)done : ret;
}

static unsigned int pipe_poll(const struct file *f)
{
	const struct pipe *p = f->private;

	if ((f->flags & O_ACCMODE) == O_RDONLY)
		return (READ_ONCE(p->read) != READ_ONCE(p->written) ? POLLIN : 0) | (READ_ONCE(p->has_writer) ? 0 : POLLHUP);
	return (pipe_room(p, PIPE_BUF) ? POLLOUT : 0) | (READ_ONCE(p->has_reader) ? 0 : POLLERR);
}

static struct wait_queue *pipe_queue(const struct file *f)
{
	return &((struct pipe *)f->private)->wait;
}

/* One end is gone; the other one hears of it. Freed when both have left the lock and the queue, not just taken them. */
static void pipe_release(struct file *f)
{
	struct pipe *p = f->private;

	mutex_lock(&p->lock);
	if ((f->flags & O_ACCMODE) == O_RDONLY)
		WRITE_ONCE(p->has_reader, false);
	else
		WRITE_ONCE(p->has_writer, false);
	mutex_unlock(&p->lock);
	wake_up(&p->wait);
	if (atomic_dec_and_test(&p->ends))
		pipe_free(p);
}

static const struct file_ops pipe_ops = {
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.poll_queue = pipe_queue,
	.release = pipe_release,
	.mode = S_IFIFO | 0600,
};

/* Open both ends and give them numbers. */
static int pipe_open(int fd[2], bool cloexec, unsigned int flags)
{
	struct pipe *p = pipe_alloc();
	struct file *r, *w;

	if (!p)
		return -ENOMEM;
	r = file_alloc(&pipe_ops, O_RDONLY | flags, p);
	if (!r) {
		pipe_free(p);
		return -ENOMEM;
	}
	w = file_alloc(&pipe_ops, O_WRONLY | flags, p);
	if (!w) {
		p->has_writer = false;
		atomic_dec(&p->ends);
		fput(r);		/* frees the pipe */
		return -ENOMEM;
	}
	fd[0] = fd_install(r, cloexec, 0);
	if (fd[0] < 0) {
		fput(r);
		fput(w);
		return fd[0];
	}
	fd[1] = fd_install(w, cloexec, 0);
	if (fd[1] < 0) {
		fd_close(fd[0]);
		fput(w);
		return fd[1];
	}
	return 0;
}

/* pipe2(fds, flags) */
SYSCALL_DEFINE(sys_pipe2)
{
	int fd[2], ret;

	if (a1 & ~(unsigned long)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	ret = pipe_open(fd, a1 & O_CLOEXEC, a1 & O_NONBLOCK);
	if (ret < 0)
		return ret;
	if (copy_to_user(a0, fd, sizeof(fd)) < 0) {
		fd_close(fd[0]);
		fd_close(fd[1]);
		return -EFAULT;
	}
	return 0;
}
