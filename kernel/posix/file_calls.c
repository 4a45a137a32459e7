/* SPDX-License-Identifier: MIT */
/* System calls on descriptors; the files themselves are in files.c, pipe.c, tty.c, folder.c, procfile.c. */
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/mm/memobj.h"
#include "kernel/posix/files.h"
#include "kernel/posix/initrd.h"
#include "kernel/sched/sched.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/fcntl.h"

#define FILE_PATH_MAX	256
#define IOV_MAX		1024
#define RW_MAX		0x7ffff000UL	/* more than this is cut, as on Linux */

#define AT_EMPTY_PATH	0x1000
#define AT_FLAGS_STAT	(0x100 | 0x800 | AT_EMPTY_PATH)	/* symlink and automount flags change nothing here */

static bool readable(const struct file *f) { return (f->flags & O_ACCMODE) != O_WRONLY; }
static bool writable(const struct file *f) { return (f->flags & O_ACCMODE) != O_RDONLY; }

typedef long file_op_t(struct file *f, unsigned long ubuf, size_t n);

/* A read or write that moves the position: processes that share the file take turns. */
static __noinline long file_op_in_turn(struct file *f, file_op_t *op, unsigned long ubuf, size_t n)
{
	long ret;

	if (mutex_lock_killable(&f->pos_lock) < 0)
		return -EINTR;
	ret = op(f, ubuf, n);
	mutex_unlock(&f->pos_lock);
	return ret;
}

static inline long file_op(struct file *f, file_op_t *op, unsigned long ubuf, size_t n)
{
	return unlikely(f->ops->has_pos) ? file_op_in_turn(f, op, ubuf, n) : op(f, ubuf, n);
}

/* May @op move @n bytes at @ubuf? How many it is to move, or -errno. */
static inline long check_op(bool allowed, file_op_t *op, unsigned long ubuf, size_t n)
{
	n = min(n, RW_MAX);
	if (!allowed)
		return -EBADF;
	if (!op)
		return -EINVAL;
	return access_ok(ubuf, n) ? (long)n : -EFAULT;
}

static long file_read(struct file *f, unsigned long ubuf, size_t n)
{
	long ret = check_op(readable(f), f->ops->read, ubuf, n);

	return likely(ret > 0) ? file_op(f, f->ops->read, ubuf, (size_t)ret) : ret;
}

static long file_write(struct file *f, unsigned long ubuf, size_t n)
{
	long ret = check_op(writable(f), f->ops->write, ubuf, n);

	return likely(ret > 0) ? file_op(f, f->ops->write, ubuf, (size_t)ret) : ret;
}

/* read(fd, buf, n) */
SYSCALL_DEFINE(sys_read)
{
	struct file *f = fget((int)a0);
	long ret;

	if (!f)
		return -EBADF;
	ret = file_read(f, a1, a2);
	fput(f);
	return ret;
}

/* write(fd, buf, n) */
SYSCALL_DEFINE(sys_write)
{
	struct file *f = fget((int)a0);
	long ret;

	if (!f)
		return -EBADF;
	ret = file_write(f, a1, a2);
	fput(f);
	return ret;
}

struct iovec {
	unsigned long base, len;
};

