/* SPDX-License-Identifier: MIT */
/*
 * How devices interrupt: the PLIC, its context for each hart's supervisor mode, and the source of each virtio device.
 *
 *	cpu@0 { interrupt-controller { phandle = <4> } }
 *	plic { phandle = <5>, interrupts-extended = <4 11  4 9  ..> }	contexts 0, 1, ..: (hart's controller, scause)
 *	virtio_mmio { interrupt-parent = <5>, interrupts = <8> }	source 8
 *
 * A machine with another kind of controller has no PLIC for us: plic_pa stays 0, and drivers poll.
 */
#include "boot/boot.h"
#include "kernel/arch/riscv.h"
#include "kernel/dev/plic.h"
#include "lib/fdt.h"

#define SUPERVISOR_EXTERNAL	(SCAUSE_EXTERNAL_INTERRUPT & ~SCAUSE_INTERRUPT)

/* The controller that the interrupts of @node go to: its own property, or that of the next node above which has one. */
static bool interrupt_parent(const struct fdt *fdt, int node, u32 *phandle)
{
	for (; node != FDT_NONE; node = fdt_parent(fdt, node))
		if (fdt_get_u32(fdt, node, "interrupt-parent", phandle))
			return true;
	return false;
}

/* The phandle of the interrupt controller inside the hart @hartid. */
static bool hart_controller(const struct fdt *fdt, unsigned long hartid, u32 *phandle)
{
	int node = FDT_NONE, child;
	struct fdt_prop prop;
	u64 id, size;

	while ((node = fdt_find_device_type(fdt, node, "cpu")) != FDT_NONE) {
		if (!fdt_reg(fdt, node, 0, &id, &size) || id != hartid)
			continue;
		fdt_for_each_child(child, fdt, node)
			if (fdt_get_prop(fdt, child, "interrupt-controller", &prop))
				return fdt_get_u32(fdt, child, "phandle", phandle);
	}
	return false;
}

/* The context of @plic that interrupts supervisor mode of the hart with the controller @phandle; PLIC_NO_CONTEXT: none. */
static int find_context(const struct fdt *fdt, int plic, u32 phandle)
{
	struct fdt_prop prop;
	u64 controller, cause;

	if (!fdt_get_prop(fdt, plic, "interrupts-extended", &prop))
		return PLIC_NO_CONTEXT;
	for (u32 i = 0; i < PLIC_CONTEXTS_MAX; i++) {
		if (!fdt_read_cells(&prop, 2 * i, 1, &controller) || !fdt_read_cells(&prop, 2 * i + 1, 1, &cause))
			break;
		if (controller == phandle && cause == SUPERVISOR_EXTERNAL)
			return (int)i;
	}
	return PLIC_NO_CONTEXT;
}

static u32 plic_phandle;		/* 0: there is no PLIC */

u32 boot_find_source(const struct fdt *fdt, int node)
{
	u32 parent, source;

	if (plic_phandle && interrupt_parent(fdt, node, &parent) && parent == plic_phandle &&
	    fdt_get_u32(fdt, node, "interrupts", &source))
		return source;
	return 0;
}

/* The same for the virtio-mmio device at physical @pa. */
static u32 find_virtio_source(const struct fdt *fdt, unsigned long pa)
{
	int node = FDT_NONE;
	u64 addr, size;

	while ((node = fdt_find_compatible(fdt, node, "virtio,mmio")) != FDT_NONE)
		if (fdt_reg(fdt, node, 0, &addr, &size) && addr == pa)
			return boot_find_source(fdt, node);
	return 0;
}

void boot_find_interrupts(struct boot_info *info, const struct fdt *fdt)
{
	int plic = fdt_find_compatible(fdt, FDT_NONE, "riscv,plic0");
	u32 phandle;
	u64 addr, size;

	if (plic == FDT_NONE || !fdt_enabled(fdt, plic) || !fdt_reg(fdt, plic, 0, &addr, &size) ||
	    !fdt_get_u32(fdt, plic, "phandle", &plic_phandle))
		return;
	info->plic_pa = addr;
	for (int i = 0; i < info->nr_harts; i++)
		info->plic_contexts[i] = hart_controller(fdt, info->hartids[i], &phandle) ?
					 find_context(fdt, plic, phandle) : PLIC_NO_CONTEXT;
	for (int i = 0; i < info->nr_virtio; i++)
		info->virtio_irq[i] = find_virtio_source(fdt, info->virtio_pa[i]);
}
