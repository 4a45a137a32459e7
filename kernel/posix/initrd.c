/* SPDX-License-Identifier: MIT */
/*
 * Files of the initial ram disk, and of the archive of servers that is part of the kernel's image (servers.S), so that there are
 * init and the servers with any initrd, and without one. The index is made once, at boot; the memory object of a file
 * when it is first opened, and then it stays, so that all processes share its pages.
 */
#include "kernel/posix/initrd.h"
#include "kernel/core/bug.h"
#include "kernel/core/printk.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/mm/memobj.h"
#include "kernel/sched/rwsem.h"
#include "lib/cpio.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "lib/string.h"

struct initrd_file {
	struct list_head node;
	struct cpio_entry entry;	/* points into the archive */
	struct memobj *obj;		/* open_lock; NULL until first opened */
};

#define LINK_PATH_MAX	256
#define MAX_LINKS	40		/* as on Linux */

extern const char servers_start[], servers_end[];	/* servers.S */

static LIST_HEAD(files);		/* of initrd_file.node; fixed after initrd_init() */
static struct mutex open_lock;

static struct initrd_file *find_file(const char *path)
{
	struct initrd_file *f;

	path = cpio_name(path);
	list_for_each_entry(f, &files, node)
		if (strcmp(f->entry.name, path) == 0)
			return f;
	return NULL;
}

/* Put @entry into the index; of two with one name the later counts. False: no memory. */
static bool add_file(const struct cpio_entry *entry)
{
	struct initrd_file *f = kzalloc(sizeof(*f), GFP_KERNEL), *old = find_file(entry->name);

	if (!f)
		return false;
	if (old) {
		list_del(&old->node);
		kfree(old);
	}
	f->entry = *entry;
	list_add(&f->node, &files);
	return true;
}

/* The files of an archive of @size bytes at @data come into the index. Returns how many. */
static unsigned int add_archive(const void *data, size_t size)
{
	struct cpio_entry entry;
	struct cpio cpio;
	unsigned int n = 0;

	cpio_open(&cpio, data, size);
	while (cpio_next(&cpio, &entry)) {
		if (!add_file(&entry)) {
			printk("initrd: no memory for more than %u files\n", n);
			break;
		}
		n++;
	}
	if (cpio.error)
		printk("initrd: not a sound cpio archive (newc): %s, at byte %lu of %lu\n", cpio.error,
		       cpio.pos, size);
	return n;
}

void initrd_init(const struct mem_region *region)
{
	size_t size = region->end - region->start;

	mutex_init(&open_lock);
	(void)add_archive(servers_start, (size_t)(servers_end - servers_start));
	if (size == 0)
		printk("initrd: there is none\n");
	else
		printk("initrd: %u files\n", add_archive(phys_to_virt(region->start), size));
}

bool initrd_in_image(const char *path)
{
	const struct initrd_file *f = find_file(path);
	const char *data = f ? f->entry.data : NULL;

	return data >= servers_start && data < servers_end;
}

/* The part of @name below the folder @folder ("": the top), or NULL: it is not directly in it. */
static const char *name_in(const char *folder, const char *name)
{
	size_t len = strlen(folder);

	if (len > 0) {
		if (strncmp(name, folder, len) != 0 || name[len] != '/')
			return NULL;
		name += len + 1;
	}
	return *name != '\0' && strchr(name, '/') == NULL ? name : NULL;
}

static struct memobj *open_file(struct initrd_file *f)
{
	char name[56];

	mutex_lock(&open_lock);
	if (!f->obj) {
		name[0] = '/';
		(void)strscpy(name + 1, f->entry.name, sizeof(name) - 1);
		f->obj = memobj_create_image(name, f->entry.data, f->entry.size);
	}
	if (f->obj)
		memobj_get(f->obj);
	mutex_unlock(&open_lock);
	return f->obj ? f->obj : ERR_PTR(-ENOMEM);
}

static unsigned int file_type(const struct initrd_file *f)
{
	return f->entry.mode & CPIO_TYPE_MASK;
}

