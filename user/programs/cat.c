/* SPDX-License-Identifier: MIT */
/* cat [FILE ...]: print files, or what comes in on standard input. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include "user/libsys/sys.h"

USAGE("usage: cat [FILE ...]\n"
      "Prints files; without FILE, or for -, what comes in on standard input.\n"
      "Exercises initrd_open() and pipe_read().\n");

/* put_all() - write all @n bytes. False: they cannot be written. */
static bool put_all(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = write(1, bytes, n);

		if (done <= 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

/* copy() - @fd to standard output, to its end. False: an error, which is told. */
static bool copy(int fd, const char *name)
{
	static char bytes[4096];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		if (!put_all(bytes, (size_t)n))
			break;
	if (n == 0)
		return true;
	fprintf(stderr, "cat: %s: %s\n", name, errno_name(errno));
	return false;
}

int main(int argc, char **argv)
{
	bool good = true;

	if (argc == 1)
		return copy(0, "standard input") ? 0 : 1;
	for (int i = 1; i < argc; i++) {
		int fd = strcmp(argv[i], "-") == 0 ? 0 : open(argv[i], O_RDONLY);

		if (fd < 0) {
			fprintf(stderr, "cat: %s: %s\n", argv[i], errno_name(errno));
			good = false;
			continue;
		}
		good &= copy(fd, argv[i]);
		if (fd > 0)
			close(fd);
	}
	return good ? 0 : 1;
}
