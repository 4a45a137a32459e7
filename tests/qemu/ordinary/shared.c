/* SPDX-License-Identifier: MIT */
/* Shared memory between parent and child, private memory beside it, mprotect. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *shared = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *private = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
	int status;

	strcpy(shared, "parent");
	strcpy(private, "parent");
	if (fork() == 0) {
		strcpy(shared, "child");
		strcpy(private, "child");
		mprotect(private, page, PROT_READ);
		*(volatile char *)private = 'x';
		return 0;
	}
	wait(&status);
	printf("%s %s, child ended by %d\n", shared, private, WTERMSIG(status));
	if (mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		printf("mmap of nothing: %s\n", strerror(errno));
	return 0;
}
