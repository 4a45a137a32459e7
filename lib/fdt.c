/* SPDX-License-Identifier: MIT */
/*
 * The device tree reader. One function, next_token(), steps through the structure
 * block and checks every length on the way; all walks are made of it.
 *
 *	offset	0         4               8
 *		BEGIN_NODE name NUL padding		to a multiple of 4
 *		PROP      len     nameoff  data padding
 *		END_NODE
 *		NOP					skipped
 *		END					the last
 */
#include "lib/fdt.h"
#include "lib/string.h"

#define FDT_MAGIC	0xd00dfeedu
#define FDT_VERSION	17

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4, FDT_END = 9 };

/* Offsets of the header's fields. */
enum {
	H_MAGIC = 0, H_TOTALSIZE = 4, H_OFF_STRUCT = 8, H_OFF_STRINGS = 12, H_OFF_RESERVE = 16,
	H_VERSION = 20, H_LAST_COMPATIBLE = 24, H_SIZE_STRINGS = 32, H_SIZE_STRUCT = 36,
};

struct token {
	u32 type;		/* FDT_*; 0 when the blob is broken here */
	u32 next;		/* offset in the structure block of what follows */
	const char *name;	/* BEGIN_NODE: the node's, PROP: the property's */
	const u8 *data;		/* PROP */
	u32 len;
};

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u64 be64(const u8 *p)
{
	return (u64)be32(p) << 32 | be32(p + 4);
}

/* Is there a NUL within the @room bytes at @s? */
static bool terminated(const u8 *s, u32 room)
{
	return memchr(s, '\0', room) != NULL;
}

/* Read what stands at @off, skipping NOPs. type 0: nothing valid there. */
static struct token next_token(const struct fdt *fdt, u32 off)
{
	const u8 *block = fdt->blob + fdt->struct_off;
	struct token t = { 0 };
	u32 type, room;

	do {
		if (off > fdt->struct_size || fdt->struct_size - off < 4 || off % 4)
			return t;
		type = be32(block + off);
		off += 4;
	} while (type == FDT_NOP);

	room = fdt->struct_size - off;
	switch (type) {
	case FDT_BEGIN_NODE:
		t.name = (const char *)block + off;
		if (!terminated(block + off, room))
			return t;
		off += (u32)strlen(t.name) + 1;
		break;
	case FDT_PROP: {
		if (room < 8)
			return t;

		u32 len = be32(block + off), name = be32(block + off + 4);

		if (len > room - 8 || name >= fdt->strings_size)
			return t;
		t.name = (const char *)fdt->blob + fdt->strings_off + name;
		if (!terminated((const u8 *)t.name, fdt->strings_size - name))
			return t;
		t.data = block + off + 8;
		t.len = len;
		off += 8 + len;
		break;
	}
	case FDT_END_NODE:
	case FDT_END:
		break;
	default:
		return t;
	}
	t.type = type;
	t.next = ALIGN_UP(off, 4);
	return t;
}

/* ---- opening ---- */

u32 fdt_total_size(const void *blob)
{
	const u8 *h = blob;

	return be32(h + H_MAGIC) == FDT_MAGIC ? be32(h + H_TOTALSIZE) : 0;
}

static bool inside(const struct fdt *fdt, u32 off, u32 size)
{
	return off >= FDT_HEADER_SIZE && off <= fdt->size && size <= fdt->size - off;
}

/* Walk the whole structure block: nesting, order, names, lengths. */
static const char *check_structure(const struct fdt *fdt)
{
	struct token t;
	u32 depth = 0;
	bool seen_root = false, props_allowed = false;

	for (u32 off = 0;; off = t.next) {
		t = next_token(fdt, off);
		switch (t.type) {
		case FDT_BEGIN_NODE:
			if (depth == 0 && seen_root)
				return "a second root node";
			if (++depth > FDT_MAX_DEPTH)
				return "nodes nested too deeply";
			seen_root = true;
			props_allowed = true;
			break;
		case FDT_PROP:
			if (!props_allowed)
				return "a property outside its node's head";
			break;
		case FDT_END_NODE:
			if (depth-- == 0)
				return "a node ends that never began";
			props_allowed = false;
			break;
		case FDT_END:
			if (depth != 0 || !seen_root)
				return "the tree ends inside a node";
			return NULL;
		default:
			return "broken token in the structure block";
		}
	}
}

static const char *check_reservations(const struct fdt *fdt)
{
	for (u32 off = fdt->reserve_off; inside(fdt, off, 16); off += 16)
		if (be64(fdt->blob + off) == 0 && be64(fdt->blob + off + 8) == 0)
			return NULL;
	return "the memory reservations do not end";
}

