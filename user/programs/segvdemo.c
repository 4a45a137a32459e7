/* SPDX-License-Identifier: MIT */
/*
 * segvdemo: a program handles its own page fault. The page is read-only; the store raises SIGSEGV; the
 * handler learns the address from siginfo, allows writing, and returns: the same store runs again.
 */
#include <signal.h>
#include <stdio.h>
#include "user/libsys/sys.h"

USAGE("usage: segvdemo\n"
      "A program repairs its own page fault in a handler of SIGSEGV.\n"
      "Exercises handle_mm_fault(), setup_rt_frame() and mm_mprotect().\n");

static char *page;
static int nr_faults;

static void on_segv(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	nr_faults++;
	printf("handler: %s at address %p, code %d (%s), from the instruction at 0x%lx\n", signal_name(sig),
	       info->si_addr, info->si_code, info->si_code == SEGV_ACCERR ? "mapped, but not for this" :
	       "nothing mapped", uc->uc_mcontext.__gregs[REG_PC]);
	if ((unsigned long)info->si_addr - (unsigned long)page >= PAGE_SIZE)
		_exit(2);
	printf("handler: I allow writing with mprotect and return\n");
	if (mprotect(page, PAGE_SIZE, PROT_READ | PROT_WRITE) != 0)
		_exit(3);
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };

	page = map_pages(1);
	page[100] = 'A';
	if (mprotect(page, PAGE_SIZE, PROT_READ) != 0 || sigaction(SIGSEGV, &act, NULL) != 0)
		die("prepare");
	printf("The page at %p holds '%c' and is read-only now. I store 'B'.\n", (void *)page, page[100]);
	((volatile char *)page)[100] = 'B';
	printf("The store is done: the page holds '%c' after %d fault.\n", page[100], nr_faults);
	return page[100] == 'B' && nr_faults == 1 ? 0 : 1;
}
