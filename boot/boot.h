/* SPDX-License-Identifier: MIT */
/* What the files of boot/ share with each other and with entry.S. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "boot/boot_info.h"
#include "lib/types.h"

struct fdt;
struct task;

/* main.c: the idle task of the hart that is being woken, one at a time; kernel_sp is the stack to start on. */
extern struct task *starting_task;

/* What the early table's direct map shows: devices and the first RAM. */
#define EARLY_DIRECT_BYTES	(64UL << 30)

/* entry.S */
extern char _start[];

/* devicetree.c: fill @info from the tree at physical @fdt_pa; panics when it is unusable. */
void boot_parse_devicetree(struct boot_info *info, unsigned long fdt_pa);

/*
 * boot_no_sv39() - satp did not take Sv39: say so and power off. Runs at physical addresses, so it and all that it calls are
 * relative code: no table of addresses, no printk.
 */
void boot_no_sv39(unsigned long fdt_pa) __noreturn;
/* harts.c: harts and timebase; does not return when a hart cannot run this kernel. */
void boot_find_harts(struct boot_info *info, const struct fdt *fdt);
/* interrupts.c: the PLIC and what is connected to it, once harts and virtio devices are known. */
void boot_find_interrupts(struct boot_info *info, const struct fdt *fdt);
/* devices.c: those that a server may drive, when all of the above is known. */
void boot_find_devices(struct boot_info *info, const struct fdt *fdt);
/* interrupts.c: the source of the device @node at our PLIC; 0: none. */
u32 boot_find_source(const struct fdt *fdt, int node);

/* paging.c: the table entry.S turns on, and the one to live with, which also maps info's devices. */
void boot_early_table(void);
void boot_final_table(struct boot_info *info);

/* kernel/main.c */
void kernel_main(const struct boot_info *info) __noreturn;
void secondary_main(void) __noreturn;

#endif
