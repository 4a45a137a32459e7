/* SPDX-License-Identifier: MIT */
/* stat, lseek, fseek and their errors. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	struct stat st;
	char word[8] = "";
	FILE *file;
	int fd;

	if (stat("poem.txt", &st) < 0)
		return 1;
	printf("regular: %d, folder: %d\n", S_ISREG(st.st_mode) != 0, S_ISDIR(st.st_mode) != 0);
	fd = open("poem.txt", O_RDONLY);
	printf("end at %d of %d\n", (int)lseek(fd, 0, SEEK_END), (int)st.st_size);
	lseek(fd, 4, SEEK_SET);
	printf("read %d: ", (int)read(fd, word, 5));
	printf("%s\n", word);
	pread(fd, word, 3, 0);
	printf("pread: %s, at %d\n", word, (int)lseek(fd, 0, SEEK_CUR));
	close(fd);
	if (read(fd, word, 1) < 0)
		printf("closed: %s\n", strerror(errno));
	file = fopen("poem.txt", "rb");
	fseek(file, -1, SEEK_END);
	printf("last: %d\n", fgetc(file));
	printf("at %ld\n", ftell(file));
	printf("then: %d\n", fgetc(file));
	printf("eof %d\n", feof(file) != 0);
	rewind(file);
	printf("fread: %zu\n", fread(word, 1, 4, file));
	ungetc('Q', file);
	printf("first %c, ungetc %c\n", word[0], fgetc(file));
	fclose(file);
	file = fopen("no/such/file", "r");
	printf("%s: %s\n", file ? "opened" : "not opened", strerror(errno));
	return 0;
}
