/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine: all of kernel/mm in a host process. RAM, panic and printk come from
 * tests/host/support; this adds harts with TLBs, the page-table walker, locks that check their
 * discipline, and user memory.
 *
 *	driver, tests ---> kernel/mm (the real sources) ---> kernel/arch/machine.h
 *	     |                                                     |
 *	     | sim_access()                                        | loads, flushes
 *	     v                                                     v
 *	   hart 0: satp, TLB per ASID, cached tables  ---  hart 1 ...	(tlb_model.c)
 *
 * One thread plays all harts: sim_set_hart() says who we are now. The model stops (panic
 * "sim: ...") as soon as a translation could be used that the page table no longer backs: when a
 * frame is freed that a running hart may still reach, when a hart loads an ASID with such an entry,
 * and whenever sim_audit() is called.
 */
#ifndef TESTS_HOST_SIM_SIM_H
#define TESTS_HOST_SIM_SIM_H

#include "kernel/mm/mm.h"
#include "tests/host/support/world.h"

#define SIM_HARTS	4u
#define SIM_ASID_BITS	4u		/* at most so many; more than NR_CPUS + 1 ASIDs */
#define SIM_RAM		(48UL << 20)
#define SIM_SWAP	(12UL << 20)

struct sim_config {
	unsigned int asid_bits;		/* 0..SIM_ASID_BITS */
	bool hardware_ad;		/* the walker sets A and D; else it faults */
	unsigned long frames;		/* not 0: so many are free after boot, and reclaim has work to do */
};
extern struct sim_config sim_config;

enum sim_access { SIM_READ, SIM_WRITE, SIM_EXEC };

/* sim_boot() - the machine is on and kernel/mm initialised, once per process; sim_config is read here. */
void sim_boot(void);
/* sim_swapon() - use the swap disk, as after boot. 0, or -ENOMEM. */
int sim_swapon(void);
/* sim_shutdown_check() - no process is left: every frame and every object must be free. Panics if not. */
void sim_shutdown_check(void);

void sim_set_hart(unsigned int hart);
/* sim_run() - this hart switches to @mm (NULL: kernel only). */
void sim_run(struct mm_struct *mm);
/* sim_leave() - no hart has @mm loaded any more; needed before its last mmput(). */
void sim_leave(struct mm_struct *mm);

/*
 * sim_access() - the program on this hart reads (or executes) *@word at @va, or writes it there; 8-byte
 * aligned. Faults are handled as the trap handler does. Returns VM_FAULT_DONE, or why it cannot be.
 */
enum vm_fault sim_access(unsigned long va, enum sim_access type, u64 *word);

/* sim_audit() - on harts that run @mm, every cached translation agrees with the page table. */
void sim_audit(struct mm_struct *mm);
/* sim_peek() - what @va of @mm holds, without any access by a hart, when its page is in memory. */
enum sim_content { SIM_NOTHING, SIM_IN_MEMORY, SIM_SWAPPED };
enum sim_content sim_peek(const struct mm_struct *mm, unsigned long va, u64 *word);
/* sim_has_copy() - is there a page of @mm's own at @va? */
bool sim_has_copy(const struct mm_struct *mm, unsigned long va);

/*
 * sim_at_race_point() - when kernel/mm next passes the race point called @name, run @fn there, as another hart's step in
 * between; NULL: no more. sim_race_point_passed() - has it been run since?
 */
void sim_at_race_point(const char *name, void (*fn)(void));
bool sim_race_point_passed(void);

/* sim_move_page() - @page goes to another frame if it can, as compaction would do it. Returns whether. */
bool sim_move_page(struct page *page);

/*
 * RCU (rcu.c). sim_quiescent() - this hart runs a user program or changes over to another one: callbacks run if no hart is in a
 * section. sim_rcu_flush() - at the end, with all harts outside of sections: all callbacks run.
 */
void sim_quiescent(void);
void sim_rcu_flush(void);

/* Locks (locks.c). */
void sim_check_no_locks(void);

/* What a run did, for its summary. */
extern struct sim_stats {
	unsigned long accesses, hits, walks, faults, flushes, remote_flushes, evictions, loads, wakeups, swapoffs;
} sim_stats;

/* ---- between tlb_model.c and machine.c ---- */

void tlb_model_reset(void);
void tlb_model_load(unsigned int hart, unsigned long root_pa, unsigned int asid, bool user);
void tlb_model_flush_all(unsigned int hart);
void tlb_model_flush_asid(unsigned int hart, unsigned int asid);
void tlb_model_flush_page(unsigned int hart, unsigned int asid, unsigned long va);
/* The frame goes back to the allocator now. */
void tlb_model_frame_freed(unsigned long pfn);
/* Check the entries of the ASID that @hart has loaded. */
void tlb_model_audit(unsigned int hart);
/* The part of it that needs no page table: none of the frames that @hart can use is free. */
void tlb_model_audit_freed(unsigned int hart);
/* Is @hart in the kernel, and sure to flush before it touches user memory? (machine.c) */
bool hart_will_flush(unsigned int hart);
unsigned long tlb_model_root(unsigned int hart);
/* What @hart executes at @pa: what it fetched from there before, if it has not been told to fetch anew. */
u64 tlb_model_fetch(unsigned int hart, unsigned long pa);
/* A program stored to the frame of @pa, and has said so to all harts. */
void tlb_model_stored(unsigned long pa);
/* fence.i on @hart. */
void tlb_model_sync(unsigned int hart);
/* Translate as the hardware does; false: page fault. */
bool tlb_model_translate(unsigned int hart, unsigned long va, enum sim_access type, unsigned long *pa);
/*
 * What the hardware does to entries of page tables: read one; set A and D in one that is still @old. False: it is not, so
 * walk again (privileged specification, section 4.3.2, step 7).
 */
u64 walker_load(const u64 *entry);
bool walker_set(u64 *entry, u64 old, u64 bits);

/* ---- the count (balance.c) ---- */

/* balance_start() - remember what is in use now, with no process alive. */
void balance_start(void);
/* balance_check() - panics if that, or anything of a process, is not as it was. */
void balance_check(void);

#endif
