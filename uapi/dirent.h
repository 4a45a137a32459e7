/* SPDX-License-Identifier: MIT */
/* What getdents64 gives, as on Linux: records of d_reclen bytes, one behind the other. */
#ifndef UAPI_DIRENT_H
#define UAPI_DIRENT_H

#define DT_DIR		4
#define DT_REG		8
#define DT_LNK		10

struct linux_dirent64 {
	unsigned long d_ino;
	long d_off;			/* position of the next record */
	unsigned short d_reclen;	/* a multiple of 8 */
	unsigned char d_type;
	char d_name[];			/* ends with a NUL */
};
_Static_assert(sizeof(struct linux_dirent64) == 24 && __builtin_offsetof(struct linux_dirent64, d_name) == 19,
	       "Linux's struct linux_dirent64");

#endif
