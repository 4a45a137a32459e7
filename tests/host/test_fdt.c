/* SPDX-License-Identifier: MIT */
/*
 * The device tree reader, on a tree like the one QEMU's virt machine passes, and on the same
 * blob cut at every length, with every byte changed, and with lies in each
 * field. Blobs stand in allocations of exactly their size, so ASan sees any byte read beyond.
 */
#include "tests/host/support/check.h"
#include "tests/host/support/run_apart.h"

#include "lib/fdt.h"

/* ---- a small writer of blobs ---- */

#define HEADER		40
#define BLOB_ROOM	16384

struct builder {
	u8 structure[8192], strings[1024], reserve[256];
	u32 struct_len, strings_len, reserve_len;
};

static struct builder b;

static void store32(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 24);
	p[1] = (u8)(v >> 16);
	p[2] = (u8)(v >> 8);
	p[3] = (u8)v;
}

static void emit32(u32 v)
{
	assert_true(b.struct_len + 4 <= sizeof(b.structure));
	store32(b.structure + b.struct_len, v);
	b.struct_len += 4;
}

static void emit_bytes(const void *data, u32 len)
{
	assert_true(b.struct_len + len + 4 <= sizeof(b.structure));
	memcpy(b.structure + b.struct_len, data, len);
	for (b.struct_len += len; b.struct_len % 4; b.struct_len++)
		b.structure[b.struct_len] = 0;
}

static void begin(const char *name)
{
	emit32(1);
	emit_bytes(name, (u32)strlen(name) + 1);
}

static void end(void)
{
	emit32(2);
}

static void prop(const char *name, const void *data, u32 len)
{
	emit32(3);
	emit32(len);
	emit32(b.strings_len);
	emit_bytes(data, len);
	memcpy(b.strings + b.strings_len, name, strlen(name) + 1);
	b.strings_len += (u32)strlen(name) + 1;
}

static void prop_string(const char *name, const char *value)
{
	prop(name, value, (u32)strlen(value) + 1);
}

static void prop_cells(const char *name, int n, const u32 *cells)
{
	u8 data[64];

	for (int i = 0; i < n; i++)
		store32(data + 4 * i, cells[i]);
	prop(name, data, 4 * (u32)n);
}
#define PROP_CELLS(name, ...) \
	prop_cells(name, (int)ARRAY_SIZE(((u32[]){ __VA_ARGS__ })), (u32[]){ __VA_ARGS__ })

static void reserve(u64 start, u64 size)
{
	store32(b.reserve + b.reserve_len, (u32)(start >> 32));
	store32(b.reserve + b.reserve_len + 4, (u32)start);
	store32(b.reserve + b.reserve_len + 8, (u32)(size >> 32));
	store32(b.reserve + b.reserve_len + 12, (u32)size);
	b.reserve_len += 16;
}

/* Put the parts together; returns the size. */
static u32 build(u8 *blob)
{
	u32 struct_off = HEADER + b.reserve_len, strings_off = struct_off + b.struct_len;
	u32 size = strings_off + b.strings_len;
	const u32 header[] = { 0xd00dfeed, size, struct_off, strings_off, HEADER, 17, 16, 0,
			       b.strings_len, b.struct_len };

	assert_true(size <= BLOB_ROOM);
	for (u32 i = 0; i < ARRAY_SIZE(header); i++)
		store32(blob + 4 * i, header[i]);
	memcpy(blob + HEADER, b.reserve, b.reserve_len);
	memcpy(blob + struct_off, b.structure, b.struct_len);
	memcpy(blob + strings_off, b.strings, b.strings_len);
	return size;
}

