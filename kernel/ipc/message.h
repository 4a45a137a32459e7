/* SPDX-License-Identifier: MIT */
/*
 * Messages: from the registers of one task, which sleeps or calls, into those of another. Both sides' struct pt_regs are whole
 * meanwhile, and their tasks do not return to user mode before ipc_lock, which these functions assume to be held, is dropped.
 */
#ifndef KERNEL_IPC_MESSAGE_H
#define KERNEL_IPC_MESSAGE_H

#include "kernel/arch/regs.h"
#include "kernel/ipc/endpoint.h"

static inline void copy_words(struct pt_regs *to, const struct pt_regs *from)
{
	to->a1 = from->a1;
	to->a2 = from->a2;
	to->a3 = from->a3;
	to->a4 = from->a4;
	to->a5 = from->a5;
	to->a6 = from->a6;
	to->t0 = from->t0;
	to->t1 = from->t1;
}

/* nr_packed() - how many handles the register t2 says are to go along. */
static inline unsigned int nr_packed(unsigned long packed)
{
	return (IPC_FIRST(packed) != 0) + (IPC_SECOND(packed) != 0);
}

/*
 * check_handles() - may those of @packed leave @table? 0; -EBADF: no handle, or one of a reply; -EACCES: without GRANT; -EINVAL: the
 * same one twice, and it moves; -EBUSY: it is to move, and a thread receives by it.
 */
int __must_check check_handles(const struct handle_table *table, unsigned long packed);
/*
 * pass_handles() - copy or move those of @packed, which check_handles() has found good, from @from to @to, which has room. Returns:
 * the packed numbers there. *@moved: one of them is gone from @from.
 */
unsigned long pass_handles(struct handle_table *to, const struct handle_table *from, unsigned long packed, bool *moved);

/* What a receiver gets that is no call: nothing of what its registers held before is left in those of a message. */
void put_notification(struct pt_regs *to, unsigned long bits);
void put_cancel(struct pt_regs *to, const struct handle *reply);

#endif
