/* SPDX-License-Identifier: MIT */
/* Collecting the argument and environment strings of an exec; exec.h. */
#include "kernel/arch/uaccess.h"
#include "kernel/mm/frame/gfp.h"
#include "kernel/posix/exec.h"
#include "kernel/sched/sched.h"
#include "lib/errno.h"
#include "lib/string.h"

void exec_args_init(struct exec_args *args)
{
	memset(args, 0, sizeof(*args));
}

void exec_args_free(struct exec_args *args)
{
	for (size_t i = 0; i < ARRAY_SIZE(args->page); i++)
		if (args->page[i])
			free_pages(virt_to_page(args->page[i]), 0);
}

/* Where the next byte goes, with *@room bytes left in that page. NULL: no memory. */
static char *next_room(struct exec_args *args, size_t *room)
{
	char **page = &args->page[args->used / PAGE_SIZE];
	size_t offset = args->used % PAGE_SIZE;
	struct page *frame;

	if (!*page) {
		frame = alloc_page(GFP_KERNEL);
		if (!frame)
			return NULL;
		*page = page_to_virt(frame);
	}
	*room = PAGE_SIZE - offset;
	return *page + offset;
}

/* Does what is there, plus @more bytes, fit with its pointers? */
static bool fits(const struct exec_args *args, size_t more)
{
	size_t pointers = ((size_t)args->argc + (size_t)args->envc + 3) * sizeof(long);

	return args->used + more + pointers <= EXEC_ARGS_MAX;
}

int exec_args_add(struct exec_args *args, const char *s)
{
	size_t left = strlen(s) + 1, room, n;
	char *to;

	if (!fits(args, left))
		return -E2BIG;
	while (left > 0) {
		to = next_room(args, &room);
		if (!to)
			return -ENOMEM;
		n = min(left, room);
		memcpy(to, s, n);
		s += n;
		left -= n;
		args->used += n;
	}
	args->argc++;
	return 0;
}

/* One string from user memory, a page's rest at a time. */
static int add_user_string(struct exec_args *args, unsigned long uaddr)
{
	size_t room;
	char *to;
	long n;

	for (;;) {
		if (!fits(args, 1))
			return -E2BIG;
		to = next_room(args, &room);
		if (!to)
			return -ENOMEM;
		n = strncpy_from_user(to, uaddr, room);
		if (n < 0)
			return (int)n;
		if ((size_t)n < room) {
			args->used += (size_t)n + 1;
			return 0;
		}
		args->used += room;
		uaddr += room;
		cond_resched();
	}
}

static int copy_array(struct exec_args *args, unsigned long uarray, int *count)
{
	u64 string;
	int ret;

	if (!uarray)
		return 0;		/* Linux takes it for an empty one */
	for (;; uarray += sizeof(string)) {
		if (get_user_u64(&string, uarray) < 0)
			return -EFAULT;
		if (!string)
			return 0;
		ret = add_user_string(args, string);
		if (ret < 0)
			return ret;
		(*count)++;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

int exec_args_copy(struct exec_args *args, unsigned long argv, unsigned long envp)
{
	int ret = copy_array(args, argv, &args->argc);

	if (ret == 0 && args->argc == 0)
		ret = exec_args_add(args, "");
	if (ret == 0)
		ret = copy_array(args, envp, &args->envc);
	if (ret == 0 && !fits(args, 0))
		ret = -E2BIG;
	return ret;
}
