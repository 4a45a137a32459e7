/* SPDX-License-Identifier: MIT */
/* libFuzzer target: any bytes as a cpio archive, read to its end. */
#include <stdlib.h>
#include <string.h>

#include "lib/cpio.h"

static volatile u8 sum;		/* keeps the reads alive */

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct cpio_entry entry, found;
	struct cpio cpio;

	cpio_open(&cpio, data, size);
	while (cpio_next(&cpio, &entry)) {
		sum += (u8)strlen(entry.name);
		for (size_t i = 0; i < entry.size; i++)
			sum += ((const u8 *)entry.data)[i];
	}
	if (!cpio.error && cpio_find(data, size, "bin/sh", &found) && strcmp(found.name, "bin/sh"))
		abort();
	return 0;
}