static u32 build_virt(u8 *blob)
{
	memset(&b, 0, sizeof(b));
	reserve(0x80000000, 0x40000);
	reserve(0x180000000, 0x1000);
	reserve(0, 0);
	begin("");
	PROP_CELLS("#address-cells", 2);
	PROP_CELLS("#size-cells", 2);
	prop("compatible", "riscv-virtio\0virt", 18);
	emit32(4);					/* NOP */
	begin("chosen");
	prop_string("bootargs", "init=/bin/sh");
	PROP_CELLS("linux,initrd-start", 0, 0x84000000);
	PROP_CELLS("linux,initrd-end", 0x84001000);
	end();
	begin("memory@80000000");
	prop_string("device_type", "memory");
	PROP_CELLS("reg", 0, 0x80000000, 0, 0x10000000, 1, 0, 0, 0x2000);
	end();
	begin("cpus");
	PROP_CELLS("#address-cells", 1);
	PROP_CELLS("#size-cells", 0);
	PROP_CELLS("timebase-frequency", 10000000);
	for (u32 i = 0; i < 3; i++) {
		char name[8] = "cpu@0";

		name[4] = (char)('0' + i);
		begin(name);
		prop_string("device_type", "cpu");
		PROP_CELLS("reg", i);
		prop_string("status", i == 1 ? "disabled" : "okay");
		begin("interrupt-controller");
		end();
		end();
	}
	end();
	begin("soc");
	PROP_CELLS("#address-cells", 2);
	PROP_CELLS("#size-cells", 2);
	begin("serial@10000000");
	PROP_CELLS("reg", 0, 0x10000000, 0, 0x100);
	prop("compatible", "vendor,uart\0ns16550a", 21);
	prop("empty", "", 0);
	prop("raw", "abc", 3);				/* a string without its NUL */
	end();
	begin("test@100000");
	PROP_CELLS("reg", 0, 0x100000, 0, 0x1000);
	prop("compatible", "sifive,test1\0sifive,test0\0syscon", 33);
	end();
	end();
	end();
	emit32(9);
	return build(blob);
}

static u8 good[BLOB_ROOM];

/* ---- good blobs ---- */

static struct fdt open_good(void)
{
	struct fdt fdt;
	u32 size = build_virt(good);

	assert_eq(fdt_total_size(good), size);
	assert_null(fdt_open(&fdt, good, sizeof(good)));
	return fdt;
}

static void test_nodes_are_found_by_path(void **state)
{
	struct fdt fdt = open_good();

	(void)state;
	assert_eq(fdt_find_path(&fdt, "/"), fdt_root(&fdt));
	assert_string_equal(fdt_node_name(&fdt, fdt_root(&fdt)), "");
	assert_string_equal(fdt_node_name(&fdt, fdt_find_path(&fdt, "/cpus/cpu@1")), "cpu@1");
	assert_string_equal(fdt_node_name(&fdt, fdt_find_path(&fdt, "/memory")), "memory@80000000");
	assert_string_equal(fdt_node_name(&fdt, fdt_find_path(&fdt, "//soc/serial/")),
			    "serial@10000000");
	assert_eq(fdt_find_path(&fdt, "/cpus/cpu@7"), FDT_NONE);
	assert_eq(fdt_find_path(&fdt, "/cpu@1"), FDT_NONE);
	assert_eq(fdt_find_path(&fdt, "/mem"), FDT_NONE);
	assert_eq(fdt_find_path(&fdt, "/chosen/x"), FDT_NONE);
	assert_eq(fdt_find_path(&fdt, "/cpus/interrupt-controller"), FDT_NONE);
}