const char *fdt_open(struct fdt *fdt, const void *blob, size_t limit)
{
	const u8 *h = blob;

	memset(fdt, 0, sizeof(*fdt));
	if (limit < FDT_HEADER_SIZE)
		return "too short for a header";
	if (be32(h + H_MAGIC) != FDT_MAGIC)
		return "wrong magic number";
	if (be32(h + H_VERSION) < FDT_VERSION || be32(h + H_LAST_COMPATIBLE) > FDT_VERSION)
		return "unknown version";

	fdt->blob = blob;
	fdt->size = be32(h + H_TOTALSIZE);
	fdt->reserve_off = be32(h + H_OFF_RESERVE);
	fdt->struct_off = be32(h + H_OFF_STRUCT);
	fdt->struct_size = be32(h + H_SIZE_STRUCT);
	fdt->strings_off = be32(h + H_OFF_STRINGS);
	fdt->strings_size = be32(h + H_SIZE_STRINGS);
	if (fdt->size < FDT_HEADER_SIZE || fdt->size > limit || fdt->size > INT32_MAX)
		return "total size out of bounds";
	if (!inside(fdt, fdt->struct_off, fdt->struct_size))
		return "structure block out of bounds";
	if (!inside(fdt, fdt->strings_off, fdt->strings_size))
		return "strings block out of bounds";

	const char *error = check_reservations(fdt);

	return error ? error : check_structure(fdt);
}

bool fdt_reservation(const struct fdt *fdt, unsigned int i, u64 *start, u64 *size)
{
	u32 off = fdt->reserve_off;

	for (;; i--, off += 16) {
		if (!inside(fdt, off, 16))
			return false;
		*start = be64(fdt->blob + off);
		*size = be64(fdt->blob + off + 8);
		if (*start == 0 && *size == 0)
			return false;
		if (i == 0)
			return true;
	}
}

/* ---- nodes ---- */

int fdt_root(const struct fdt *fdt)
{
	return fdt_next_node(fdt, FDT_NONE);
}

/* The offset of the first BEGIN_NODE at or after @off; *@depth follows the nesting. */
static int scan_node(const struct fdt *fdt, u32 off, int *depth)
{
	for (;;) {
		struct token t = next_token(fdt, off);

		switch (t.type) {
		case FDT_BEGIN_NODE:
			return (int)off;
		case FDT_END_NODE:
			--*depth;
			break;
		case FDT_PROP:
			break;
		default:
			return FDT_NONE;
		}
		off = t.next;
	}
}

/* What follows the BEGIN_NODE at @node: its first property, child or end. */
static u32 node_body(const struct fdt *fdt, int node)
{
	struct token t = next_token(fdt, (u32)node);

	return t.type == FDT_BEGIN_NODE ? t.next : fdt->struct_size;
}

int fdt_next_node(const struct fdt *fdt, int node)
{
	int depth = 0;

	return scan_node(fdt, node == FDT_NONE ? 0 : node_body(fdt, node), &depth);
}

int fdt_first_child(const struct fdt *fdt, int node)
{
	int depth = 1;
	int child = scan_node(fdt, node_body(fdt, node), &depth);

	return depth == 1 ? child : FDT_NONE;
}

int fdt_next_sibling(const struct fdt *fdt, int node)
{
	int depth = 1;		/* levels inside the parent: we stand in @node */

	while ((node = scan_node(fdt, node_body(fdt, node), &depth)) != FDT_NONE) {
		if (depth < 0)
			return FDT_NONE;
		if (depth == 0)
			return node;
		depth++;
	}
	return FDT_NONE;
}

int fdt_parent(const struct fdt *fdt, int node)
{
	int path[FDT_MAX_DEPTH + 1];
	int depth = 0;

	for (int n = fdt_root(fdt); n != FDT_NONE;) {
		if (depth < 0 || depth > FDT_MAX_DEPTH)
			return FDT_NONE;
		if (n == node)
			return depth > 0 ? path[depth - 1] : FDT_NONE;
		path[depth++] = n;
		n = scan_node(fdt, node_body(fdt, n), &depth);
	}
	return FDT_NONE;
}

const char *fdt_node_name(const struct fdt *fdt, int node)
{
	struct token t = next_token(fdt, (u32)node);

	return t.type == FDT_BEGIN_NODE ? t.name : "";
}

/* Does @name, "cpu@0", match the path component of @len bytes, "cpu@0" or "cpu"? */
static bool component_matches(const char *name, const char *component, size_t len)
{
	if (strncmp(name, component, len) != 0)
		return false;
	return name[len] == '\0' || (name[len] == '@' && !memchr(component, '@', len));
}

