/* SPDX-License-Identifier: MIT */
/*
 * The shell's parts, and how a line passes through them:
 *
 *	main.c -> edit.c, screen.c, keys.c	a line from the console, edited (history.c, complete.c)
 *	       -> run.c -> parse.c		its pipelines, one after the other
 */
#ifndef USER_PROGRAMS_SH_H
#define USER_PROGRAMS_SH_H

#include "user/libsys/sys.h"

#define LINE_SIZE	1024	/* with the NUL */
#define MAX_WORDS	64	/* of one command */
#define MAX_STAGES	16	/* of one pipeline */
#define TOO_LONG	"sh: the line has more than %d bytes: it was not run\n"

extern int last_status;		/* $? */
extern bool job_control;	/* each pipeline has a process group of its own; not under -c: what runs us, system() too, has ours */

/* ---- keys.c ---- */

enum key {
	/* Below these: the key is that byte. */
	KEY_LEFT = 256, KEY_RIGHT, KEY_UP, KEY_DOWN, KEY_HOME, KEY_END, KEY_DELETE,
	KEY_TEXT,		/* a character: its bytes are in the struct */
	KEY_NONE,		/* a sequence or a byte without a meaning */
	KEY_EOF,		/* the console gives no more bytes */
};

struct key_press {
	int key;
	char text[4];		/* of KEY_TEXT: one character in UTF-8 */
	size_t len;
};

/* read_key() - wait for one key. Output that waits is printed first. */
void read_key(struct key_press *press);
/* console_start() - is standard input a console? Then remember how programs are to find it. */
bool console_start(void);
/* console_raw() - keys come as they are typed. console_restore(): lines again, as programs expect; no effect without a console. */
void console_raw(void);
void console_restore(void);

/* ---- screen.c: the line on the screen ---- */

struct line {
	const char *prompt;
	char text[LINE_SIZE];
	size_t len;
	size_t pos;		/* of the cursor, in bytes */
	bool overflow;		/* something was typed that found no room */
};

/* prev_char(), next_char() - the byte position of the character before or behind @pos; @pos itself at the end. */
size_t prev_char(const struct line *l, size_t pos);
size_t next_char(const struct line *l, size_t pos);
/* line_show() - print the prompt and the text. */
void line_show(struct line *l);
/* line_move() - the cursor goes to byte @pos. */
void line_move(struct line *l, size_t pos);
/* line_insert() - put @n bytes at the cursor; sets overflow when they do not fit. */
void line_insert(struct line *l, const char *bytes, size_t n);
/* line_delete() - remove the bytes [@from, @to). */
void line_delete(struct line *l, size_t from, size_t to);

/* ---- edit.c, history.c, complete.c ---- */

enum line_end { LINE_READ, LINE_DROPPED, LINE_EOF };

/*
 * edit_line() - print the prompt and let the user edit a line until Enter. LINE_DROPPED: there is none to run (^C, or too long,
 * which is told).
 */
enum line_end edit_line(const char *prompt, char line[LINE_SIZE]);

/* history_add() - unless it is empty or like the last one. history_get(): the @back-th last, NULL when there are fewer. */
void history_add(const char *text);
const char *history_get(unsigned int back);

/* complete() - the Tab key; @again: it was also the key before, so that the names are listed. */
void complete(struct line *l, bool again);
/* nearest_name() - the command whose name differs from @name by one or two letters; NULL: there is none. */
const char *nearest_name(const char *name);

/* ---- parse.c ---- */

struct command {
	char *words[MAX_WORDS + 1];	/* NULL behind the last one */
	int nr_words;
	const char *input;		/* behind "<", or NULL */
};

/* A line on its way to being words; their bytes are copied to text[]. */
struct parser {
	const char *in;
	const char *error;		/* why next_pipeline() failed */
	size_t used;
	char text[2 * LINE_SIZE];	/* "$?" becomes three digits at most, a blank the NUL of a word: it cannot overflow */
	struct command stages[MAX_STAGES];
	int nr_stages;
};

/*
 * next_pipeline() - the next commands of the line into stages[]; none is an empty one.
 * Returns: what ended them: ';', '&', or '\0' at the end of the line; -1 with error set.
 * Assumes: the line has fewer than LINE_SIZE bytes.
 */
int next_pipeline(struct parser *p);

/* ---- run.c, builtin.c ---- */

/* run_line() - run the commands of a line one after the other; sets last_status. */
void run_line(const char *line);
/* run_program() - words[0] with the one word behind it, in the foreground. */
void run_program(char **words);
/* is_builtin() - is it one of the shell's own commands? run_builtin() runs it and sets last_status. */
bool is_builtin(const char *name);
void run_builtin(char **words, int nr_words);
/* each_builtin() - their names. */
void each_builtin(void (*each)(const char *name, unsigned char type));

#endif