static void test_walks_meet_each_node_once(void **state)
{
	static const char *const order[] = {
		"", "chosen", "memory@80000000", "cpus", "cpu@0", "interrupt-controller", "cpu@1",
		"interrupt-controller", "cpu@2", "interrupt-controller", "soc", "serial@10000000",
		"test@100000",
	};
	struct fdt fdt = open_good();
	size_t i = 0;
	int node = FDT_NONE, child, n = 0;

	(void)state;
	while ((node = fdt_next_node(&fdt, node)) != FDT_NONE)
		assert_string_equal(fdt_node_name(&fdt, node), order[i++]);
	assert_eq(i, ARRAY_SIZE(order));

	fdt_for_each_child(child, &fdt, fdt_root(&fdt)) {
		assert_eq(fdt_parent(&fdt, child), fdt_root(&fdt));
		n++;
	}
	assert_eq(n, 4);
	n = 0;
	fdt_for_each_child(child, &fdt, fdt_find_path(&fdt, "/cpus")) {
		assert_eq(fdt_parent(&fdt, child), fdt_find_path(&fdt, "/cpus"));
		assert_string_equal(fdt_node_name(&fdt, fdt_first_child(&fdt, child)),
				    "interrupt-controller");
		n++;
	}
	assert_eq(n, 3);
	assert_eq(fdt_first_child(&fdt, fdt_find_path(&fdt, "/chosen")), FDT_NONE);
	assert_eq(fdt_parent(&fdt, fdt_root(&fdt)), FDT_NONE);
	assert_eq(fdt_first_child(&fdt, FDT_NONE), FDT_NONE);
}

static void test_nodes_are_found_by_type_and_compatible(void **state)
{
	struct fdt fdt = open_good();
	int node = FDT_NONE, n = 0;

	(void)state;
	while ((node = fdt_find_device_type(&fdt, node, "cpu")) != FDT_NONE)
		n++;
	assert_eq(n, 3);
	node = fdt_find_compatible(&fdt, FDT_NONE, "ns16550a");
	assert_string_equal(fdt_node_name(&fdt, node), "serial@10000000");
	assert_eq(fdt_find_compatible(&fdt, node, "ns16550a"), FDT_NONE);
	assert_string_equal(fdt_node_name(&fdt, fdt_find_compatible(&fdt, FDT_NONE, "sifive,test0")),
			    "test@100000");
	assert_eq(fdt_find_compatible(&fdt, FDT_NONE, "test0"), FDT_NONE);
	assert_eq(fdt_find_compatible(&fdt, FDT_NONE, ""), FDT_NONE);
}

static void test_properties_are_read(void **state)
{
	struct fdt fdt = open_good();
	int serial = fdt_find_path(&fdt, "/soc/serial@10000000");
	int cpus = fdt_find_path(&fdt, "/cpus");
	struct fdt_prop prop;
	u32 value;

	(void)state;
	assert_true(fdt_get_u32(&fdt, cpus, "timebase-frequency", &value));
	assert_eq(value, 10000000);
	assert_false(fdt_get_u32(&fdt, cpus, "timebase", &value));
	assert_false(fdt_get_u32(&fdt, serial, "reg", &value));
	assert_string_equal(fdt_get_string(&fdt, fdt_find_path(&fdt, "/chosen"), "bootargs"),
			    "init=/bin/sh");
	assert_null(fdt_get_string(&fdt, serial, "raw"));
	assert_null(fdt_get_string(&fdt, serial, "empty"));
	assert_true(fdt_get_prop(&fdt, serial, "empty", &prop));
	assert_eq(prop.len, 0);
	assert_true(fdt_prop_at(&fdt, serial, 1, &prop));
	assert_string_equal(prop.name, "compatible");
	assert_true(fdt_prop_at(&fdt, serial, 3, &prop));
	assert_false(fdt_prop_at(&fdt, serial, 4, &prop));
	assert_true(fdt_enabled(&fdt, fdt_find_path(&fdt, "/cpus/cpu@0")));
	assert_false(fdt_enabled(&fdt, fdt_find_path(&fdt, "/cpus/cpu@1")));
	assert_true(fdt_enabled(&fdt, serial));
}

