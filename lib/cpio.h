/* SPDX-License-Identifier: MIT */
/*
 * Reading a cpio archive of the "newc" form (magic 070701, or 070702 with a checksum that is not checked).
 *
 *	header 110 bytes, ASCII hex | name NUL | pad to 4 | data | pad to 4 | next header ...
 *	... ends with an entry named TRAILER!!!; anything may follow it
 *
 * Nothing is copied; no call reads outside the archive, whatever it says. Names lose leading
 * "/" and "./", so that "./bin/x", "/bin/x" and "bin/x" are one; the top directory is "".
 */
#ifndef LIB_CPIO_H
#define LIB_CPIO_H

#include "lib/types.h"

struct cpio {
	const u8 *start;
	size_t size;
	size_t pos;		/* of the next header */
	const char *error;	/* what is wrong with the archive, once cpio_next() failed */
};

struct cpio_entry {
	const char *name;
	const void *data;	/* aligned to 4 within the archive */
	size_t size;
	u32 mode;		/* Linux's st_mode: type and permissions */
};

#define CPIO_TYPE_MASK	0170000u
#define CPIO_FILE	0100000u
#define CPIO_DIRECTORY	0040000u
#define CPIO_SYMLINK	0120000u

/* cpio_open() - start reading at the first entry. */
void cpio_open(struct cpio *cpio, const void *archive, size_t size);
/*
 * cpio_next() - the next entry.
 * Returns: true with @entry filled; false at the end, with cpio->error NULL when the
 * archive was sound up to its trailer.
 */
bool cpio_next(struct cpio *cpio, struct cpio_entry *entry);
/* cpio_find() - the last entry named @name (later ones replace earlier); false when there is none or the archive is broken. */
bool cpio_find(const void *archive, size_t size, const char *name, struct cpio_entry *entry);
/* cpio_name() - @name without leading "/" and "./"; "." becomes "". */
const char *cpio_name(const char *name);

#endif
