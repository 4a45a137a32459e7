/* SPDX-License-Identifier: MIT */
/* libFuzzer target: any bytes as a device tree; every call on what fdt_open() accepts. */
#include <stdlib.h>
#include <string.h>

#include "lib/fdt.h"

static void visit(const struct fdt *fdt, int node)
{
	struct fdt_prop prop;
	u64 addr, size;
	u32 value;

	for (unsigned int i = 0; fdt_prop_at(fdt, node, i, &prop); i++) {
		fdt_get_string(fdt, node, prop.name);
		fdt_get_u32(fdt, node, prop.name, &value);
		fdt_prop_has_string(&prop, "cpu");
		fdt_read_cells(&prop, i, 1 + i % 2, &addr);
	}
	fdt_reg(fdt, node, 0, &addr, &size);
	fdt_reg(fdt, node, 3, &addr, &size);
	fdt_enabled(fdt, node);
	fdt_find_path(fdt, fdt_node_name(fdt, node));

	int parent = fdt_parent(fdt, node), child;

	if (parent == FDT_NONE && node != fdt_root(fdt))
		abort();		/* every node but the root has one */
	fdt_for_each_child(child, fdt, node)
		if (fdt_parent(fdt, child) != node)
			abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fdt fdt;
	u64 start, length;

	if (size > 4096 || fdt_open(&fdt, data, size))
		return 0;
	for (int node = fdt_root(&fdt); node != FDT_NONE; node = fdt_next_node(&fdt, node))
		visit(&fdt, node);
	for (unsigned int i = 0; fdt_reservation(&fdt, i, &start, &length); i++)
		;
	fdt_find_compatible(&fdt, FDT_NONE, "ns16550a");
	fdt_find_device_type(&fdt, FDT_NONE, "memory");
	return 0;
}