/* Before a byte moves: no length is negative, and no buffer reaches beyond user addresses. 0 or -errno. */
static int check_iov(unsigned long uiov, unsigned long count)
{
	struct iovec iov;

	for (unsigned long i = 0; i < count; i++) {
		if (copy_from_user(&iov, uiov + i * sizeof(iov), sizeof(iov)) < 0)
			return -EFAULT;
		if ((long)iov.len < 0)
			return -EINVAL;
		if (!access_ok(iov.base, iov.len))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* op() at position @pos of @f, whose own position stays. */
static long file_op_at(struct file *f, file_op_t *op, unsigned long ubuf, size_t n, u64 pos)
{
	u64 own_pos;
	long ret;

	if (mutex_lock_killable(&f->pos_lock) < 0)
		return -EINTR;
	own_pos = f->pos;
	f->pos = pos;
	ret = op(f, ubuf, n);
	f->pos = own_pos;
	mutex_unlock(&f->pos_lock);
	return ret;
}

/* pread64 and pwrite64 of @f; @op: its own read or write. */
static long do_pread_pwrite(struct file *f, bool allowed, file_op_t *op, unsigned long ubuf, size_t n, long pos)
{
	long ret;

	if (pos < 0)
		return -EINVAL;
	if (!f->ops->size)
		return -ESPIPE;
	ret = check_op(allowed, op, ubuf, n);
	return ret > 0 ? file_op_at(f, op, ubuf, (size_t)ret, (u64)pos) : ret;
}

/* pread64(fd, buf, n, pos) */
SYSCALL_DEFINE(sys_pread64)
{
	struct file *f = fget((int)a0);
	long ret;

	if (!f)
		return -EBADF;
	ret = do_pread_pwrite(f, readable(f), f->ops->read, a1, a2, (long)a3);
	fput(f);
	return ret;
}

/* pwrite64(fd, buf, n, pos) */
SYSCALL_DEFINE(sys_pwrite64)
{
	struct file *f = fget((int)a0);
	long ret;

	if (!f)
		return -EBADF;
	ret = do_pread_pwrite(f, writable(f), f->ops->write, a1, a2, (long)a3);
	fput(f);
	return ret;
}

/* readv and writev: piece by piece until one is not wholly done. */
static long do_iov(int fd, unsigned long uiov, unsigned long count, file_op_t *op)
{
	struct iovec iov;
	struct file *f;
	long done = 0, ret;

	if (count > IOV_MAX)
		return -EINVAL;
	f = fget(fd);
	if (!f)
		return -EBADF;
	ret = check_iov(uiov, count);
	for (unsigned long i = 0; ret >= 0 && i < count; i++) {
		ret = copy_from_user(&iov, uiov + i * sizeof(iov), sizeof(iov));
		if (ret == 0 && (long)iov.len < 0)	/* changed meanwhile */
			ret = -EINVAL;
		if (ret == 0)
			ret = op(f, iov.base, min(iov.len, RW_MAX - (size_t)done));
		if (ret < 0)
			break;
		done += ret;
		if ((size_t)ret < iov.len)
			break;
		cond_resched();
	}
	fput(f);
	return done ? done : ret;
}

/* readv(fd, iov, count) */
SYSCALL_DEFINE(sys_readv)
{
	return do_iov((int)a0, a1, a2, file_read);
}

/* writev(fd, iov, count) */
SYSCALL_DEFINE(sys_writev)
{
	return do_iov((int)a0, a1, a2, file_write);
}

/* ---- descriptors ---- */

/* close(fd) */
SYSCALL_DEFINE(sys_close)
{
	return fd_close((int)a0);
}

static long dup_from(int fd, bool cloexec, int from)
{
	struct file *f = fget(fd);
	int ret;

	if (!f)
		return -EBADF;
	ret = fd_install(f, cloexec, from);
	if (ret < 0)
		fput(f);
	return ret;
}

/* dup(fd) */
SYSCALL_DEFINE(sys_dup)
{
	return dup_from((int)a0, false, 0);
}

/* dup3(old, new, flags) */
SYSCALL_DEFINE(sys_dup3)
{
	if ((a2 & ~(unsigned long)O_CLOEXEC) || (int)a0 == (int)a1)
		return -EINVAL;
	return fd_replace((int)a0, (int)a1, a2 & O_CLOEXEC);
}

/* fcntl(fd, cmd, arg) */
SYSCALL_DEFINE(sys_fcntl)
{
	int fd = (int)a0;
	struct file *f = fget(fd);
	long ret = 0;

	if (!f)
		return -EBADF;
	switch ((int)a1) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		ret = (int)a2 < 0 ? -EINVAL : dup_from(fd, (int)a1 == F_DUPFD_CLOEXEC, (int)a2);
		break;
	case F_GETFD:
		ret = fd_cloexec(fd) ? FD_CLOEXEC : 0;
		break;
	case F_SETFD:
		fd_set_cloexec(fd, a2 & FD_CLOEXEC);
		break;
	case F_GETFL:
		ret = (long)(READ_ONCE(f->flags) & (O_ACCMODE | O_NONBLOCK));
		break;
	case F_SETFL:			/* of the flags that may change, only this one has a meaning here */
		WRITE_ONCE(f->flags, (READ_ONCE(f->flags) & ~O_NONBLOCK) | ((unsigned int)a2 & O_NONBLOCK));
		break;
	default:
		ret = -EINVAL;
	}
	fput(f);
	return ret;
}

/* ioctl(fd, cmd, arg) */
SYSCALL_DEFINE(sys_ioctl)
{
	struct file *f = fget((int)a0);
	long ret;

	if (!f)
		return -EBADF;
	ret = f->ops == &console_ops ? tty_ioctl((unsigned int)a1, a2) : -ENOTTY;
	fput(f);
	return ret;
}

/* The position in @f that @whence and @offset name, or -errno. pos_lock held. */
static long seek_target(const struct file *f, int whence, long offset)
{
	long base;

	switch (whence) {
	case 0:
		base = 0;
		break;
	case 1:
		base = (long)f->pos;
		break;
	case 2:
		base = f->ops->size(f);
		if (base < 0)
			return base;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &offset) || offset < 0)
		return -EINVAL;
	return offset;
}

