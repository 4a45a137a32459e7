/* SPDX-License-Identifier: MIT */
/*
 * The cpio reader. Each length is compared with what is left of the archive
 * before it is used, by subtraction, so that no sum can wrap.
 */
#include "lib/cpio.h"
#include "lib/string.h"

#define HEADER_SIZE	110
#define NAME_MAX_SIZE	4096

/* The header's fields after the six bytes of magic, 8 hex digits each. */
enum { F_MODE = 1, F_FILESIZE = 6, F_NAMESIZE = 11, NR_FIELDS = 13 };

_Static_assert(6 + 8 * NR_FIELDS == HEADER_SIZE, "the header's layout");

static int hex_digit(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool parse_header(const u8 *header, u32 fields[NR_FIELDS])
{
	for (unsigned int f = 0; f < NR_FIELDS; f++) {
		fields[f] = 0;
		for (unsigned int i = 0; i < 8; i++) {
			int digit = hex_digit(header[6 + 8 * f + i]);

			if (digit < 0)
				return false;
			fields[f] = fields[f] << 4 | (u32)digit;
		}
	}
	return true;
}

const char *cpio_name(const char *name)
{
	for (;;) {
		if (name[0] == '/')
			name++;
		else if (name[0] == '.' && (name[1] == '/' || name[1] == '\0'))
			name++;
		else
			return name;
	}
}

void cpio_open(struct cpio *cpio, const void *archive, size_t size)
{
	*cpio = (struct cpio){ .start = archive, .size = size };
}

static bool fail(struct cpio *cpio, const char *error)
{
	cpio->error = error;
	cpio->pos = cpio->size;
	return false;
}

/* Where the next part begins: parts start at multiples of 4, or where the archive ends. */
static size_t padded(const struct cpio *cpio, size_t pos)
{
	return min(pos + (4 - pos % 4) % 4, cpio->size);
}

bool cpio_next(struct cpio *cpio, struct cpio_entry *entry)
{
	const u8 *header = cpio->start + cpio->pos;
	size_t pos = cpio->pos;
	u32 fields[NR_FIELDS];

	if (cpio->error)
		return false;
	if (pos == cpio->size)
		return fail(cpio, pos == 0 ? "it is empty" : "it ends without a trailer");
	if (cpio->size - pos < HEADER_SIZE)
		return fail(cpio, "it ends inside a header");
	if (memcmp(header, "070701", 6) != 0 && memcmp(header, "070702", 6) != 0)
		return fail(cpio, "wrong magic number");
	if (!parse_header(header, fields))
		return fail(cpio, "a header field is no hexadecimal number");
	pos += HEADER_SIZE;

	u32 name_size = fields[F_NAMESIZE], data_size = fields[F_FILESIZE];
	const char *name = (const char *)cpio->start + pos;

	if (name_size == 0 || name_size > NAME_MAX_SIZE || name_size > cpio->size - pos)
		return fail(cpio, "a name is too long");
	if (strnlen(name, name_size) != name_size - 1)
		return fail(cpio, "a name does not end where it should");
	pos = padded(cpio, pos + name_size);
	if (data_size > cpio->size - pos)
		return fail(cpio, "a file is longer than the archive");
	if (strcmp(name, "TRAILER!!!") == 0)
		return false;

	entry->name = cpio_name(name);
	entry->data = cpio->start + pos;
	entry->size = data_size;
	entry->mode = fields[F_MODE];
	cpio->pos = padded(cpio, pos + data_size);
	return true;
}

bool cpio_find(const void *archive, size_t size, const char *name, struct cpio_entry *entry)
{
	struct cpio_entry each;
	struct cpio cpio;
	bool found = false;

	name = cpio_name(name);
	cpio_open(&cpio, archive, size);
	while (cpio_next(&cpio, &each))
		if (strcmp(each.name, name) == 0) {
			*entry = each;
			found = true;
		}
	return found && !cpio.error;
}
