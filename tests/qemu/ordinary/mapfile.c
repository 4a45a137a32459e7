/* SPDX-License-Identifier: MIT */
/* A file by mmap: shared for reading, private for writing. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	int fd = open("poem.txt", O_RDONLY), lines = 0;
	struct stat st;
	char *text, *copy;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror("poem.txt");
		return 1;
	}
	text = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	copy = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED || copy == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	close(fd);
	for (off_t i = 0; i < st.st_size; i++)
		lines += text[i] == '\n';
	memset(copy, '#', 4);
	printf("%ld bytes, %d lines; %.10s, %.10s\n", (long)st.st_size, lines, text, copy);
	printf("unmapped: %d %d\n", munmap(text, st.st_size), munmap(copy, st.st_size));
	return 0;
}
