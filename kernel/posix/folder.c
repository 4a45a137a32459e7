/* SPDX-License-Identifier: MIT */
/*
 * Folders of the initrd as open files: nothing can be read from one but its list of names, getdents64. The position is the
 * number of the next record:
 *
 *	0: "."	1: ".."	2 ...: what initrd_next() finds, in the archive's order
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/core/syscall.h"
#include "kernel/posix/files.h"
#include "kernel/posix/initrd.h"
#include "kernel/sched/sched.h"
#include "lib/cpio.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/dirent.h"

#define FIRST_ENTRY	2	/* after "." and ".." */

static long folder_read(__unused struct file *f, __unused unsigned long ubuf, __unused size_t n)
{
	return -EISDIR;
}

static long folder_size(__unused const struct file *f)
{
	return -EINVAL;
}

/* The name behind position @pos of the folder @f, and its type. NULL: there is no further one. */
static const char *entry_at(const struct file *f, u64 pos, unsigned char *type)
{
	const char *name;
	unsigned int mode;

	*type = DT_DIR;
	if (pos < FIRST_ENTRY)
		return pos == 0 ? "." : "..";
	name = initrd_next(f->private, pos - FIRST_ENTRY, &mode);
	mode &= CPIO_TYPE_MASK;
	if (name && mode != CPIO_DIRECTORY)
		*type = mode == CPIO_SYMLINK ? DT_LNK : DT_REG;
	return name;
}

/* Put one record at @ubuf, where @room bytes are. Returns: its length, -EINVAL when it does not fit, or -EFAULT. */
static long put_entry(unsigned long ubuf, size_t room, const char *name, unsigned char type, u64 next)
{
	size_t head = __builtin_offsetof(struct linux_dirent64, d_name), len = head + strlen(name) + 1;
	struct linux_dirent64 entry = { .d_ino = 1, .d_off = (long)next, .d_reclen = (unsigned short)((len + 7) & ~7UL),
					.d_type = type };

	if (entry.d_reclen > room)
		return -EINVAL;
	if (copy_to_user(ubuf, &entry, head) < 0 || copy_to_user(ubuf + head, name, len - head) < 0 ||
	    clear_user(ubuf + len, entry.d_reclen - len) < 0)
		return -EFAULT;
	return entry.d_reclen;
}

/* Records from the position on, as many as fit. pos_lock held. */
static long folder_list(struct file *f, unsigned long ubuf, size_t n)
{
	size_t done = 0;
	const char *name;
	unsigned char type;
	long len;

	VM_BUG_ON(!mutex_is_held(&f->pos_lock));
	while ((name = entry_at(f, f->pos, &type)) != NULL) {
		len = put_entry(ubuf + done, n - done, name, type, f->pos + 1);
		if (len < 0)
			return done ? (long)done : len;
		f->pos++;
		done += (size_t)len;
		cond_resched();
	}
	return (long)done;
}

static const struct file_ops folder_ops = {
	.read = folder_read,
	.size = folder_size,
	.mode = S_IFDIR | 0555,
	.has_pos = true,
};

struct file *folder_open(const char *path, unsigned int flags)
{
	const char *name = initrd_folder(path);
	struct file *f;

	if (IS_ERR(name))
		return ERR_PTR(PTR_ERR(name));
	if ((flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)))
		return ERR_PTR(-EISDIR);
	f = file_alloc(&folder_ops, flags, (void *)name);
	return f ? f : ERR_PTR(-ENOMEM);
}

/* getdents64(fd, buf, n) */
SYSCALL_DEFINE(sys_getdents64)
{
	struct file *f = fget((int)a0);
	long ret = -ENOTDIR;

	if (!f)
		return -EBADF;
	if (f->ops == &folder_ops) {
		ret = mutex_lock_killable(&f->pos_lock);
		if (ret == 0) {
			ret = folder_list(f, a1, (unsigned int)a2);
			mutex_unlock(&f->pos_lock);
		}
	}
	fput(f);
	return ret;
}
