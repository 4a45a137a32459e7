/* SPDX-License-Identifier: MIT */
/*
 * Choosing a swap area by name: the boot argument swap= and the system calls swapon and swapoff.
 *
 *	/dev/vda	the virtio disk (make run SWAPDISK=128M)
 *	64M		that much RAM
 */
#include "kernel/core/printk.h"
#include "kernel/core/syscall.h"
#include "kernel/dev/virtio_blk.h"
#include "kernel/entry/swap_calls.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/reclaim/swap.h"
#include "lib/errno.h"
#include "lib/format.h"
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

/* The disk that @what names, or NULL. */
static const struct swap_device *find_disk(const char *what)
{
	const struct swap_device *disk = virtio_blk_device();

	return disk && strcmp(what, disk->name) == 0 ? disk : NULL;
}

/* 0; -ENOENT: no such disk; else as swapon() and swap_ram_on(). */
static int swap_start(const char *what)
{
	const struct swap_device *disk = find_disk(what);

	if (what[0] == '/')
		return disk ? swapon(disk) : -ENOENT;
	return swap_ram_on(parse_size(what));
}

/* swap_start(@what) ended with @err: why, in words, to @text. */
static void explain(const char *what, int err, char *text, size_t size)
{
	const struct swap_device *disk = find_disk(what);
	unsigned long nr = disk ? disk->nr : parse_size(what) / PAGE_SIZE;

	if (err == -ENOENT)
		fmt_snprintf(text, size, "there is no such disk");
	else if (err == -EINVAL && disk)
		fmt_snprintf(text, size, "the disk holds %lu KiB in whole pages, less than %lu KiB", nr * (PAGE_SIZE >> 10),
			     SWAP_SLOTS_MIN * (PAGE_SIZE >> 10));
	else if (err == -EINVAL)
		fmt_snprintf(text, size, "neither a size such as 64M nor a disk such as /dev/vda");
	else if (err == -EFBIG)
		fmt_snprintf(text, size, "%lu MiB, whose map of slots takes %lu KiB of memory, exceed the limit of %lu MiB",
			     nr >> (20 - PAGE_SHIFT), swap_map_bytes(nr) >> 10, SWAP_SLOTS_MAX >> (20 - PAGE_SHIFT));
	else if (err == -ENOMEM && disk)
		fmt_snprintf(text, size, "no memory for the map of its slots, %lu KiB", swap_map_bytes(nr) >> 10);
	else if (err == -ENOMEM)
		fmt_snprintf(text, size, "so much memory is not free in blocks of 4 MiB");
	else if (err == -EBUSY)
		fmt_snprintf(text, size, "there is a swap area already");
	else
		fmt_snprintf(text, size, "error %d", -err);
}

void swap_boot(const char *what)
{
	int err = swap_start(what);
	char text[128];

	if (!err)
		return;
	explain(what, err, text, sizeof(text));
	printk("swap=%s: %s; going on without\n", what, text);
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
