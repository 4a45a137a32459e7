/* SPDX-License-Identifier: MIT */
/*
 * The least of files, for as long as the kernel serves them itself: a table of descriptors per
 * process, and a few kinds of open file (files.c, pipe.c, tty.c, folder.c). The servers of user space will
 * replace all of it.
 *
 *	process -> struct files: fd[0..FILES_MAX) -> struct file -> ops, private
 *	  (fork copies the table and shares the open files; threads share the table)
 */
#ifndef KERNEL_POSIX_FILES_H
#define KERNEL_POSIX_FILES_H

#include "kernel/core/config.h"
#include "kernel/core/spinlock.h"
#include "kernel/sched/rwsem.h"
#include "lib/types.h"

#define O_ACCMODE	3u
#define O_RDONLY	0u
#define O_WRONLY	1u
#define O_RDWR		2u
#define O_CREAT		0100u
#define O_TRUNC		01000u
#define O_NONBLOCK	04000u
#define O_DIRECTORY	0200000u
#define O_CLOEXEC	02000000u

#define S_IFIFO		0010000u
#define S_IFCHR		0020000u
#define S_IFDIR		0040000u
#define S_IFREG		0100000u

/* What poll() tells of a file. */
#define POLLIN		0x001u
#define POLLOUT		0x004u
#define POLLERR		0x008u
#define POLLHUP		0x010u
#define POLLNVAL	0x020u
#define POLLRDNORM	0x040u
#define POLLWRNORM	0x100u

struct file;
struct memobj;

/* NULL: the operation is refused (-EINVAL for read and write, -ESPIPE for lseek and pread of a file without size). */
struct file_ops {
	long (*read)(struct file *f, unsigned long ubuf, size_t n);
	long (*write)(struct file *f, unsigned long ubuf, size_t n);
	long (*size)(const struct file *f);	/* where SEEK_END leads, or -errno; says that the file has a position */
	/* POLLIN, POLLOUT, POLLERR, POLLHUP as they are now, and the queue that is woken when they change; NULL: always ready. */
	unsigned int (*poll)(const struct file *f);
	struct wait_queue *(*poll_queue)(const struct file *f);
	void (*release)(struct file *f);
	unsigned int mode;		/* for stat */
	bool zeroes;			/* a mapping of it is anonymous memory */
	bool has_pos;			/* reads and writes begin at pos and move it, or change private: one at a time, under pos_lock */
};

struct file {
	atomic_t refcount;
	unsigned int flags;		/* O_ACCMODE, O_NONBLOCK; the latter changes at any time */
	const struct file_ops *ops;
	void *private;
	struct memobj *memobj;		/* a file of the initrd; holds a reference */

	/*
	 * Processes that share the file after a fork share these. Outside mmap_lock: a read may fault. Files without has_pos
	 * (pipes, the console) do not take it, since their readers sleep.
	 */
	struct mutex pos_lock;
	u64 pos;			/* pos_lock */
};

struct files {
	atomic_t refcount;
	spinlock_t lock;
	u64 open;			/* bit n: fd[n] is set */
	u64 cloexec;
	struct file *fd[FILES_MAX];
};

void files_init(void);
/* files_new() - a table with the console as 0, 1 and 2. NULL: no memory. */
struct files *files_new(void);
/* files_spare() - an empty table, for files_exec(); files_put() frees it. NULL: no memory. */
struct files *files_spare(void);
/*
 * files_exec() - current executes a program: its process gets a table of its own, @spare, if another one uses the same, and
 * what is marked close-on-exec is closed. Assumes: current is the only thread of its process. @spare is used up.
 */
void files_exec(struct files *spare);
/*
 * file_mmap() - @f is to be mapped with @prot, @shared or not: *@obj is what it shows, with a reference, or NULL when that is
 * anonymous memory. 0, -EACCES: not opened for this; -ENODEV: it cannot be mapped.
 */
int file_mmap(const struct file *f, unsigned long prot, bool shared, struct memobj **obj);

/* fget() - the open file @fd of current with a reference; NULL: none. */
struct file *fget(int fd);
void fput(struct file *f);
/* file_alloc() - a new open file with one reference. NULL: no memory. */
struct file *file_alloc(const struct file_ops *ops, unsigned int flags, void *private);
/*
 * fd_install() - the lowest free descriptor for @f, not below @from; takes over the reference.
 * -EMFILE: not taken.
 */
int fd_install(struct file *f, bool cloexec, int from);
int fd_close(int fd);
/* fd_replace() - make @fd another name of @old, closing what it was. Returns: @fd or -EBADF. */
int fd_replace(int old, int fd, bool cloexec);
/* The close-on-exec mark of an open descriptor. */
void fd_set_cloexec(int fd, bool on);
bool fd_cloexec(int fd);

/* file_open() - open @path. ERR_PTR on failure. */
struct file *file_open(const char *path, unsigned int flags);

extern const struct file_ops console_ops;	/* tty.c */
/* tty_init() - the console takes input from now on. */
void tty_init(void);
/* tty_boot() - the boot argument tty=ROWSxCOLUMNS: how large the terminal is. */
void tty_boot(const char *size);
long tty_ioctl(unsigned int cmd, unsigned long arg);

/* folder_open() - folder.c: a folder of the initrd. ERR_PTR: as initrd_folder(), -EISDIR: not for reading only, -ENOMEM. */
struct file *folder_open(const char *path, unsigned int flags);

/* open_special() - procfile.c: /proc and /dev names. ERR_PTR(-ENOENT): not one of them. */
struct file *open_special(const char *path, unsigned int flags);

#endif