static void test_reg_follows_the_parents_cells(void **state)
{
	struct fdt fdt = open_good();
	int memory = fdt_find_path(&fdt, "/memory");
	struct fdt_prop prop;
	u64 addr, size;

	(void)state;
	assert_true(fdt_reg(&fdt, memory, 0, &addr, &size));
	assert_eq(addr, 0x80000000);
	assert_eq(size, 0x10000000);
	assert_true(fdt_reg(&fdt, memory, 1, &addr, &size));
	assert_eq(addr, 0x100000000);
	assert_eq(size, 0x2000);
	assert_false(fdt_reg(&fdt, memory, 2, &addr, &size));
	assert_false(fdt_reg(&fdt, memory, 0xffffffff, &addr, &size));
	assert_true(fdt_reg(&fdt, fdt_find_path(&fdt, "/cpus/cpu@2"), 0, &addr, &size));
	assert_eq(addr, 2);
	assert_eq(size, 0);
	assert_false(fdt_reg(&fdt, fdt_root(&fdt), 0, &addr, &size));

	assert_true(fdt_get_prop(&fdt, memory, "reg", &prop));
	assert_true(fdt_read_cells(&prop, 7, 1, &addr));
	assert_false(fdt_read_cells(&prop, 7, 2, &addr));
	assert_false(fdt_read_cells(&prop, 8, 1, &addr));
	assert_false(fdt_read_cells(&prop, 0, 3, &addr));
	assert_false(fdt_read_cells(&prop, 0, 0, &addr));
	assert_false(fdt_read_cells(&prop, 0xffffffff, 1, &addr));
}

static void test_reservations_are_listed(void **state)
{
	struct fdt fdt = open_good();
	u64 start, size;

	(void)state;
	assert_true(fdt_reservation(&fdt, 0, &start, &size));
	assert_eq(start, 0x80000000);
	assert_eq(size, 0x40000);
	assert_true(fdt_reservation(&fdt, 1, &start, &size));
	assert_eq(start, 0x180000000);
	assert_false(fdt_reservation(&fdt, 2, &start, &size));
	assert_false(fdt_reservation(&fdt, 3, &start, &size));
}

/* ---- broken blobs ---- */

/* Call everything on whatever fdt_open() let through; ASan and the clock are the judges. */
static void exercise(const struct fdt *fdt)
{
	struct fdt_prop prop;
	u64 addr, size;
	int nodes = 0, child;

	for (int node = fdt_root(fdt); node != FDT_NONE; node = fdt_next_node(fdt, node)) {
		nodes++;
		(void)strlen(fdt_node_name(fdt, node));
		fdt_parent(fdt, node);
		fdt_for_each_child(child, fdt, node)
			nodes++;
		for (unsigned int i = 0; fdt_prop_at(fdt, node, i, &prop); i++) {
			(void)strlen(prop.name);
			fdt_prop_has_string(&prop, "okay");
			fdt_get_string(fdt, node, prop.name);
			for (u32 c = 0; fdt_read_cells(&prop, c, 1, &addr); c++)
				;
		}
		for (unsigned int i = 0; i < 4; i++)
			fdt_reg(fdt, node, i, &addr, &size);
	}
	assert_true(nodes < BLOB_ROOM);
	fdt_find_path(fdt, "/cpus/cpu@1/interrupt-controller");
	fdt_find_path(fdt, "/soc/serial@10000000");
	fdt_find_compatible(fdt, FDT_NONE, "sifive,test0");
	for (unsigned int i = 0; i < 5; i++)
		fdt_reservation(fdt, i, &addr, &size);
}

/* Open a copy of @blob that is @size bytes long; returns the error. */
static const char *try_blob(const u8 *blob, u32 size)
{
	u8 *copy = malloc(size ? size : 1);
	struct fdt fdt;

	memcpy(copy, blob, size);

	const char *error = fdt_open(&fdt, copy, size);

	if (!error)
		exercise(&fdt);
	free(copy);
	return error;
}

static void test_every_truncation_is_refused(void **state)
{
	u32 size = build_virt(good);

	(void)state;
	for (u32 n = 0; n < size; n++)
		assert_non_null(try_blob(good, n));
	assert_null(try_blob(good, size));
}

static void test_truncation_with_matching_total_size_is_refused(void **state)
{
	u32 size = build_virt(good);

	(void)state;
	for (u32 n = HEADER; n < size; n++) {
		store32(good + 4, n);
		assert_non_null(try_blob(good, n));
	}
}

