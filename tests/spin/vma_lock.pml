/* SPDX-License-Identifier: MIT */
/*
 * The lock of one VMA (kernel/mm/vma_lock.h, vma_lock.c): two faults beside a task that changes the address space three times.
 *
 *	address		0	1
 *	at first	A	A
 *	split		B	A	B is new
 *	unmap A		B	-	A leaves the tree and is freed by RCU
 *	grow B		B	B
 *
 * Checked: a fault handles an address only inside of its VMA, which is in the tree there and not freed; nothing that a fault
 * depends on changes while one holds the VMA; the memory is given back with no reader left; nobody waits for ever (no invalid
 * end state). Spin knows sequential consistency only: a step is atomic and all see it at once. What a processor may reorder is
 * the subject of docs/litmus.md.
 *
 * Planted mistakes, by -D: NO_SEQ_CHECK NO_RECHECK NO_WAIT LOOK_FIRST SEQ_FIRST NOT_EMPTIED FREE_AT_ONCE LOST_WAKE TEST_APART
 */
#define NR_OBJECTS	2
#define A		0
#define B		1
#define NONE		2

#define VMA_READER		2
#define VMA_WRITER_WAITS	1

byte vm_start[2], vm_end[2], vm_lock_seq[2], vm_readers[2];
byte tree[2];				/* the VMA of each address */
byte mm_lock_seq = 1;
bool mmap_writer;
byte mmap_readers;

bool on_list, sleeping;			/* the writer: in the wait queue; its state */
byte holders[2];			/* faults for which vma_start_read() has said yes */

#define before_free(vma)	assert(!vm_readers[vma])
#include "rcu.pml"

#define touch(vma)	assert(state[vma] != FREE)
#define in_bounds(vma)	(vm_start[vma] <= addr && addr < vm_end[vma])

/* ---- a fault ---- */

/* wake_up(): the list is looked at without its lock, and again with it. */
inline wake_up()
{
	if
	:: on_list -> d_step { if :: on_list -> sleeping = false :: else fi }
	:: else
	fi
}

inline vma_end_read()
{
#ifdef TEST_APART
	old = vm_readers[vma];
	vm_readers[vma] = vm_readers[vma] - VMA_READER;
#else
	d_step {
		touch(vma);
		old = vm_readers[vma];
		vm_readers[vma] = old - VMA_READER
	}
#endif
	if
	:: old == VMA_READER + VMA_WRITER_WAITS -> wake_up()
	:: else
	fi;
	old = 0
}

/* got: may the fault go on with the VMA? */
inline vma_start_read()
{
	seq = mm_lock_seq;
	d_step {
		touch(vma);
		vm_readers[vma] = vm_readers[vma] + VMA_READER
	}
#ifdef NO_SEQ_CHECK
	d_step { got = true; holders[vma]++ }
#else
	d_step {
		touch(vma);
		got = vm_lock_seq[vma] < seq;
		holders[vma] = holders[vma] + got
	}
#endif
	if
	:: got
	:: else -> vma_end_read()
	fi;
	seq = 0
}

inline vma_put()
{
	holders[vma]--;
	vma_end_read();
	got = false
}

inline vma_lock_find()
{
	rcu_read_lock();
	vma = tree[addr];
	if
	:: vma != NONE ->
		vma_start_read();
#ifndef NO_RECHECK
		if
		:: got && addr < vm_start[vma] -> vma_put()
		:: got && addr >= vm_start[vma] ->
			if
			:: addr >= vm_end[vma] -> vma_put()
			:: else
			fi
		:: else
		fi
#endif
	:: else
	fi;
	rcu_read_unlock()
}

/* Two moments of a long way. */
inline handle()
{
	d_step { touch(vma); assert(in_bounds(vma) && tree[addr] == vma) };
	d_step { touch(vma); assert(in_bounds(vma) && tree[addr] == vma) };
}

inline fault_with_mmap_lock()
{
	atomic { !mmap_writer -> mmap_readers++ };
	vma = tree[addr];
	if
	:: vma != NONE -> handle()
	:: else			/* SIGSEGV */
	fi;
	mmap_readers--
}

proctype fault(byte me)
{
	byte addr, vma, seq, old, i;
	bool got;

	if
	:: addr = 0
	:: addr = 1
	fi;
	vma_lock_find();
	if
	:: got -> handle(); vma_put()
	:: else -> fault_with_mmap_lock()
	fi;
	d_step { addr = 0; vma = 0 }	/* for fewer states */
}

/* ---- who holds mmap_lock for writing ---- */

inline mmap_write_lock()
{
	atomic { !mmap_writer && !mmap_readers -> mmap_writer = true }
}

inline mmap_write_unlock()
{
#ifndef SEQ_FIRST
	mm_lock_seq++;
#endif
	mmap_writer = false
}

/* schedule() goes on when the state is running again. */
inline wait_for_readers(vma)
{
	do
	::
#ifdef LOST_WAKE
		if :: vm_readers[vma] == VMA_WRITER_WAITS -> break :: else fi;
		atomic { on_list = true; sleeping = true };
#else
		atomic { on_list = true; sleeping = true };
		if :: vm_readers[vma] == VMA_WRITER_WAITS -> break :: else fi;
#endif
		!sleeping
	od;
	atomic { on_list = false; sleeping = false }
}

inline vma_start_write(vma)
{
#ifdef LOOK_FIRST
	if
	:: vm_readers[vma] -> vm_lock_seq[vma] = mm_lock_seq; vm_readers[vma] = vm_readers[vma] | VMA_WRITER_WAITS;
		wait_for_readers(vma); vm_readers[vma] = vm_readers[vma] & ~VMA_WRITER_WAITS
	:: else -> vm_lock_seq[vma] = mm_lock_seq
	fi;
#else
	vm_lock_seq[vma] = mm_lock_seq;
#ifndef NO_WAIT
	if
	:: vm_readers[vma] ->
		vm_readers[vma] = vm_readers[vma] | VMA_WRITER_WAITS;
		wait_for_readers(vma);
		vm_readers[vma] = vm_readers[vma] & ~VMA_WRITER_WAITS
	:: else
	fi;
#endif
#endif
#ifdef SEQ_FIRST
	mm_lock_seq++
#endif
}

/* A change of what faults depend on. */
#define change(vma, what)	d_step { touch(vma); assert(!holders[vma]); what }

inline split()
{
	mmap_write_lock();
	vma_start_write(A);
	d_step { state[B] = LIVE; vm_start[B] = 0; vm_end[B] = 1; vm_lock_seq[B] = mm_lock_seq };
	change(A, tree[0] = B);
	change(A, vm_start[A] = 1);
	mmap_write_unlock()
}

inline unmap()
{
	mmap_write_lock();
	vma_start_write(A);
	change(A, tree[1] = NONE);
#ifndef NOT_EMPTIED
	change(A, vm_start[A] = 0);
	change(A, vm_end[A] = 0);
#endif
	call_rcu(A);
	mmap_write_unlock()
}

inline grow()
{
	mmap_write_lock();
	vma_start_write(B);
	change(B, tree[1] = B);
	change(B, vm_end[B] = 2);
	mmap_write_unlock()
}

proctype writer()
{
	split();
	unmap();
	grow()
}

init {
	atomic {
		vm_end[A] = 2;
		state[A] = LIVE;
		run fault(1);
		run fault(2);
		run writer()
	}
}
