/* SPDX-License-Identifier: MIT */
/* folders: those of the initrd as open files, and their lists of names, getdents64. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "uapi/dirent.h"
#include "user/tests/tap.h"

static char records[16384] __attribute__((aligned(8)));

static long getdents(long fd, void *buf, unsigned long n)
{
	return raw_syscall(SYS_getdents64, fd, buf, n);
}

/* count_names() - of the @n bytes in records[]; *@found: is @name among them? -1: a record that is none. */
static long count_names(long n, const char *name, bool *found)
{
	long count = 0;

	for (long pos = 0; pos < n; count++) {
		const struct linux_dirent64 *e = (const struct linux_dirent64 *)(records + pos);

		if (e->d_reclen % 8 || e->d_reclen < 19 + strlen(e->d_name) + 1 || pos + e->d_reclen > n)
			return -1;
		*found |= strcmp(e->d_name, name) == 0;
		pos += e->d_reclen;
	}
	return count;
}

static void check_list(void)
{
	long fd = open("/bin", O_RDONLY | O_DIRECTORY), n, all, some = 0;
	bool hello = false;

	n = getdents(fd, records, sizeof(records));
	all = count_names(n, "hello", &hello);
	ok(all > 20 && hello, "/bin holds %ld names, hello among them", all);
	ok(strcmp(((struct linux_dirent64 *)records)->d_name, ".") == 0 && ((struct linux_dirent64 *)records)->d_type == DT_DIR,
	   "the first is the folder itself");
	is(getdents(fd, records, sizeof(records)), 0, "then there are no more");
	is(raw_syscall(SYS_lseek, fd, 0L, 0L), 0, "back to the beginning");
	while ((n = getdents(fd, records, 48)) > 0)
		some += count_names(n, "hello", &hello);
	is(n, 0, "one or two at a time, to the end");
	is(some, all, "are as many");
	close((int)fd);
	fd = open("/", O_RDONLY);
	hello = false;
	ok(count_names(getdents(fd, records, sizeof(records)), "broken", &hello) >= 4, "the top holds . .. bin and broken");
	ok(hello, "broken is there");
	close((int)fd);
}

static void check_errors(void)
{
	long fd = open("/bin/", O_RDONLY), file = open("/bin/hello", O_RDONLY);
	char *p = map_pages(2);
	long n;
	bool hello = false;

	ok(fd >= 0, "a name with a slash behind it");
	is_errno(getdents(fd, records, 23), EINVAL, "a buffer for less than a record");
	is_errno(getdents(fd, records, 0), EINVAL, "an empty one");
	is_errno(getdents(fd, (void *)8, 1000), EFAULT, "a bad buffer");
	is_errno(getdents(fd, (void *)-8L, 1000), EFAULT, "a kernel address");
	munmap(p + PAGE_SIZE, PAGE_SIZE);
	n = getdents(fd, p + PAGE_SIZE - 100, 1000);
	ok(n > 24 && n <= 100, "a buffer that is bad from some page on gives what precedes it");
	memcpy(records, p + PAGE_SIZE - 100, n > 0 ? (size_t)n : 0);
	n = count_names(n, "hello", &hello);
	is(raw_syscall(SYS_lseek, fd, 0L, 1L), n, "and the position says so");
	is_errno(getdents(file, records, sizeof(records)), ENOTDIR, "a file");
	is_errno(getdents(0, records, sizeof(records)), ENOTDIR, "the console");
	is_errno(getdents(63, records, sizeof(records)), EBADF, "nothing");
	is_errno(raw_syscall(SYS_read, fd, records, 10L), EISDIR, "read of a folder");
	is_errno(raw_syscall(SYS_write, fd, records, 10L), EBADF, "write to one that is open for reading");
	is_errno(raw_syscall(SYS_mmap, 0L, PAGE_SIZE, (long)PROT_READ, (long)MAP_PRIVATE, fd, 0L), ENODEV, "mmap of one");
	close((int)fd);
	close((int)file);
	munmap(p, PAGE_SIZE);
}

static long open_with(const char *path, long flags)
{
	return raw_syscall(SYS_openat, -100L, path, flags, 0L);
}

static void check_open(void)
{
	struct stat st;

	is_errno(open_with("/bin/hello", O_DIRECTORY), ENOTDIR, "a file opened as a folder");
	is_errno(open_with("/dev/null", O_DIRECTORY), ENOTDIR, "a device");
	is_errno(open_with("/nothing", O_DIRECTORY), ENOENT, "a name that is not there");
	is_errno(open_with("/bin/hello/x", O_DIRECTORY), ENOTDIR, "a name below a file");
	is_errno(open_with("/bin", O_RDWR), EISDIR, "a folder for writing");
	is_errno(open_with("/bin", O_CREAT), EISDIR, "a folder to be made as a file");
	is(stat("/bin", &st), 0, "stat of a folder");
	ok(S_ISDIR(st.st_mode) && st.st_size == 0, "says that it is one");
	is(stat("/bin/hello", &st), 0, "stat of a file");
	ok(S_ISREG(st.st_mode) && st.st_size > 1000, "says that it is none");
	is(raw_syscall(SYS_faccessat, -100L, "/bin", 4L), 0, "a folder may be read");
	is_errno(raw_syscall(SYS_faccessat, -100L, "/bin", 2L), EROFS, "and not be written");
	is_errno(raw_syscall(SYS_execve, "/bin", 0L, 0L), EACCES, "nor be executed");
}

int main(void)
{
	check_list();
	check_errors();
	check_open();
	return tap_done();
}
