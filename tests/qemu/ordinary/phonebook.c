/* SPDX-License-Identifier: MIT */
/* A hash table with chains, grown by realloc. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	char *name;
	int number;
	struct entry *next;
};

static struct entry *buckets[64];

static unsigned int hash(const char *s)
{
	unsigned int h = 5381;

	while (*s)
		h = h * 33 + (unsigned char)*s++;
	return h % 64;
}

static void add(const char *name, int number)
{
	struct entry *e = calloc(1, sizeof(*e));

	e->name = strdup(name);
	e->number = number;
	e->next = buckets[hash(name)];
	buckets[hash(name)] = e;
}

static int look_up(const char *name)
{
	for (struct entry *e = buckets[hash(name)]; e; e = e->next)
		if (strcmp(e->name, name) == 0)
			return e->number;
	return -1;
}

int main(void)
{
	char name[32], *all = NULL;
	size_t used = 0;
	long total = 0;

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		add(name, i * 7);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		total += look_up(name);
		all = realloc(all, used + strlen(name) + 1);
		strcpy(all + used, name);
		used += strlen(name);
	}
	printf("%ld, %d, %zu bytes, ends with %s\n", total, look_up("nobody"), used, all + used - 8);
	free(all);
	return 0;
}
