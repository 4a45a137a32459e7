/* SPDX-License-Identifier: MIT */
/*
 * failtest: each kind of call with its 1st, 2nd, 3rd ... allocation failing, until it gets through.
 * The call must say -ENOMEM (or succeed all the same); where a page fault was hit, the kernel
 * may kill. Each try is a process of its own. Afterwards every slab object must be back.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include "user/libsys/thread.h"
#include "user/tests/tap.h"

#define MAX_NTH		400
#define MAX_SLABS	64

static char *area;			/* touched pages, so that fork has something to copy */
static struct q_slab before[MAX_SLABS], after[MAX_SLABS];

static long call_fork(void)
{
	long pid = raw_syscall(SYS_clone, 17L, 0L, 0L, 0L, 0L);
	int status;

	if (pid == 0)
		_exit(0);
	if (pid > 0 && (waitpid((pid_t)pid, &status, 0) != pid || status != 0))
		return -EIO;
	return pid < 0 ? pid : 0;
}

static int end(long unused)
{
	(void)unused;
	return 0;
}

static long call_clone_thread(void)
{
	static struct thread t;
	long tid;

	memset(t.stack, 0, sizeof(t.stack));
	tid = thread_start(&t, end, 0);
	if (tid > 0)
		thread_join(&t);
	return tid < 0 ? tid : 0;
}

static long call_exec(void)
{
	/* Running itself with an argument means: got through. The count went with the old program's calls. */
	char *argv[] = { "/bin/failtest", "again", NULL };

	return raw_syscall(SYS_execve, argv[0], argv, environ);
}

static long call_pipe(void)
{
	int fds[2];
	long err = raw_syscall(SYS_pipe2, fds, 0L);

	if (err == 0) {
		close(fds[0]);
		close(fds[1]);
	}
	return err;
}

static long call_maps(void)
{
	long fd = raw_syscall(SYS_openat, -100L, "/proc/self/maps", (long)O_RDONLY, 0L);

	return fd < 0 ? fd : close((int)fd);
}

static long call_mmap(void)
{
	long addr = raw_syscall(SYS_mmap, 0L, 64 * PAGE_SIZE, (long)(PROT_READ | PROT_WRITE),
				(long)(MAP_SHARED | MAP_ANONYMOUS), -1L, 0L);

	return addr < 0 && addr > -4096 ? addr : raw_syscall(SYS_munmap, addr, 64 * PAGE_SIZE);
}

static long call_mprotect(void)
{
	long err = raw_syscall(SYS_mprotect, area + 2 * PAGE_SIZE, PAGE_SIZE, (long)PROT_READ);

	(void)mprotect(area, 8 * PAGE_SIZE, PROT_READ | PROT_WRITE);
	return err;
}

static long call_munmap(void)
{
	long addr = raw_syscall(SYS_munmap, area + 4 * PAGE_SIZE, PAGE_SIZE);

	(void)mmap(area + 4 * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return addr;
}

static long call_query(void)
{
	struct q_task tasks[8];		/* on the stack, which is there already: no fault in the copy */
	long n = raw_syscall(SYS_samara_query, (long)QUERY_TASKS, 0L, 0L, tasks, sizeof(tasks));

	return n < 0 ? n : 0;
}

static long objects(struct q_slab *slabs)
{
	long n = query(QUERY_SLABS, 0, 0, slabs, sizeof(before));

	if (n < 0)
		die("failtest: query slabs");
	return n;
}

/* Does a cache hold more objects than before? Tells which. (In a storm images' trees lose and gain pages all the time.) */
static bool same_objects(long n)
{
	bool same = true;

	for (long i = 0; i < n && !in_storm(); i++) {
		if (after[i].in_use == before[i].in_use)
			continue;
		same = false;
		ok(false, "%s: %lu objects before, %lu after", after[i].name, before[i].in_use, after[i].in_use);
	}
	return same;
}

enum { GOT_THROUGH = 0, NO_MEMORY = 42, OTHER_ERROR = 43, NOT_REACHED = 44 };

struct attempt {
	long (*call)(void);
	unsigned long nth;
};

/* One try, in a child. */
static int attempt(long arg)
{
	const struct attempt *a = (const struct attempt *)arg;
	long err;

	fail_alloc(a->nth);
	err = a->call();
	if (fail_alloc(0) != 0)
		return NOT_REACHED;
	return err == 0 ? GOT_THROUGH : err == -ENOMEM ? NO_MEMORY : OTHER_ERROR;
}

static void check(const char *name, long (*call)(void))
{
	struct attempt a = { .call = call, .nth = MAX_NTH };
	int status = 0, refused = 0;
	long n;

	(void)in_child(attempt, (long)&a);	/* what stays for ever is there from now on */
	n = objects(before);
	for (a.nth = 1; a.nth < MAX_NTH; a.nth++) {
		status = in_child(attempt, (long)&a);
		/* In a storm the user copy's page may be out, and what fails is the fault: -EFAULT. */
		if (status == exited_with(NOT_REACHED) || (status == exited_with(OTHER_ERROR) && !in_storm()))
			break;
		refused += status == exited_with(NO_MEMORY);
		if (status != exited_with(GOT_THROUGH) && status != exited_with(NO_MEMORY) &&
		    status != killed_by(SIGKILL) && !in_storm())
			break;
	}
	is(status, exited_with(NOT_REACHED), "%s with each of its %lu allocations failing", name, a.nth - 1);
	calm_ok(refused > 0, "%s was refused %d times", name, refused);
	objects(after);
	calm_ok(same_objects(n), "%s: every object came back", name);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return NOT_REACHED;	/* the exec below got through */
	area = map_pages(8);
	memset(area, 1, 8 * PAGE_SIZE);
	check("fork", call_fork);
	check("a thread", call_clone_thread);
	check("execve", call_exec);
	check("pipe2", call_pipe);
	check("open of maps", call_maps);
	check("mmap", call_mmap);
	check("mprotect", call_mprotect);
	check("munmap", call_munmap);
	check("query tasks", call_query);
	return tap_done();
}