/* lseek(fd, offset, whence) */
SYSCALL_DEFINE(sys_lseek)
{
	struct file *f = fget((int)a0);
	long ret = -ESPIPE;

	if (!f)
		return -EBADF;
	if (f->ops->size) {
		if (mutex_lock_killable(&f->pos_lock) < 0) {
			fput(f);
			return -EINTR;
		}
		ret = seek_target(f, (int)a2, (long)a1);
		if (ret >= 0)
			f->pos = (u64)ret;
		mutex_unlock(&f->pos_lock);
	}
	fput(f);
	return ret;
}

/* ---- names ---- */

/* Copy a path from the user. Returns: its length, or -errno. */
static long get_path(char *path, unsigned long uaddr)
{
	long n = strncpy_from_user(path, uaddr, FILE_PATH_MAX);

	return n == FILE_PATH_MAX ? -ENAMETOOLONG : n;
}

/* openat(dirfd, path, flags, mode): there is one directory that matters, the root */
SYSCALL_DEFINE(sys_openat)
{
	char path[FILE_PATH_MAX];
	long ret = get_path(path, a1);
	struct file *f;

	if (ret < 0)
		return ret;
	if (ret == 0)
		return -ENOENT;
	f = file_open(path, (unsigned int)a2);
	if (IS_ERR(f))
		return PTR_ERR(f);
	ret = fd_install(f, a2 & O_CLOEXEC, 0);
	if (ret < 0)
		fput(f);
	return ret;
}

/* faccessat(dirfd, path, mode) */
SYSCALL_DEFINE(sys_faccessat)
{
	char path[FILE_PATH_MAX];
	long ret = get_path(path, a1);
	struct file *f;

	if (ret < 0)
		return ret;
	if (a2 & ~7UL)
		return -EINVAL;
	f = file_open(path, O_RDONLY);
	if (IS_ERR(f))
		return PTR_ERR(f);
	ret = (a2 & 2) && (f->memobj || (f->ops->mode & S_IFDIR)) ? -EROFS : 0;
	fput(f);
	return ret;
}

/* readlinkat(dirfd, path, buf, size): nothing is a link */
SYSCALL_DEFINE(sys_readlinkat)
{
	char path[FILE_PATH_MAX];
	long ret = get_path(path, a1);
	struct file *f;

	if (ret < 0)
		return ret;
	f = file_open(path, O_RDONLY);
	if (IS_ERR(f))
		return PTR_ERR(f);
	fput(f);
	return -EINVAL;
}

/* struct stat of riscv64 */
struct stat {
	u64 dev, ino;
	u32 mode, nlink, uid, gid;
	u64 rdev, pad;
	s64 size;
	s32 blksize, pad2;
	s64 blocks;
	s64 times[6];
	u32 unused[2];
};
_Static_assert(sizeof(struct stat) == 128, "Linux's struct stat");

static long put_stat(const struct file *f, unsigned long ubuf)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	st.ino = 1;
	st.nlink = 1;
	st.mode = f->ops->mode;
	st.blksize = (s32)PAGE_SIZE;
	if (f->memobj) {
		st.size = (s64)f->memobj->size;
		st.blocks = (st.size + 511) / 512;
	}
	if (f->ops == &console_ops)
		st.rdev = 5 << 8 | 1;
	return copy_to_user(ubuf, &st, sizeof(st));
}

/* fstat(fd, buf) */
SYSCALL_DEFINE(sys_fstat)
{
	struct file *f = fget((int)a0);
	long ret;

	if (!f)
		return -EBADF;
	ret = put_stat(f, a1);
	fput(f);
	return ret;
}

/* newfstatat(dirfd, path, buf, flags) */
SYSCALL_DEFINE(sys_newfstatat)
{
	char path[FILE_PATH_MAX];
	struct file *f;
	long ret;

	if (a3 & ~(unsigned long)AT_FLAGS_STAT)
		return -EINVAL;
	ret = get_path(path, a1);
	if (ret < 0)
		return ret;
	if (ret == 0)
		return a3 & AT_EMPTY_PATH ? sys_fstat(a0, a2, 0, 0, 0, 0) : -ENOENT;
	f = file_open(path, O_RDONLY);
	if (IS_ERR(f))
		return PTR_ERR(f);
	ret = put_stat(f, a2);
	fput(f);
	return ret;
}
