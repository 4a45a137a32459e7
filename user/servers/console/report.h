/* SPDX-License-Identifier: MIT */
/*
 * The terminal's size among what is typed: the terminal answers "ESC [ 18 t" with "ESC [ 8 ; ROWS ; COLUMNS t". That is taken out of the
 * input; all else is passed on, the beginning of what might have become a report as soon as it cannot any more, or after 50 ms.
 */
#ifndef USER_SERVERS_CONSOLE_REPORT_H
#define USER_SERVERS_CONSOLE_REPORT_H

struct report_sink {
	void (*type)(char c);
	void (*resize)(unsigned int rows, unsigned int columns);
};

/* report_type() - one byte has come. */
void report_type(const struct report_sink *sink, char c);
/* report_deadline() - when report_flush() has something to do, ns; ~0: never. */
unsigned long long report_deadline(void);
void report_flush(const struct report_sink *sink);

#endif
