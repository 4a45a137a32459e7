/* SPDX-License-Identifier: MIT */
/*
 * Names that are no files of the initrd: /proc/PID/maps, knobs of /proc/sys/vm and a few devices. Also to be replaced
 * by the user-space servers.
 */
#include "kernel/arch/uaccess.h"
#include "kernel/core/bug.h"
#include "kernel/mm/mm.h"
#include "kernel/posix/files.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

#define MAPS_CHUNK	2048

/*
 * An open maps file: its text is made a chunk at a time. A read at the position where the last one ended goes on in the same chunk; a
 * read before the chunk makes the text again from its beginning.
 */
struct maps {
	struct mm_struct *mm;		/* holds a reference */

	/* The file's pos_lock. */
	unsigned long addr;		/* where the next chunk begins */
	u64 start;			/* position of the chunk ... */
	size_t len;			/* ... and its length */
	char chunk[MAPS_CHUNK];
};

static void maps_rewind(struct maps *m)
{
	m->addr = 0;
	m->start = 0;
	m->len = 0;
}

/* Make the chunk that holds position @pos. False: the text ends before it. */
static bool maps_seek(struct maps *m, u64 pos)
{
	if (pos < m->start)
		maps_rewind(m);
	while (pos >= m->start + m->len) {
		if (fatal_signal_pending(current))
			return false;
		m->start += m->len;
		m->len = mm_format_maps(m->mm, &m->addr, m->chunk, sizeof(m->chunk));
		if (m->len == 0)
			return false;
		cond_resched();
	}
	return true;
}

static long maps_read(struct file *f, unsigned long ubuf, size_t n)
{
	struct maps *m = f->private;
	size_t done = 0, at, part, moved;

	VM_BUG_ON(!mutex_is_held(&f->pos_lock));
	while (done < n && maps_seek(m, f->pos)) {
		at = (size_t)(f->pos - m->start);
		part = min(n - done, m->len - at);
		moved = copy_to_user_some(ubuf + done, m->chunk + at, part);
		f->pos += moved;
		done += moved;
		if (moved < part)
			return done ? (long)done : -EFAULT;
	}
	return (long)done;
}

/* The length of a text that is made when it is read. */
static long unknown_size(__unused const struct file *f)
{
	return -EINVAL;
}

static void maps_release(struct file *f)
{
	struct maps *m = f->private;

	mmput(m->mm);
	kfree(m);
}

static const struct file_ops maps_ops = {
	.read = maps_read,
	.size = unknown_size,
	.release = maps_release,
	.mode = S_IFREG | 0444,
	.has_pos = true,
};

static struct file *maps_open(int pid)
{
	struct mm_struct *mm = get_task_mm(pid);
	struct maps *m;
	struct file *f;

	if (!mm)
		return ERR_PTR(-ENOENT);
	m = kmalloc(sizeof(*m), GFP_KERNEL);
	f = m ? file_alloc(&maps_ops, O_RDONLY, m) : NULL;
	if (!f) {
		kfree(m);
		mmput(mm);
		return ERR_PTR(-ENOMEM);
	}
	m->mm = mm;
	maps_rewind(m);
	return f;
}

static long null_read(__unused struct file *f, __unused unsigned long ubuf, __unused size_t n)
{
	return 0;
}

static long null_write(__unused struct file *f, __unused unsigned long ubuf, size_t n)
{
	return (long)n;
}

static long zero_read(__unused struct file *f, unsigned long ubuf, size_t n)
{
	size_t done, part;

	for (done = 0; done < n && !fatal_signal_pending(current); done += part) {
		part = user_part(ubuf + done, n - done);
		if (clear_user(ubuf + done, part) < 0)
			return done ? (long)done : -EFAULT;
		cond_resched();
	}
	return (long)done;
}

static long no_size(__unused const struct file *f)
{
	return 0;
}

