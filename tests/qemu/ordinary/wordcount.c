/* SPDX-License-Identifier: MIT */
/* Read a text line by line, count its words in a table, print the five that occur most. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
	char *text;
	int count;
};

static struct word words[500];
static int nr_words;

static int by_count(const void *a, const void *b)
{
	const struct word *left = a, *right = b;

	return left->count != right->count ? right->count - left->count : strcmp(left->text, right->text);
}

static void count(const char *text)
{
	for (int i = 0; i < nr_words; i++) {
		if (strcmp(words[i].text, text) == 0) {
			words[i].count++;
			return;
		}
	}
	words[nr_words++] = (struct word){ strdup(text), 1 };
}

int main(int argc, char **argv)
{
	char line[200];
	FILE *file = fopen("poem.txt", "r");

	if (!file) {
		perror("poem.txt");
		return 1;
	}
	while (fgets(line, sizeof(line), file)) {
		for (char *p = line; *p; p++)
			*p = tolower((unsigned char)*p);
		for (char *word = strtok(line, " ,.;\n"); word; word = strtok(NULL, " ,.;\n"))
			count(word);
	}
	fclose(file);
	qsort(words, nr_words, sizeof(words[0]), by_count);
	for (int i = 0; i < 5 && i < nr_words; i++)
		printf("%3d %s\n", words[i].count, words[i].text);
	printf("%d different words\n", nr_words);
	return 0;
}