/* Why there is no @path: does it go through something that is no directory? -ENOTDIR or -ENOENT. */
static int why_missing(const char *path)
{
	struct initrd_file *f;

	path = cpio_name(path);
	list_for_each_entry(f, &files, node) {
		size_t len = strlen(f->entry.name);

		if (file_type(f) != CPIO_DIRECTORY && strncmp(path, f->entry.name, len) == 0 && path[len] == '/')
			return -ENOTDIR;
	}
	return -ENOENT;
}

/* Where the link @f at @path leads: an absolute target, or one beside it, into @to. 0 or -errno. */
static int link_target(const struct initrd_file *f, const char *path, char to[LINK_PATH_MAX])
{
	size_t folder = strlen(path), len = f->entry.size;

	if (len == 0)
		return -ENOENT;
	while (folder > 0 && path[folder - 1] != '/')
		folder--;
	if (((const char *)f->entry.data)[0] == '/')
		folder = 0;
	if (folder + len >= LINK_PATH_MAX)
		return -ENAMETOOLONG;
	memmove(to, path, folder);
	memcpy(to + folder, f->entry.data, len);
	to[folder + len] = '\0';
	return 0;
}

/* The file of @path, symbolic links at its end followed; or the error. */
static struct initrd_file *follow(const char *path)
{
	char name[LINK_PATH_MAX];
	struct initrd_file *f;
	int err;

	for (int links = 0; links <= MAX_LINKS; links++) {
		f = find_file(path);
		if (!f)
			return ERR_PTR(why_missing(path));
		if (file_type(f) != CPIO_SYMLINK)
			return f;
		err = link_target(f, path, name);
		if (err)
			return ERR_PTR(err);
		path = name;
	}
	return ERR_PTR(-ELOOP);
}

const char *initrd_folder(const char *path)
{
	char name[LINK_PATH_MAX];
	struct initrd_file *f;
	long len = strscpy(name, cpio_name(path), sizeof(name));

	if (len < 0)
		return ERR_PTR(-ENAMETOOLONG);
	while (len > 0 && name[len - 1] == '/')
		name[--len] = '\0';
	if (len == 0)
		return "";
	f = follow(name);
	if (IS_ERR(f))
		return ERR_PTR(PTR_ERR(f));
	return file_type(f) == CPIO_DIRECTORY ? f->entry.name : ERR_PTR(-ENOTDIR);
}

/* The regular file of @path, or the error. */
static struct initrd_file *find_regular(const char *path)
{
	struct initrd_file *f = follow(path);

	if (f == ERR_PTR(-ENOENT) && !IS_ERR(initrd_folder(path)))	/* the top, or a name with a slash behind it */
		return ERR_PTR(-EISDIR);
	if (IS_ERR(f))
		return f;
	if ((f->entry.mode & CPIO_TYPE_MASK) == CPIO_DIRECTORY)
		return ERR_PTR(-EISDIR);
	if ((f->entry.mode & CPIO_TYPE_MASK) != CPIO_FILE)
		return ERR_PTR(-EACCES);
	return f;
}

const char *initrd_next(const char *folder, u64 index, unsigned int *mode)
{
	struct initrd_file *f;

	list_for_each_entry_reverse(f, &files, node) {		/* in the archive's order */
		const char *name = name_in(folder, f->entry.name);

		if (!name || index-- > 0)
			continue;
		*mode = f->entry.mode;
		return name;
	}
	return NULL;
}

struct memobj *initrd_open(const char *path)
{
	struct initrd_file *f = find_regular(path);

	return IS_ERR(f) ? ERR_PTR(PTR_ERR(f)) : open_file(f);
}

struct memobj *initrd_open_exec(const char *path)
{
	struct initrd_file *f = find_regular(path);

	if (f == ERR_PTR(-EISDIR))
		return ERR_PTR(-EACCES);
	if (IS_ERR(f))
		return ERR_PTR(PTR_ERR(f));
	if (!(f->entry.mode & 0111))
		return ERR_PTR(-EACCES);
	return open_file(f);
}
