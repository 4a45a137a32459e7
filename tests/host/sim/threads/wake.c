/* SPDX-License-Identifier: MIT */
/* What every machine whose harts are threads has in common: waking a hart, and a panic that ends the process at once. */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "kernel/core/panic_state.h"
#include "kernel/sched/sched.h"

bool wake_up_state(struct task *t, unsigned int states)
{
	u32 now = __atomic_load_n(&t->state, __ATOMIC_SEQ_CST);

	while (now & states)
		if (__atomic_compare_exchange_n(&t->state, &now, TASK_RUNNING, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST)) {
			syscall(SYS_futex, &t->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
			return true;
		}
	return false;
}

bool panic_in_progress(void)
{
	return false;
}

void panic_stop(void)
{
}

void warn_at(const char *file, int line, const char *what)
{
	panic("warning at %s:%d: %s", file, line, what);
}
