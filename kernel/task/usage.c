/* SPDX-License-Identifier: MIT */
/* What tasks have used; usage.h. */
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/core/time.h"
#include "kernel/mm/mm.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/usage.h"
#include "lib/errno.h"

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN	(-1)
#define RUSAGE_THREAD	1

struct usage task_usage(const struct task *t)
{
	return (struct usage){
		.runtime_ns = task_runtime_ns(t), .minflt = t->faults - min(t->faults, t->majflt), .majflt = t->majflt,
		.nvcsw = t->nvcsw, .nivcsw = t->nivcsw,
	};
}

unsigned long mm_maxrss(const struct mm_struct *mm)
{
	return max(READ_ONCE(mm->hiwater_rss), mm_rss(mm));
}

void usage_add(struct usage *sum, const struct usage *more)
{
	sum->runtime_ns += more->runtime_ns;
	sum->maxrss = max(sum->maxrss, more->maxrss);
	sum->minflt += more->minflt;
	sum->majflt += more->majflt;
	sum->nvcsw += more->nvcsw;
	sum->nivcsw += more->nivcsw;
}

int usage_to_user(const struct usage *usage, unsigned long buf)
{
	long words[RUSAGE_WORDS] = {
		[0] = (long)(usage->runtime_ns / NSEC_PER_SEC),
		[1] = (long)(usage->runtime_ns % NSEC_PER_SEC / 1000),
		[4] = (long)(usage->maxrss * (PAGE_SIZE / 1024)),
		[8] = (long)usage->minflt,
		[9] = (long)usage->majflt,
		[16] = (long)usage->nvcsw,
		[17] = (long)usage->nivcsw,
	};

	return copy_to_user(buf, words, sizeof(words));
}

/* getrusage(who, buf) */
SYSCALL_DEFINE(sys_getrusage)
{
	struct usage usage;

	switch ((int)a0) {
	case RUSAGE_SELF:
		usage = process_usage(current->proc);
		usage.maxrss = mm_maxrss(current->mm);
		break;
	case RUSAGE_THREAD:
		usage = task_usage(current);
		usage.maxrss = mm_maxrss(current->mm);
		break;
	case RUSAGE_CHILDREN:
		spin_lock(&tasklist_lock);
		usage = current->proc->children_usage;
		spin_unlock(&tasklist_lock);
		break;
	default:
		return -EINVAL;
	}
	return usage_to_user(&usage, a1);
}
