/* SPDX-License-Identifier: MIT */
/* Memory runs short: random reclaim, compaction, and moving of pages. Contents may not change. */
#include "kernel/mm/internal.h"
#include "kernel/mm/pgtable.h"
#include "kernel/mm/reclaim/reclaim.h"
#include "kernel/mm/reclaim/swap.h"
#include "tests/host/sim/driver.h"

/* Reclaim looks at all address spaces. */
static void audit_all(void)
{
	for (unsigned int i = 0; i < NR_SPACES; i++)
		if (driver.spaces[i].mm)
			sim_audit(driver.spaces[i].mm);
}

void op_reclaim(void)
{
	unsigned long want = 1 + pick(40), got = try_to_free_pages(want);

	say("reclaim %lu -> %lu", want, got);
	audit_all();
}

void op_compact(void)
{
	unsigned int order = 2 + pick(4);
	bool done = compact_zone(order);

	say("compact to order %u -> %d", order, done);
	audit_all();
}

void op_migrate(void)
{
	struct mm_struct *mm = driver.here->mm;
	unsigned long start, len, moved = 0;

	pick_range(&start, &len, 16);
	for (unsigned long va = start; va < start + len; va += PAGE_SIZE) {
		pte_t *ptep = pgtable_walk(mm, va);

		if (ptep && pte_present(pte_read(ptep)))
			moved += sim_move_page(pte_page(pte_read(ptep)));
	}
	say("migrate %#lx+%#lx -> %lu", start, len, moved);
	audit_all();
}

/* The disk goes, and everything that is on it comes back; or it comes (again). */
void op_swapoff(void)
{
	bool on = swap_total();
	long got;

	begin_call();
	got = on ? swapoff() : sim_swapon();
	say("swap%s -> %ld", on ? "off" : "on", got);
	if (!call_failed(got == -ENOMEM))
		expect_result(on ? "swapoff" : "swapon", got, 0);
	audit_all();
}