static const struct file_ops null_ops = {
	.read = null_read, .write = null_write, .size = no_size, .mode = S_IFCHR | 0666,
};
static const struct file_ops zero_ops = {
	.read = zero_read, .write = null_write, .size = no_size, .mode = S_IFCHR | 0666, .zeroes = true,
};

/* ---- /proc/sys/vm/NAME: a number, read and written as text; private is the name ---- */

static const char *const knobs[] = { "overcommit_memory", "max_map_count" };

static long knob_read(struct file *f, unsigned long ubuf, size_t n)
{
	char text[24];
	size_t len = (size_t)fmt_snprintf(text, sizeof(text), "%ld\n", mm_knob_get(f->private));

	VM_BUG_ON(!mutex_is_held(&f->pos_lock));
	if (f->pos >= len)
		return 0;
	n = min(n, len - (size_t)f->pos);
	if (copy_to_user(ubuf, text + f->pos, n) < 0)
		return -EFAULT;
	f->pos += n;
	return (long)n;
}

/* The whole number comes in one write, perhaps with an end of line. */
static long knob_write(struct file *f, unsigned long ubuf, size_t n)
{
	unsigned long value = 0;
	char text[24];
	size_t i;
	int ret;

	if (n >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, ubuf, n) < 0)
		return -EFAULT;
	for (i = 0; i < n && text[i] >= '0' && text[i] <= '9' && i < 18; i++)
		value = value * 10 + (unsigned long)(text[i] - '0');
	if (i == 0 || (i < n && !(text[i] == '\n' && i + 1 == n)))
		return -EINVAL;
	ret = mm_knob_set(f->private, value);
	return ret < 0 ? ret : (long)n;
}

static const struct file_ops knob_ops = {
	.read = knob_read,
	.write = knob_write,
	.size = unknown_size,
	.mode = S_IFREG | 0644,
	.has_pos = true,
};

/* ERR_PTR(-ENOENT): no such knob. */
static struct file *knob_open(const char *name, unsigned int flags)
{
	struct file *f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(knobs) && strcmp(name, knobs[i]) != 0; i++)
		;
	if (i == ARRAY_SIZE(knobs))
		return ERR_PTR(-ENOENT);
	f = file_alloc(&knob_ops, flags, (void *)knobs[i]);
	return f ? f : ERR_PTR(-ENOMEM);
}

/* "self" (0) or a number, followed by "/maps". -1: neither. */
static int parse_maps_name(const char *s)
{
	int pid = 0;

	if (strncmp(s, "self", 4) == 0) {
		s += 4;
	} else {
		if (*s < '1' || *s > '9')
			return -1;
		for (; *s >= '0' && *s <= '9'; s++) {
			if (pid > 1000000)
				return -1;
			pid = pid * 10 + (*s - '0');
		}
	}
	return strcmp(s, "/maps") == 0 ? pid : -1;
}

struct file *open_special(const char *path, unsigned int flags)
{
	static const struct { const char *name; const struct file_ops *ops; } devices[] = {
		{ "/dev/null", &null_ops },
		{ "/dev/zero", &zero_ops },
		{ "/dev/console", &console_ops },
		{ "/dev/tty", &console_ops },
	};
	struct file *f;
	int pid;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		if (strcmp(path, devices[i].name) != 0)
			continue;
		f = file_alloc(devices[i].ops, flags, NULL);
		return f ? f : ERR_PTR(-ENOMEM);
	}
	if (strncmp(path, "/proc/", 6) != 0)
		return ERR_PTR(-ENOENT);
	if (strncmp(path + 6, "sys/vm/", 7) == 0)
		return knob_open(path + 13, flags);
	pid = parse_maps_name(path + 6);
	if (pid < 0)
		return ERR_PTR(-ENOENT);
	if ((flags & O_ACCMODE) != O_RDONLY)
		return ERR_PTR(-EACCES);
	return maps_open(pid);
}
