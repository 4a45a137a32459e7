/* SPDX-License-Identifier: MIT */
/* What the files of boot/ share with each other and with entry.S. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "boot/boot_info.h"
#include "lib/types.h"

struct task;

/* main.c: the idle task of the hart that is being woken, one at a time; kernel_sp is the stack to start on. */
extern struct task *starting_task;

/* What the early table's direct map shows: devices and the first RAM. */
#define EARLY_DIRECT_BYTES	(64UL << 30)

/* entry.S */
extern char _start[];

/* devicetree.c: fill @info from the tree at physical @fdt_pa; panics when it is unusable. */
void boot_parse_devicetree(struct boot_info *info, unsigned long fdt_pa);

/* paging.c: the table entry.S turns on, and the one to live with, which also maps info's devices. */
void boot_early_table(void);
void boot_final_table(struct boot_info *info);

/* kernel/main.c */
void kernel_main(const struct boot_info *info) __noreturn;
void secondary_main(void) __noreturn;

#endif
