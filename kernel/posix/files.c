/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables and open files; files.h. One of the files that the user-space servers are to
 * replace: it does what programs need to start and to print, and no more.
 */
#include "kernel/posix/files.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/mm/mm.h"
#include "kernel/posix/initrd.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/mman.h"

static struct kmem_cache *files_cache, *file_cache;

void files_init(void)
{
	files_cache = kmem_cache_create("files", sizeof(struct files), 0, 0, NULL);
	file_cache = kmem_cache_create("file", sizeof(struct file), 0, 0, NULL);
}

/* ---- open files ---- */

struct file *file_alloc(const struct file_ops *ops, unsigned int flags, void *private)
{
	struct file *f = kmem_cache_alloc(file_cache, GFP_KERNEL | __GFP_ZERO);

	if (!f)
		return NULL;
	atomic_set(&f->refcount, 1);
	f->ops = ops;
	f->flags = flags;
	f->private = private;
	mutex_init(&f->pos_lock);
	return f;
}

void fput(struct file *f)
{
	if (!atomic_dec_and_test(&f->refcount))
		return;
	if (f->ops->release)
		f->ops->release(f);
	if (f->memobj)
		memobj_put(f->memobj);
	mutex_destroy(&f->pos_lock);
	kmem_cache_free(file_cache, f);
}

struct file *fget(int fd)
{
	struct files *files = current->proc->files;
	struct file *f = NULL;

	if (fd < 0 || fd >= FILES_MAX)
		return NULL;
	spin_lock(&files->lock);
	f = files->fd[fd];
	if (f)
		atomic_inc(&f->refcount);
	spin_unlock(&files->lock);
	return f;
}

/* ---- tables ---- */

static struct files *files_alloc(void)
{
	struct files *files = kmem_cache_alloc(files_cache, GFP_KERNEL | __GFP_ZERO);

	if (!files)
		return NULL;
	atomic_set(&files->refcount, 1);
	spin_lock_init(&files->lock);
	return files;
}

struct files *files_new(void)
{
	struct files *files = files_alloc();
	struct file *console;

	if (!files)
		return NULL;
	console = file_alloc(&console_ops, O_RDWR, NULL);
	if (!console) {
		kmem_cache_free(files_cache, files);
		return NULL;
	}
	atomic_set(&console->refcount, 3);
	files->fd[0] = files->fd[1] = files->fd[2] = console;
	files->open = 7;
	return files;
}

/* @files, which is empty and nobody's yet, gets what @old has. */
static void files_copy(struct files *files, struct files *old)
{
	spin_lock(&old->lock);
	files->open = old->open;
	files->cloexec = old->cloexec;
	for (u64 left = old->open; left; left &= left - 1) {
		int fd = __builtin_ctzl(left);

		files->fd[fd] = old->fd[fd];
		atomic_inc(&files->fd[fd]->refcount);
	}
	spin_unlock(&old->lock);
}

struct files *files_fork(struct files *old)
{
	struct files *files = files_alloc();

	if (files)
		files_copy(files, old);
	return files;
}

/* Take @fd out of the table. NULL: it was not open. */
static struct file *fd_remove(struct files *files, int fd)
{
	struct file *f;

	spin_lock(&files->lock);
	f = files->fd[fd];
	files->fd[fd] = NULL;
	files->open &= ~(1UL << fd);
	files->cloexec &= ~(1UL << fd);
	spin_unlock(&files->lock);
	return f;
}

static void files_close_set(struct files *files, u64 set)
{
	for (; set; set &= set - 1) {
		struct file *f = fd_remove(files, __builtin_ctzl(set));

		if (f)
			fput(f);
	}
}

void files_get(struct files *files)
{
	atomic_inc(&files->refcount);
}

void files_put(struct files *files)
{
	if (!files || !atomic_dec_and_test(&files->refcount))
		return;
	files_close_set(files, files->open);
	kmem_cache_free(files_cache, files);
}

struct files *files_spare(void)
{
	return files_alloc();
}

/* A table of its own, @spare, for current's process. */
static void files_unshare(struct files *spare)
{
	struct process *p = current->proc;
	struct files *old = p->files;

	files_copy(spare, old);
	p->files = spare;
	files_put(old);
}

/*
 * proc->files changes here alone, while no other thread uses it: a thread that had read it would go on in a table that may be
 * freed, and two that replaced it would both give the old one back. And nobody but current's process can begin to share the
 * table.
 */
void files_exec(struct files *spare)
{
	struct files *files = current->proc->files;

	VM_BUG_ON(READ_ONCE(current->proc->nr_attached) != 1);
	if (atomic_read(&files->refcount) > 1)
		files_unshare(spare);
	else
		files_put(spare);
	files = current->proc->files;
	files_close_set(files, files->open & files->cloexec);
}