int fdt_find_path(const struct fdt *fdt, const char *path)
{
	int node = fdt_root(fdt);

	while (node != FDT_NONE) {
		size_t len = 0;
		int child;

		while (*path == '/')
			path++;
		while (path[len] && path[len] != '/')
			len++;
		if (len == 0)
			return node;
		fdt_for_each_child(child, fdt, node)
			if (component_matches(fdt_node_name(fdt, child), path, len))
				break;
		node = child;
		path += len;
	}
	return FDT_NONE;
}

static int find_by_string(const struct fdt *fdt, int from, const char *property, const char *value)
{
	struct fdt_prop prop;
	int node = from;

	while ((node = fdt_next_node(fdt, node)) != FDT_NONE)
		if (fdt_get_prop(fdt, node, property, &prop) && fdt_prop_has_string(&prop, value))
			return node;
	return FDT_NONE;
}

int fdt_find_compatible(const struct fdt *fdt, int from, const char *compatible)
{
	return find_by_string(fdt, from, "compatible", compatible);
}

int fdt_find_device_type(const struct fdt *fdt, int from, const char *type)
{
	return find_by_string(fdt, from, "device_type", type);
}

/* ---- properties ---- */

bool fdt_prop_at(const struct fdt *fdt, int node, unsigned int i, struct fdt_prop *prop)
{
	struct token t = next_token(fdt, node_body(fdt, node));

	for (; t.type == FDT_PROP; t = next_token(fdt, t.next), i--)
		if (i == 0) {
			*prop = (struct fdt_prop){ t.name, t.data, t.len };
			return true;
		}
	return false;
}

bool fdt_get_prop(const struct fdt *fdt, int node, const char *name, struct fdt_prop *prop)
{
	struct token t = next_token(fdt, node_body(fdt, node));

	for (; t.type == FDT_PROP; t = next_token(fdt, t.next))
		if (strcmp(t.name, name) == 0) {
			*prop = (struct fdt_prop){ t.name, t.data, t.len };
			return true;
		}
	return false;
}

bool fdt_get_u32(const struct fdt *fdt, int node, const char *name, u32 *value)
{
	struct fdt_prop prop;

	if (!fdt_get_prop(fdt, node, name, &prop) || prop.len != 4)
		return false;
	*value = be32(prop.data);
	return true;
}

const char *fdt_get_string(const struct fdt *fdt, int node, const char *name)
{
	struct fdt_prop prop;

	if (!fdt_get_prop(fdt, node, name, &prop) || !terminated(prop.data, prop.len))
		return NULL;
	return (const char *)prop.data;
}

bool fdt_prop_has_string(const struct fdt_prop *prop, const char *s)
{
	const char *p = (const char *)prop->data;
	u32 room = prop->len;

	while (room > 0 && terminated((const u8 *)p, room)) {
		u32 len = (u32)strlen(p) + 1;

		if (strcmp(p, s) == 0)
			return true;
		p += len;
		room -= len;
	}
	return false;
}

bool fdt_read_cells(const struct fdt_prop *prop, u32 index, u32 cells, u64 *value)
{
	u32 have = prop->len / 4;

	if (cells < 1 || cells > 2 || index > have || have - index < cells)
		return false;
	*value = cells == 1 ? be32(prop->data + 4 * index) : be64(prop->data + 4 * index);
	return true;
}

bool fdt_reg(const struct fdt *fdt, int node, unsigned int i, u64 *addr, u64 *size)
{
	int parent = fdt_parent(fdt, node);
	u32 addr_cells = 2, size_cells = 1;	/* what the specification says when nothing does */
	struct fdt_prop prop;

	if (parent == FDT_NONE || !fdt_get_prop(fdt, node, "reg", &prop))
		return false;
	fdt_get_u32(fdt, parent, "#address-cells", &addr_cells);
	fdt_get_u32(fdt, parent, "#size-cells", &size_cells);
	if (addr_cells > 2 || size_cells > 2 || i > prop.len / 4)
		return false;

	u32 at = i * (addr_cells + size_cells);

	*size = 0;
	return fdt_read_cells(&prop, at, addr_cells, addr) &&
	       (size_cells == 0 || fdt_read_cells(&prop, at + addr_cells, size_cells, size));
}

bool fdt_enabled(const struct fdt *fdt, int node)
{
	struct fdt_prop prop;

	return !fdt_get_prop(fdt, node, "status", &prop) ||
	       fdt_prop_has_string(&prop, "okay") || fdt_prop_has_string(&prop, "ok");
}
