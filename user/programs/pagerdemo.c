/* SPDX-License-Identifier: MIT */
/*
 * pagerdemo: memory whose pages another process makes when they are needed. The pager's part is fill(); the client only maps the
 * object and reads.
 *
 *	client			kernel				pager
 *	reads a page that is
 *	not there: page fault	PAGE_IN {cookie, offset} -----> ipc_reply_recv()
 *	sleeps							makes the page, memobj_supply()
 *	reads on		<----- reply ------------------	ipc_reply_recv()
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "user/libsys/pager.h"
#include "user/libsys/sys.h"

USAGE("usage: pagerdemo\n"
      "A process maps an object whose pages another process makes on demand.\n"
      "Exercises do_file_page(), memobj_ask(), memobj_supply() and COW of such pages.\n");

#define PAGES	6UL
#define SIZE	(PAGES * PAGE_SIZE)
#define COOKIE	42UL

static unsigned long object;
static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

/* fill() - page n of the object says so. The last one cannot be made. */
static long fill(const struct page_in_request *need)
{
	unsigned long n = need->offset / PAGE_SIZE;

	printf("  pager %d: PAGE_IN of page %lu, to %s (object %lu)\n", getpid(), n, need->write ? "write" : "read", need->cookie);
	if (n == PAGES - 1) {
		printf("  pager %d: that one I refuse\n", getpid());
		return -1;
	}
	snprintf(page, sizeof(page), "page %lu, made by process %d", n, getpid());
	return memobj_supply(object, need->offset, page, 1);
}

/* start_pager() - the object, with a pager that runs. */
static pid_t start_pager(void)
{
	long endpoint = endpoint_create();
	pid_t pid;

	if (endpoint < 0)
		die("endpoint_create");
	object = (unsigned long)memobj_create(SIZE, (unsigned long)endpoint, COOKIE);
	fflush(stdout);
	pid = fork();			/* copies the handles, too */
	if (pid == 0) {
		pager_serve((unsigned long)endpoint, fill);
		_exit(0);
	}
	handle_close((unsigned long)endpoint);	/* else the pager would never see that all have gone */
	return pid;
}

static char *map(int flags)
{
	return memobj_map(object, NULL, SIZE, PROT_READ | PROT_WRITE, flags, 0);
}

static void read_pages(char *shared)
{
	printf("client %d reads pages 0 and 3 of a shared mapping:\n", getpid());
	printf("  \"%s\"\n", shared);
	printf("  \"%s\"\n", shared + 3 * PAGE_SIZE);
	printf("client %d reads page 0 again: nobody is asked\n", getpid());
	printf("  \"%s\"\n", shared);
}

/* write_privately() - what a private mapping gets is a copy of the object's page. */
static void write_privately(const char *shared)
{
	char *private = map(MAP_PRIVATE);

	printf("client %d writes to page 1 of a private mapping:\n", getpid());
	strcpy(private + PAGE_SIZE, "mine");
	printf("  private: \"%s\"\n  shared:  \"%s\"\n", private + PAGE_SIZE, shared + PAGE_SIZE);
	munmap(private, SIZE);
}

static void write_in_child(char *shared)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		printf("child %d writes to page 2 of the shared mapping:\n", getpid());
		strcpy(shared + 2 * PAGE_SIZE, "from the child");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	printf("client %d finds there: \"%s\"\n", getpid(), shared + 2 * PAGE_SIZE);
}

static int read_refused(char *shared)
{
	int status;
	pid_t pid;

	printf("another child reads page %lu, which the pager refuses:\n", PAGES - 1);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(shared[(PAGES - 1) * PAGE_SIZE]);
	waitpid(pid, &status, 0);
	printf("it ended by %s\n", status == SIGBUS ? "SIGBUS" : "something else");
	return status;
}

int main(void)
{
	pid_t pager = start_pager();
	char *shared = map(MAP_SHARED);
	int status;

	read_pages(shared);
	write_privately(shared);
	write_in_child(shared);
	status = read_refused(shared);
	munmap(shared, SIZE);
	handle_close(object);
	printf("client %d has unmapped the object and closed its handle\n", getpid());
	kill(pager, SIGKILL);		/* it has a handle of the object itself */
	waitpid(pager, NULL, 0);
	return status == SIGBUS ? 0 : 1;
}
