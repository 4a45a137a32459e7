/* SPDX-License-Identifier: MIT */
/*
 * The boot hart's way from entry.S to kernel_main(), in the high half: read the
 * device tree, replace the early page table, hand over. boot/ is not called again.
 */
#include "boot/boot.h"
#include "kernel/core/percpu.h"
#include "kernel/entry/trap.h"

void boot_main(unsigned long hartid, unsigned long fdt_pa);

static struct boot_info boot_info;

void boot_main(unsigned long hartid, unsigned long fdt_pa)
{
	boot_info.boot_hartid = hartid;
	cpus[0].hartid = hartid;
	cpus[0].online = true;
	trap_init();		/* a mistake of ours is reported from here on */
	boot_parse_devicetree(&boot_info, fdt_pa);
	boot_final_table(&boot_info);
	kernel_main(&boot_info);
}
