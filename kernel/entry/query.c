/* SPDX-License-Identifier: MIT */
/* Samara's own calls: looks into the kernel (uapi/query.h), and failing allocations on demand. */
#include "kernel/arch/uaccess.h"
#include "kernel/core/syscall.h"
#include "kernel/dev/devices.h"
#include "kernel/mm/frame/vmalloc.h"
#include "kernel/mm/mm.h"
#include "kernel/mm/reclaim/rmap_query.h"
#include "kernel/sched/latency.h"
#include "kernel/sched/sched.h"
#include "kernel/task/process.h"
#include "kernel/task/signal.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "uapi/query.h"

static char state_letter(const struct task *t)
{
	unsigned int state = READ_ONCE(t->state);

	if (t->proc->zombie)
		return 'Z';
	if (state & TASK_STOPPED)
		return 'T';
	return state & TASK_SLEEPING ? 'S' : 'R';
}

static void fill_task(struct q_task *q, const struct task *t)
{
	const struct mm_struct *mm = t->mm;

	memset(q, 0, sizeof(*q));
	q->pid = t->pid;
	q->tgid = t->tgid;
	q->ppid = t->proc->parent ? t->proc->parent->pid : 0;
	q->state = state_letter(t);
	q->cpu = t->cpu;
	if (mm) {
		q->rss = mm_rss(mm);
		q->vsize = mm->total_vm * PAGE_SIZE;
	}
	q->utime_ns = task_runtime_ns(t);
	memcpy(q->name, t->name, sizeof(q->name));
}

static bool count_task(struct task *t, void *n)
{
	(void)t;
	++*(size_t *)n;
	return true;
}

struct task_records {
	struct q_task *records;
	size_t max, n;
};

static bool record_task(struct task *t, void *arg)
{
	struct task_records *to = arg;

	if (to->n == to->max)
		return false;
	fill_task(&to->records[to->n++], t);
	return true;
}

/* Collected under tasklist_lock, copied after it. Returns: the number of records, or -errno. */
static long query_tasks(unsigned long buf, size_t len)
{
	struct task_records to = { .n = 0 };
	size_t tasks = 0;
	int ret;

	visit_tasks(count_task, &tasks);
	to.max = min(len / sizeof(struct q_task), tasks + 8);
	if (to.max == 0)
		return 0;
	to.records = kmalloc(to.max * sizeof(struct q_task), GFP_KERNEL);
	if (!to.records)
		return -ENOMEM;
	visit_tasks(record_task, &to);
	ret = copy_to_user(buf, to.records, to.n * sizeof(struct q_task));
	kfree(to.records);
	return ret < 0 ? ret : (long)to.n;
}

/* ---- QUERY_RMAP: mm tells the address spaces, the tasks have the pids ---- */

#define RMAP_MAX	256

struct rmap_answer {
	struct rmap_record *records;
	long n;
};

static bool fill_pid(struct task *t, void *arg)
{
	const struct rmap_answer *to = arg;

	for (long i = 0; t->mm && i < to->n; i++)
		if (to->records[i].mm == t->mm)
			to->records[i].rec.pid = t->pid;
	return true;
}

static long query_rmap(struct mm_struct *mm, unsigned long addr, unsigned long buf, size_t len)
{
	size_t max = min(len / sizeof(struct q_rmap), (size_t)RMAP_MAX);
	struct rmap_answer to = { .records = kzalloc(RMAP_MAX * sizeof(*to.records), GFP_KERNEL) };
	long i;

	if (!to.records)
		return -ENOMEM;
	to.n = mm_query_rmap(mm, addr, to.records, max);
	visit_tasks(fill_pid, &to);
	for (i = 0; i < to.n; i++)
		if (copy_to_user(buf + i * sizeof(struct q_rmap), &to.records[i].rec, sizeof(struct q_rmap)) < 0)
			break;
	kfree(to.records);
	return i < to.n ? -EFAULT : to.n;
}

static long query_latency(bool reset, unsigned long buf, size_t len)
{
	unsigned int n = 0;

#ifdef MEASURE_LATENCY
	for (; n < nr_cpus && (n + 1) * sizeof(struct q_latency) <= len; n++) {
		struct latency l = latency_get(n, reset);
		struct q_latency rec = { .ns = l.ns, .pid = l.pid, .call = l.call };

		memcpy(rec.name, l.name, sizeof(rec.name));
		memcpy(rec.callers, l.callers, sizeof(rec.callers));
		if (copy_to_user(buf + n * sizeof(rec), &rec, sizeof(rec)))
			return -EFAULT;
	}
#else
	(void)reset;
	(void)buf;
	(void)len;
#endif
	return n;
}

static long query_death(int pid, unsigned long buf, size_t len)
{
	struct q_death death;

	if (!find_death(pid, &death))
		return -ESRCH;
	if (len < sizeof(death))
		return 0;
	return copy_to_user(buf, &death, sizeof(death)) < 0 ? -EFAULT : 1;
}

static long query_devices(unsigned long buf, size_t len)
{
	const struct device *d;
	unsigned long n = 0;

	for (; (n + 1) * sizeof(struct q_device) <= len && (d = device_get(n)) != NULL; n++) {
		struct q_device rec = { .addr = d->pa, .size = d->size, .irq = d->irq, .offered = d->offered };

		memcpy(rec.name, d->name, sizeof(rec.name));
		if (copy_to_user(buf + n * sizeof(rec), &rec, sizeof(rec)) < 0)
			return -EFAULT;
	}
	return (long)n;
}

/* query(what, pid, arg, buf, len) */
SYSCALL_DEFINE(sys_samara_query)
{
	struct mm_struct *mm;
	long ret;

	if ((unsigned int)a0 == QUERY_TASKS)
		return query_tasks(a3, a4);
	if ((unsigned int)a0 == QUERY_LATENCY)
		return query_latency(a2 == 1, a3, a4);
	if ((unsigned int)a0 == QUERY_DEVICES)
		return query_devices(a3, a4);
	if ((unsigned int)a0 == QUERY_DEATH)
		return query_death((int)a1, a3, a4);
	if ((unsigned int)a0 == QUERY_MEM)
		kstack_drain();		/* stacks kept for the next fork are not in use */
	mm = get_task_mm((int)a1);
	if (!mm)
		return -ESRCH;
	if ((unsigned int)a0 == QUERY_RMAP)
		ret = query_rmap(mm, a2, a3, a4);
	else
		ret = mm_query(mm, (unsigned int)a0, a2, a3, a4);
	mmput(mm);
	return ret;
}

/* fail_alloc(n) */
SYSCALL_DEFINE(sys_samara_fail_alloc)
{
	unsigned long left = fail_alloc_remaining();

	fail_alloc_set(a0);
	return (long)left;
}
