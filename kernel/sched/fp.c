/* SPDX-License-Identifier: MIT */
/* Lazy save and restore of the floating-point registers; fp.h has the picture. */
#include "kernel/sched/fp.h"
#include "kernel/arch/regs.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

/* switch.S */
void fp_save(struct fpstate *state);
void fp_load(const struct fpstate *state);

struct fp_regs fp_regs[NR_CPUS];

static bool available;		/* written once, at boot */

void fp_init(bool there)
{
	available = there;
}

bool fp_available(void)
{
	return available;
}

static unsigned long fs_of(const struct pt_regs *regs)
{
	return regs->status & SSTATUS_FS;
}

static void set_fs(struct pt_regs *regs, unsigned long fs)
{
	regs->status = (regs->status & ~SSTATUS_FS) | (available ? fs : SSTATUS_FS_OFF);
}

static void fp_own(struct task *t)
{
	fp_regs[t->cpu].owner = t;
	fp_regs[t->cpu].zero = false;
	t->fp_cpu = (int)t->cpu;
}

void fp_sync(void)
{
	struct pt_regs *regs = task_pt_regs(current);

	if (fs_of(regs) != SSTATUS_FS_DIRTY)
		return;
	fp_save(&current->fp);
	set_fs(regs, SSTATUS_FS_CLEAN);
	fp_own(current);
}

void fp_save_dirty(struct task *prev)
{
	struct pt_regs *regs = task_pt_regs(prev);

	if (prev->state != TASK_DEAD)
		fp_save(&prev->fp);
	set_fs(regs, SSTATUS_FS_CLEAN);
	fp_own(prev);
}

void fp_restore(struct pt_regs *regs)
{
	unsigned int cpu = current->cpu;

	if (!available)
		return;
	if (fs_of(regs) == SSTATUS_FS_INITIAL) {
		if (fp_regs[cpu].zero)
			return;
		fp_load(&current->fp);
		fp_regs[cpu].zero = true;
		fp_regs[cpu].owner = NULL;
		return;
	}
	if (fp_regs[cpu].owner == current && current->fp_cpu == (int)cpu)
		return;
	fp_load(&current->fp);
	fp_own(current);
}

void fp_set(struct pt_regs *regs, const struct fpstate *state)
{
	/* No task owns what the hart's registers hold any more. */
	if (fs_of(regs) == SSTATUS_FS_DIRTY)
		fp_own(current);
	current->fp_cpu = -1;

	if (state) {
		current->fp = *state;
		set_fs(regs, SSTATUS_FS_CLEAN);
	} else {
		memset(&current->fp, 0, sizeof(current->fp));
		set_fs(regs, SSTATUS_FS_INITIAL);
	}
	set_work(current, WORK_FP);
}

void fp_fork(struct task *child)
{
	fp_sync();
	child->fp_cpu = -1;
	set_fs(task_pt_regs(child), fs_of(task_pt_regs(current)));
	if (fs_of(task_pt_regs(current)) != SSTATUS_FS_INITIAL)
		child->fp = current->fp;
	else
		memset(&child->fp, 0, sizeof(child->fp));
}
