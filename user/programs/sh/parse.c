/* SPDX-License-Identifier: MIT */
/* From a line to words, commands and pipelines. */
#include <stdio.h>
#include <string.h>
#include "user/programs/sh/sh.h"

#define BLANKS	" \t\n\r"

static void put(struct parser *p, char c)
{
	p->text[p->used++] = c;
}

static bool refuse(struct parser *p, const char *why)
{
	p->error = why;
	return false;
}

/* put_dollar() - "$?" is the last exit status, any other dollar stands for itself. */
static void put_dollar(struct parser *p)
{
	if (p->in[1] != '?') {
		put(p, *p->in++);
		return;
	}
	p->in += 2;
	p->used += (size_t)snprintf(p->text + p->used, sizeof(p->text) - p->used, "%d", last_status & 0xff);
}

/* next_word() - copy one word from p->in; NULL when a quote is not closed. */
static char *next_word(struct parser *p)
{
	char *word = p->text + p->used;
	char quote = '\0';

	while (*p->in != '\0') {
		char c = *p->in;

		if (quote == '\0' && strchr(BLANKS ";&#|<>", c) != NULL)
			break;
		if (c == quote || (quote == '\0' && (c == '\'' || c == '"'))) {
			quote = quote == '\0' ? c : '\0';
			p->in++;
		} else if (c == '$' && quote != '\'') {
			put_dollar(p);
		} else {
			put(p, *p->in++);
		}
	}
	put(p, '\0');
	return quote == '\0' ? word : NULL;
}

/* add_word() - the next word to the command. */
static bool add_word(struct parser *p, struct command *c)
{
	char *word = next_word(p);

	if (word == NULL)
		return refuse(p, "open quote");
	if (c->nr_words == MAX_WORDS)
		return refuse(p, "too many words: a command has 64 at most");
	c->words[c->nr_words++] = word;
	c->words[c->nr_words] = NULL;
	return true;
}

/* add_input() - behind '<': the file's name. */
static bool add_input(struct parser *p, struct command *c)
{
	p->in++;
	p->in += strspn(p->in, BLANKS);
	if (strchr(";&#|<>", *p->in) != NULL)		/* finds the NUL at the end, too */
		return refuse(p, "there is no file name behind <");
	c->input = next_word(p);
	return c->input != NULL || refuse(p, "open quote");
}

/* next_stage() - behind '|': a further command. NULL: refused. */
static struct command *next_stage(struct parser *p)
{
	if (p->stages[p->nr_stages - 1].nr_words == 0) {
		refuse(p, "there is no command before |");
		return NULL;
	}
	if (p->nr_stages == MAX_STAGES) {
		refuse(p, "too many commands: a pipeline has 16 at most");
		return NULL;
	}
	p->in++;
	p->stages[p->nr_stages] = (struct command){ .nr_words = 0 };
	return &p->stages[p->nr_stages++];
}

/* end_pipeline() - is every command complete? Forgets the last one when it is empty and nothing asks for it. */
static bool end_pipeline(struct parser *p)
{
	const struct command *last = &p->stages[p->nr_stages - 1];

	if (last->nr_words > 0)
		return true;
	if (last->input != NULL)
		return refuse(p, "there is no command for the input");
	if (p->nr_stages > 1)
		return refuse(p, "there is no command behind |");
	p->nr_stages = 0;
	return true;
}

int next_pipeline(struct parser *p)
{
	struct command *c = &p->stages[0];

	*c = (struct command){ .nr_words = 0 };
	p->nr_stages = 1;
	p->used = 0;
	for (;;) {
		bool good = true;

		p->in += strspn(p->in, BLANKS);
		switch (*p->in) {
		case '#':
			p->in = "";
			/* fall through */
		case '\0':
			return end_pipeline(p) ? '\0' : -1;
		case ';':
		case '&':
			return end_pipeline(p) ? *p->in++ : -1;
		case '|':
			c = next_stage(p);
			good = c != NULL;
			break;
		case '<':
			good = add_input(p, c);
			break;
		case '>':
			good = refuse(p, "> is not supported: there is no writable file yet");
			break;
		default:
			good = add_word(p, c);
		}
		if (!good)
			return -1;
	}
}