static void test_changed_bytes_never_lead_outside(void **state)
{
	static const u8 values[] = { 0x00, 0x01, 0x02, 0x7f, 0x80, 0xff };
	u32 size = build_virt(good);
	unsigned long rnd = 99, refused = 0;

	(void)state;
	for (u32 at = 0; at < size; at++)
		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			u8 old = good[at];

			good[at] = values[v];
			refused += try_blob(good, size) != NULL;
			good[at] = old;
		}
	assert_true(refused > 100);
	for (int round = 0; round < 3000; round++) {	/* several at once */
		build_virt(good);
		for (int i = 0; i < 4; i++)
			good[test_random(&rnd) % size] = (u8)test_random(&rnd);
		try_blob(good, size);
	}
}

static void test_lying_words_never_lead_outside(void **state)
{
	static const u32 lies[] = {
		0, 1, 2, 3, 4, 9, 39, 0x7fffffff, 0x80000000, 0xfffffff8, 0xfffffffc, 0xffffffff,
	};
	u32 size = build_virt(good);

	(void)state;
	for (u32 at = 0; at + 4 <= size; at += 4)
		for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
			u8 old[4];

			memcpy(old, good + at, 4);
			store32(good + at, lies[i]);
			try_blob(good, size);
			memcpy(good + at, old, 4);
		}
	assert_null(try_blob(good, size));
}

/* A tree of @depth nested nodes. */
static const char *open_nested(u32 depth)
{
	memset(&b, 0, sizeof(b));
	reserve(0, 0);
	for (u32 i = 0; i < depth; i++)
		begin(i ? "n" : "");
	for (u32 i = 0; i < depth; i++)
		end();
	emit32(9);
	return try_blob(good, build(good));
}

static void test_depth_bomb_is_refused(void **state)
{
	(void)state;
	assert_null(open_nested(1));
	assert_null(open_nested(FDT_MAX_DEPTH));
	assert_string_equal(open_nested(FDT_MAX_DEPTH + 1), "nodes nested too deeply");
	assert_string_equal(open_nested(500), "nodes nested too deeply");
}

/* Build a tree from tokens only: '(' begin, ')' end, 'p' property, 'n' NOP, '.' the end. */
static const char *open_tokens(const char *tokens)
{
	memset(&b, 0, sizeof(b));
	reserve(0, 0);
	for (; *tokens; tokens++)
		switch (*tokens) {
		case '(': begin("x"); break;
		case ')': end(); break;
		case 'p': prop_string("p", "v"); break;
		case 'n': emit32(4); break;
		case '.': emit32(9); break;
		default: emit32(77); break;
		}
	return try_blob(good, build(good));
}

static void test_wrong_nesting_is_refused(void **state)
{
	(void)state;
	assert_null(open_tokens("(p(p)(pp(p)))n."));
	assert_null(open_tokens("()."));
	assert_non_null(open_tokens(""));
	assert_non_null(open_tokens("."));
	assert_non_null(open_tokens("()"));
	assert_non_null(open_tokens("(."));
	assert_non_null(open_tokens("())."));
	assert_non_null(open_tokens(")."));
	assert_non_null(open_tokens("()()."));
	assert_non_null(open_tokens("(()p)."));
	assert_non_null(open_tokens("p()."));
	assert_non_null(open_tokens("()p."));
	assert_non_null(open_tokens("(p?)."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes_are_found_by_path),
		cmocka_unit_test(test_walks_meet_each_node_once),
		cmocka_unit_test(test_nodes_are_found_by_type_and_compatible),
		cmocka_unit_test(test_properties_are_read),
		cmocka_unit_test(test_reg_follows_the_parents_cells),
		cmocka_unit_test(test_reservations_are_listed),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_truncation_with_matching_total_size_is_refused),
		cmocka_unit_test(test_changed_bytes_never_lead_outside),
		cmocka_unit_test(test_lying_words_never_lead_outside),
		cmocka_unit_test(test_depth_bomb_is_refused),
		cmocka_unit_test(test_wrong_nesting_is_refused),
	};

	return RUN_APART("fdt", tests);
}
