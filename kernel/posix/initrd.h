/* SPDX-License-Identifier: MIT */
/*
 * The files of the initial ram disk (a cpio archive, newc), each as a memory object that
 * all mappings and reads share.
 */
#ifndef KERNEL_POSIX_INITRD_H
#define KERNEL_POSIX_INITRD_H

#include "lib/types.h"

struct mem_region;
struct memobj;

/*
 * initrd_init() - index the archive at physical @region. Says on the console what is wrong with it.
 */
void initrd_init(const struct mem_region *region);
/* initrd_in_image() - is the file called @path the one of the archive in the kernel's image, and not one of the initrd? */
bool initrd_in_image(const char *path);
/*
 * initrd_open() - the file called @path (absolute, or relative to /). Returns: it with a reference,
 * or an ERR_PTR: -ENOENT, -ENOTDIR, -EISDIR, -ENOMEM. initrd_open_exec(): also -EACCES when it is
 * no executable.
 */
struct memobj *initrd_open(const char *path);
struct memobj *initrd_open_exec(const char *path);
/*
 * initrd_folder() - the folder called @path: its name in the archive, "" for the top. ERR_PTR: -ENOENT, -ENOTDIR, -ELOOP,
 * -ENAMETOOLONG.
 */
const char *initrd_folder(const char *path);
/* initrd_next() - the @index-th name directly in that folder, and its type and permissions. NULL: there are fewer. */
const char *initrd_next(const char *folder, u64 index, unsigned int *mode);

#endif
