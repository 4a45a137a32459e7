/* SPDX-License-Identifier: MIT */
/*
 * Choosing a swap area by name: the boot argument swap= and the system calls swapon and swapoff.
 *
 *	/dev/vda	the virtio disk (make run SWAPDISK=128M)
 *	64M		that much RAM
 */
#include "kernel/core/syscall.h"
#include "kernel/dev/virtio_blk.h"
#include "kernel/entry/swap_calls.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/reclaim/swap.h"
#include "lib/errno.h"
#include "lib/string.h"

#define NAME_MAX	32

/* "64M", "8192K", "1G" or bytes; 0 when it is no such thing. */
static unsigned long parse_size(const char *s)
{
	unsigned long v = 0;

	for (; *s >= '0' && *s <= '9'; s++) {
		if (v > ~0UL / 10 - 9)
			return 0;
		v = v * 10 + (unsigned long)(*s - '0');
	}
	switch (*s) {
	case 'G':
		return s[1] || v > 1UL << 30 ? 0 : v << 30;
	case 'M':
		return s[1] || v > 1UL << 40 ? 0 : v << 20;
	case 'K':
		return s[1] || v > 1UL << 50 ? 0 : v << 10;
	}
	return *s ? 0 : v;
}

int swap_start(const char *what)
{
	const struct swap_device *disk = virtio_blk_device();

	if (what[0] == '/')
		return disk && strcmp(what, disk->name) == 0 ? swapon(disk) : -ENOENT;
	return swap_ram_on(parse_size(what));
}

/* swapon(path, flags) */
SYSCALL_DEFINE(sys_swapon)
{
	char name[NAME_MAX];
	long n = strncpy_from_user(name, a0, sizeof(name));

	if (n < 0)
		return n;
	return n == sizeof(name) ? -ENAMETOOLONG : swap_start(name);
}

/* swapoff(path): there is one area at most, so any name means that one */
SYSCALL_DEFINE(sys_swapoff)
{
	char name[NAME_MAX];
	long n = strncpy_from_user(name, a0, sizeof(name));

	return n < 0 ? n : swapoff();
}
