/* SPDX-License-Identifier: MIT */
/* What a file is: Linux's structure on riscv64, in place of picolibc's sys/stat.h. */
#ifndef USER_INCLUDE_SYS_STAT_H
#define USER_INCLUDE_SYS_STAT_H

#include <sys/types.h>
#include <time.h>

struct stat {
	unsigned long st_dev, st_ino;			/* picolibc's dev_t and ino_t have 16 bits */
	unsigned int st_mode, st_nlink, st_uid, st_gid;
	unsigned long st_rdev, __pad1;
	off_t st_size;
	int st_blksize, __pad2;
	long st_blocks;
	struct timespec st_atim, st_mtim, st_ctim;
	unsigned int __pad3[2];
};
_Static_assert(sizeof(struct stat) == 128, "Linux's struct stat");
#define st_atime	st_atim.tv_sec
#define st_mtime	st_mtim.tv_sec
#define st_ctime	st_ctim.tv_sec

#define S_IFMT		0170000
#define S_IFIFO		0010000
#define S_IFCHR		0020000
#define S_IFDIR		0040000
#define S_IFBLK		0060000
#define S_IFREG		0100000
#define S_IFLNK		0120000
#define S_ISFIFO(mode)	(((mode) & S_IFMT) == S_IFIFO)
#define S_ISCHR(mode)	(((mode) & S_IFMT) == S_IFCHR)
#define S_ISDIR(mode)	(((mode) & S_IFMT) == S_IFDIR)
#define S_ISBLK(mode)	(((mode) & S_IFMT) == S_IFBLK)
#define S_ISREG(mode)	(((mode) & S_IFMT) == S_IFREG)
#define S_ISLNK(mode)	(((mode) & S_IFMT) == S_IFLNK)
#define S_IRUSR		0400
#define S_IWUSR		0200
#define S_IXUSR		0100
#define S_IRWXU		0700

int stat(const char *path, struct stat *st);
int lstat(const char *path, struct stat *st);
int fstat(int fd, struct stat *st);
mode_t umask(mode_t mask);

#endif
