/* SPDX-License-Identifier: MIT */
/* jumptest: wild program counters and stack pointers end the process, never the kernel. */
#include <signal.h>
#include "user/tests/tap.h"

static int jump(long addr)
{
	((void (*)(void))addr)();
	return 5;
}

static int jump_to_data(long unused)
{
	static unsigned int ret_instruction = 0x00008067;

	(void)unused;
	return jump((long)&ret_instruction);
}

static int jump_to_stack(long unused)
{
	volatile unsigned int ret_instruction = 0x00008067;

	(void)unused;
	return jump((long)&ret_instruction);
}

/* with_sp() - make a system call, then store through sp. */
static int with_sp(long sp)
{
	asm volatile("mv sp, %0; li a7, %1; ecall; sd zero, 0(sp); li a0, 5; li a7, %2; ecall"
		     :: "r"(sp), "i"(SYS_getpid), "i"(SYS_exit_group) : "memory");
	return 6;
}

/* with_all_registers() - tp and gp are the program's own: the kernel must not lean on them. */
static int with_all_registers(long value)
{
	asm volatile("mv gp, %0; mv tp, %0; mv sp, %0; li a7, %1; ecall; li a0, 3; li a7, %2; ecall"
		     :: "r"(value), "i"(SYS_sched_yield), "i"(SYS_exit_group) : "memory");
	return 6;
}

/* endless() - recursion without end runs into the guard gap. */
static volatile int depth_limit = 1 << 30;

static int endless(long depth)
{
	volatile char room[2048];

	room[0] = depth;
	if (depth > depth_limit)
		return 5;
	return endless(depth + 1) + room[0];
}

int main(void)
{
	static const unsigned long wild[] = {
		0, 2, 0x20000000, 0x4000000000, 0x8000000000000000, 0xffffffc000000000, 0xffffffff80000000,
		0xffffffff80200000, 0xfffffffffffffffe,
	};

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++)
		is(in_child(jump, wild[i]) & 0x7f, SIGSEGV, "jump to 0x%lx: SIGSEGV", wild[i]);
	is(in_child(jump_to_data, 0) & 0x7f, SIGSEGV, "jump to data: SIGSEGV");
	is(in_child(jump_to_stack, 0) & 0x7f, SIGSEGV, "jump to the stack: SIGSEGV");
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++)
		is(in_child(with_sp, wild[i] & -16) & 0x7f, SIGSEGV, "store with sp 0x%lx: SIGSEGV", wild[i] & -16);
	for (size_t i = 0; i < ARRAY_SIZE(wild); i++)
		is(in_child(with_all_registers, wild[i]), exited_with(3), "system calls with gp, tp and sp 0x%lx", wild[i]);
	is(in_child(endless, 0) & 0x7f, SIGSEGV, "endless recursion: SIGSEGV");
	return tap_done();
}
