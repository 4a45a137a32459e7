/* SPDX-License-Identifier: MIT */
/*
 * The harts of the device tree, and whether each can run this kernel: it is compiled for RV64IMAC and needs Sv39.
 * F and D are for user programs, which can do without.
 *
 *	riscv,isa = "rv64imafdc_zicsr_zifencei"		single letters end at the first longer name
 *	riscv,isa-extensions = "i", "m", "a", ..	the newer form; with it the other may be missing
 *	mmu-type = "riscv,sv48"				the widest mode; each includes the narrower ones
 */
#include "boot/boot.h"
#include "kernel/core/bug.h"
#include "kernel/core/panic.h"
#include "lib/fdt.h"
#include "lib/string.h"

/* Is the single-letter extension @letter in the ISA string @isa? "g" stands for "imafd". */
static bool isa_has(const char *isa, char letter)
{
	if (strncmp(isa, "rv64", 4) != 0)
		return false;
	for (isa += 4; *isa != '\0' && !strchr("_sxz", *isa); isa++)
		if (*isa == letter || (*isa == 'g' && strchr("imafd", letter)))
			return true;
	return false;
}

static bool hart_has(const struct fdt *fdt, int node, char letter)
{
	const char name[2] = { letter, '\0' };
	const char *isa = fdt_get_string(fdt, node, "riscv,isa");
	struct fdt_prop list;

	if (fdt_get_prop(fdt, node, "riscv,isa-extensions", &list))
		return fdt_prop_has_string(&list, name);
	return isa && isa_has(isa, letter);
}

static bool hart_has_sv39(const struct fdt *fdt, int node)
{
	struct fdt_prop mmu;

	return fdt_get_prop(fdt, node, "mmu-type", &mmu) &&
	       (fdt_prop_has_string(&mmu, "riscv,sv39") || fdt_prop_has_string(&mmu, "riscv,sv48") ||
		fdt_prop_has_string(&mmu, "riscv,sv57"));
}

/* Any hart may be given any task, so each must have all of it. */
static void check_hart(struct boot_info *info, const struct fdt *fdt, int node, unsigned long hartid)
{
	static const char needed[] = "mac";
	char missing[sizeof(needed)];
	size_t n = 0;

	for (const char *letter = needed; *letter; letter++)
		if (!hart_has(fdt, node, *letter))
			missing[n++] = *letter - 'a' + 'A';
	missing[n] = '\0';
	if (n)
		cannot_boot("hart %lu lacks %s: this kernel is compiled for RV64IMAC", hartid, missing);
	if (!hart_has_sv39(fdt, node))
		cannot_boot("hart %lu has no Sv39 paging", hartid);
	if (!hart_has(fdt, node, 'f') || !hart_has(fdt, node, 'd'))
		info->has_fp = false;
}

/* The boot hart is cpu 0 whatever its id; the others follow in the tree's order. */
static void add_hart(struct boot_info *info, unsigned long hartid)
{
	if (hartid == info->boot_hartid)
		return;
	if (info->nr_harts == NR_CPUS)
		info->nr_harts_ignored++;
	else
		info->hartids[info->nr_harts++] = hartid;
}

void boot_find_harts(struct boot_info *info, const struct fdt *fdt)
{
	int cpus_node = fdt_find_path(fdt, "/cpus");
	int node = FDT_NONE;
	u64 hartid, size;
	u32 hz;

	if (cpus_node == FDT_NONE || !fdt_get_u32(fdt, cpus_node, "timebase-frequency", &hz) || hz == 0)
		panic("the device tree has no timebase-frequency");
	info->timebase_hz = hz;

	info->has_fp = true;
	info->hartids[0] = info->boot_hartid;
	info->nr_harts = 1;
	while ((node = fdt_find_device_type(fdt, node, "cpu")) != FDT_NONE) {
		if (!fdt_reg(fdt, node, 0, &hartid, &size))
			continue;
		if (!fdt_enabled(fdt, node) && hartid != info->boot_hartid)
			continue;
		check_hart(info, fdt, node, hartid);
		add_hart(info, hartid);
	}
}