/* The descriptors that RLIMIT_NOFILE lets current open: a bit for each. */
static u64 fds_allowed(void)
{
	unsigned long nr = READ_ONCE(current->proc->rlim[RLIMIT_NOFILE].cur);

	_Static_assert(FILES_MAX == 64, "a bit for each descriptor");
	return nr < FILES_MAX ? (1UL << nr) - 1 : ~0UL;
}

int fd_install(struct file *f, bool cloexec, int from)
{
	struct files *files = current->proc->files;
	int fd = -EMFILE;
	u64 space;

	if (from < 0 || from >= FILES_MAX || (from && !(fds_allowed() >> from)))
		return -EINVAL;
	spin_lock(&files->lock);
	space = ~files->open & (~0UL << from) & fds_allowed();
	if (space) {
		fd = __builtin_ctzl(space);
		files->fd[fd] = f;
		files->open |= 1UL << fd;
		if (cloexec)
			files->cloexec |= 1UL << fd;
	}
	spin_unlock(&files->lock);
	return fd;
}

int fd_close(int fd)
{
	struct file *f;

	if (fd < 0 || fd >= FILES_MAX)
		return -EBADF;
	f = fd_remove(current->proc->files, fd);
	if (!f)
		return -EBADF;
	fput(f);
	return 0;
}

int fd_replace(int old, int fd, bool cloexec)
{
	struct files *files = current->proc->files;
	struct file *f, *gone;

	if (fd < 0 || fd >= FILES_MAX || !(fds_allowed() >> fd))
		return -EBADF;
	f = fget(old);
	if (!f)
		return -EBADF;
	spin_lock(&files->lock);
	gone = files->fd[fd];
	files->fd[fd] = f;
	files->open |= 1UL << fd;
	files->cloexec &= ~(1UL << fd);
	if (cloexec)
		files->cloexec |= 1UL << fd;
	spin_unlock(&files->lock);
	if (gone)
		fput(gone);
	return fd;
}

void fd_set_cloexec(int fd, bool on)
{
	struct files *files = current->proc->files;

	spin_lock(&files->lock);
	files->cloexec &= ~(1UL << fd);
	if (on)
		files->cloexec |= 1UL << fd;
	spin_unlock(&files->lock);
}

bool fd_cloexec(int fd)
{
	return current->proc->files->cloexec & (1UL << fd);
}

int file_mmap(const struct file *f, unsigned long prot, bool shared, struct memobj **obj)
{
	unsigned int mode = f->flags & O_ACCMODE;

	if (mode == O_WRONLY || (shared && (prot & PROT_WRITE) && mode != O_RDWR))
		return -EACCES;
	*obj = f->memobj;
	if (f->memobj)
		memobj_get(f->memobj);
	return f->memobj || f->ops->zeroes ? 0 : -ENODEV;
}

/* ---- files of the initrd ---- */

static long initrd_read(struct file *f, unsigned long ubuf, size_t n)
{
	char chunk[512];
	size_t done = 0, part, moved;
	int ret;

	while (done < n && f->pos < f->memobj->size) {
		part = min(min(n - done, sizeof(chunk)), (size_t)(f->memobj->size - f->pos));
		ret = memobj_read(f->memobj, f->pos, chunk, part);
		if (ret < 0)
			return done ? (long)done : ret;
		moved = copy_to_user_some(ubuf + done, chunk, part);
		done += moved;
		f->pos += moved;
		if (moved < part)
			return done ? (long)done : -EFAULT;
	}
	return (long)done;
}

static long initrd_size(const struct file *f)
{
	return (long)f->memobj->size;
}

static const struct file_ops initrd_ops = {
	.read = initrd_read,
	.size = initrd_size,
	.mode = S_IFREG | 0555,
	.has_pos = true,
};

struct file *file_open(const char *path, unsigned int flags)
{
	struct memobj *obj;
	struct file *f = open_special(path, flags);

	if (!IS_ERR(f) && (flags & O_DIRECTORY)) {
		fput(f);
		return ERR_PTR(-ENOTDIR);
	}
	if (f != ERR_PTR(-ENOENT))
		return f;
	obj = flags & O_DIRECTORY ? ERR_PTR(-EISDIR) : initrd_open(path);
	if (obj == ERR_PTR(-EISDIR))
		return folder_open(path, flags);
	if (IS_ERR(obj))
		return obj == ERR_PTR(-ENOENT) && (flags & O_CREAT) ? ERR_PTR(-EROFS) : ERR_PTR(PTR_ERR(obj));
	if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
		f = ERR_PTR(-EROFS);
	else
		f = file_alloc(&initrd_ops, flags, NULL);
	if (!f)
		f = ERR_PTR(-ENOMEM);
	if (IS_ERR(f))
		memobj_put(obj);
	else
		f->memobj = obj;
	return f;
}
