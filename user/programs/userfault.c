/* SPDX-License-Identifier: MIT */
/*
 * userfault: live migration in miniature. A process that adds up numbers is stopped in the middle, and another one goes on at once,
 * with none of its memory: each page comes over when it is needed first.
 *
 *	source			kernel				mover (pager)			target
 *	stopped										touches a page:
 *				PAGE_IN {offset} ------------->	vm_read(source, page)		  sleeps
 *	its memory is read <----------------------------------
 *								memobj_supply_move() --------->	goes on
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "user/libsys/pager.h"
#include "user/libsys/sys.h"

USAGE("usage: userfault\n"
      "Moves the memory of a stopped process to another one, a page when it needs it.\n"
      "Exercises task_of_handle(), copy_memory() and take_pages().\n");

#define PAGES	32UL
#define NUMBERS	(PAGES * PAGE_SIZE / sizeof(unsigned long))
#define HALF	(NUMBERS / 2)
#define RW	(PROT_READ | PROT_WRITE)

/* The state of the computation, at the same address in both: its first page also says how far it has come. */
struct state {
	unsigned long next, sum;
};

static unsigned long *memory;		/* struct state, then numbers */
static unsigned long object, source;

/* add_up() - the computation, from where @memory says up to @end. */
static void add_up(unsigned long end)
{
	struct state *s = (struct state *)memory;

	for (; s->next < end; s->next++)
		s->sum += memory[s->next];
}

/* run_source() - the process that moves away: does the first half, and stops. */
static pid_t run_source(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		for (unsigned long i = sizeof(struct state) / 8; i < NUMBERS; i++)
			memory[i] = i;
		((struct state *)memory)->next = sizeof(struct state) / 8;
		add_up(HALF);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, WUNTRACED);
	return pid;
}

/* move_page() - the mover's part: one page of the source becomes one of the object. */
static long move_page(const struct page_in_request *need)
{
	static char page[2 * PAGE_SIZE];
	char *aligned = page + (PAGE_SIZE - (unsigned long)page % PAGE_SIZE) % PAGE_SIZE;
	long n = vm_read(source, (char *)memory + need->offset, aligned, PAGE_SIZE);

	printf("  mover: page %lu, to %s\n", need->offset / PAGE_SIZE, need->write ? "write" : "read");
	return n == (long)PAGE_SIZE ? memobj_supply_move(object, need->offset, aligned, 1) : -1;
}

static pid_t start_mover(unsigned long endpoint)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();			/* it has the handle of the source, too */
	if (pid == 0) {
		pager_serve(endpoint, move_page);
		_exit(0);
	}
	handle_close(endpoint);
	return pid;
}

/* run_target() - has the object where the source has its memory, and does the second half. */
static int run_target(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct state *s = (struct state *)memory;

		memobj_map(object, memory, PAGES * PAGE_SIZE, RW, MAP_SHARED | MAP_FIXED, 0);
		printf("target %d goes on at number %lu\n", getpid(), s->next);
		add_up(NUMBERS);
		printf("target %d: the sum is %lu\n", getpid(), s->sum);
		fflush(stdout);
		_exit(s->sum == (NUMBERS - 1) * NUMBERS / 2 - 1 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return status;
}

int main(void)
{
	unsigned long endpoint = (unsigned long)endpoint_create();
	pid_t from, mover;
	int status;

	memory = mmap(NULL, PAGES * PAGE_SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	from = run_source();
	printf("source %d is stopped in the middle of %lu numbers, %lu pages\n", from, NUMBERS, PAGES);
	source = (unsigned long)task_open(from);
	object = (unsigned long)memobj_create(PAGES * PAGE_SIZE, endpoint, 0);
	mover = start_mover(endpoint);
	status = run_target();
	handle_close(object);
	kill(mover, SIGKILL);
	kill(from, SIGKILL);
	waitpid(mover, NULL, 0);
	waitpid(from, NULL, 0);
	return status == 0 ? 0 : 1;
}
