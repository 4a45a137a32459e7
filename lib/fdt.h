/* SPDX-License-Identifier: MIT */
/*
 * Reading a flattened device tree (the blob that firmware passes to us), version 17.
 *
 *	header | memory reservations | structure block | strings block
 *	                               BEGIN "" PROP.. BEGIN "cpus" .. END .. END
 *
 * Nothing is copied or changed. fdt_open() checks the whole blob once; even so no call
 * reads outside [blob, blob + totalsize), whatever the blob says. A node is
 * named by the offset of its BEGIN token; FDT_NONE is no node.
 */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include "lib/types.h"

#define FDT_HEADER_SIZE	40	/* bytes; enough for fdt_total_size() */
#define FDT_NONE	(-1)
#define FDT_MAX_DEPTH	32

struct fdt {
	const u8 *blob;
	u32 size;			/* totalsize */
	u32 reserve_off;
	u32 struct_off, struct_size;
	u32 strings_off, strings_size;
};

struct fdt_prop {
	const char *name;
	const u8 *data;			/* @len bytes, big endian, maybe unaligned */
	u32 len;
};

/* fdt_total_size() - what the header at @blob claims, or 0 when it is no header. Reads FDT_HEADER_SIZE bytes. */
u32 fdt_total_size(const void *blob);

/*
 * fdt_open() - check the blob of at most @limit readable bytes and fill @fdt.
 * Returns: NULL when it is sound, else what is wrong with it, for a message.
 */
const char *fdt_open(struct fdt *fdt, const void *blob, size_t limit);

/* fdt_reservation() - the @i-th memory reservation; false past the last. */
bool fdt_reservation(const struct fdt *fdt, unsigned int i, u64 *start, u64 *size);

/* ---- nodes ---- */

int fdt_root(const struct fdt *fdt);
/* fdt_next_node() - the node after @node in the blob's order, at any depth; FDT_NONE starts at the root. */
int fdt_next_node(const struct fdt *fdt, int node);
int fdt_first_child(const struct fdt *fdt, int node);
int fdt_next_sibling(const struct fdt *fdt, int node);
int fdt_parent(const struct fdt *fdt, int node);
#define fdt_for_each_child(child, fdt, node)					\
	for (child = fdt_first_child(fdt, node); child != FDT_NONE;		\
	     child = fdt_next_sibling(fdt, child))

/* fdt_node_name() - with the unit address, as in "cpu@0"; "" for the root. */
const char *fdt_node_name(const struct fdt *fdt, int node);
/* fdt_find_path() - "/cpus/cpu@0"; a component without '@' finds the first node of that name at any address. */
int fdt_find_path(const struct fdt *fdt, const char *path);
/* fdt_find_compatible(), fdt_find_device_type() - the next such node after @from; FDT_NONE starts at the root. */
int fdt_find_compatible(const struct fdt *fdt, int from, const char *compatible);
int fdt_find_device_type(const struct fdt *fdt, int from, const char *type);

/* ---- properties ---- */

/* fdt_prop_at() - the @i-th property of @node; false past the last. */
bool fdt_prop_at(const struct fdt *fdt, int node, unsigned int i, struct fdt_prop *prop);
bool fdt_get_prop(const struct fdt *fdt, int node, const char *name, struct fdt_prop *prop);
/* fdt_get_u32() - a property of one cell; false when absent or of another length. */
bool fdt_get_u32(const struct fdt *fdt, int node, const char *name, u32 *value);
/* fdt_get_string() - a property that is one or more strings: the first. NULL when absent or not terminated. */
const char *fdt_get_string(const struct fdt *fdt, int node, const char *name);
/* fdt_prop_has_string() - is @s one of the strings in @prop? */
bool fdt_prop_has_string(const struct fdt_prop *prop, const char *s);

/*
 * fdt_read_cells() - the number made of @cells (1 or 2) cells at cell @index of @prop.
 * Returns: false when the property is too short or @cells is something else.
 */
bool fdt_read_cells(const struct fdt_prop *prop, u32 index, u32 cells, u64 *value);
/* fdt_reg() - the @i-th address and size in @node's reg, by its parent's #address-cells and #size-cells. */
bool fdt_reg(const struct fdt *fdt, int node, unsigned int i, u64 *addr, u64 *size);
/* fdt_enabled() - no status property, or "okay" or "ok". */
bool fdt_enabled(const struct fdt *fdt, int node);

#endif
