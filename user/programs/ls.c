/* SPDX-License-Identifier: MIT */
/* ls [-l] [PATH ...]: the names in a folder, sorted; with -l one a line, with sizes. PATH is /bin when there is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "uapi/dirent.h"
#include "user/libsys/sys.h"

USAGE("usage: ls [-l] [PATH ...]\n"
      "The names in a folder (/bin when there is no PATH); -l: with sizes in bytes.\n"
      "Exercises folder_list() and initrd_next().\n");

struct entry {
	char *name;
	unsigned char type;
};

static struct entry *entries;
static size_t nr_entries;

static void add(const char *name, unsigned char type)
{
	if (name[0] == '.')
		return;
	entries = realloc(entries, (nr_entries + 1) * sizeof(*entries));
	if (entries == NULL)
		die("ls");
	entries[nr_entries++] = (struct entry){ strdup(name), type };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* long_line() - size and name of @path/@name; a folder has a slash behind it. */
static void long_line(const char *path, const char *name)
{
	char full[512];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", path, name);
	if (stat(name[0] == '\0' ? path : full, &st) != 0)
		printf("%9s  %s (%s)\n", "?", name, errno_name(errno));
	else if (S_ISDIR(st.st_mode))
		printf("%9s  %s/\n", "-", name);
	else
		printf("%9ld  %s\n", (long)st.st_size, name[0] == '\0' ? path : name);
}

/* columns() - all names, as many beside each other as 80 columns hold, sorted downwards. */
static void columns(void)
{
	size_t width = 1, per_row, rows;

	for (size_t i = 0; i < nr_entries; i++)
		if (strlen(entries[i].name) + 3 > width)
			width = strlen(entries[i].name) + 3;
	per_row = width < 80 ? 80 / width : 1;
	rows = (nr_entries + per_row - 1) / per_row;
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = row; i < nr_entries; i += rows)
			printf("%s%-*s", entries[i].name, i + rows < nr_entries ? (int)(width - strlen(entries[i].name)) : 0,
			       entries[i].type == DT_DIR ? "/" : "");
		printf("\n");
	}
}

/* list() - one folder, or one file. False: it cannot be listed. */
static bool list(const char *path, bool with_sizes)
{
	nr_entries = 0;
	if (list_folder(path, add) != 0) {
		if (errno != ENOTDIR) {
			fprintf(stderr, "ls: %s: %s\n", path, errno_name(errno));
			return false;
		}
		if (with_sizes)
			long_line(path, "");
		else
			printf("%s\n", path);
		return true;
	}
	qsort(entries, nr_entries, sizeof(*entries), by_name);
	if (!with_sizes)
		columns();
	for (size_t i = 0; with_sizes && i < nr_entries; i++)
		long_line(path, entries[i].name);
	return true;
}

int main(int argc, char **argv)
{
	bool with_sizes = argc > 1 && strcmp(argv[1], "-l") == 0, good = true;
	int first = with_sizes ? 2 : 1;

	if (first < argc && argv[first][0] == '-')
		return wrong_usage();
	if (first == argc)
		return list("/bin", with_sizes) ? 0 : 1;
	for (int i = first; i < argc; i++) {
		if (argc - first > 1)
			printf("%s%s:\n", i > first ? "\n" : "", argv[i]);
		good &= list(argv[i], with_sizes);
	}
	return good ? 0 : 1;
}
