/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own symbol table: function addresses in order, written by tools/ksyms.awk from
 * the first link and put in by the second. Text comes before it in the image, so no
 * address in it moves.
 */
#include "kernel/core/panic.h"

extern char __text_start[], __text_end[];
extern const u32 ksyms_count;
extern const u32 ksyms_offset[];	/* from __text_start, ascending */
extern const u32 ksyms_name[];		/* into ksyms_strings */
extern const char ksyms_strings[];

const char *ksym_lookup(unsigned long pc, unsigned long *offset)
{
	u32 low = 0, high = ksyms_count, where;

	if (pc < (unsigned long)__text_start || pc >= (unsigned long)__text_end)
		return NULL;
	where = (u32)(pc - (unsigned long)__text_start);
	/* ksyms_offset[low] <= where < ksyms_offset[high] */
	while (high - low > 1) {
		u32 middle = low + (high - low) / 2;

		if (ksyms_offset[middle] <= where)
			low = middle;
		else
			high = middle;
	}
	if (high == 0 || ksyms_offset[low] > where)
		return NULL;
	*offset = where - ksyms_offset[low];
	return ksyms_strings + ksyms_name[low];
}
