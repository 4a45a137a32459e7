/* SPDX-License-Identifier: MIT */
/*
 * What boot/ learned from the device tree, handed over once to kernel_main().
 * Addresses are physical.
 */
#ifndef BOOT_BOOT_INFO_H
#define BOOT_BOOT_INFO_H

#include "kernel/core/config.h"
#include "kernel/dev/devices.h"
#include "kernel/mm/frame/gfp.h"
#include "lib/types.h"

#define BOOT_MAX_RESERVED	16
#define BOOT_MAX_VIRTIO		8
#define BOOTARGS_LEN		512

struct boot_info {
	struct mem_region ram;
	struct mem_region reserved[BOOT_MAX_RESERVED];	/* firmware, image, initrd, device tree */
	int nr_reserved;
	struct mem_region initrd;			/* start == end: none */
	struct mem_region fdt;

	unsigned long boot_hartid;
	unsigned long hartids[NR_CPUS];			/* the boot hart first */
	int nr_harts;
	int nr_harts_ignored;				/* in the tree beyond NR_CPUS */
	bool has_fp;					/* every hart has F and D */

	u64 timebase_hz;
	unsigned long uart_pa, finisher_pa, rtc_pa;	/* 0: none */
	void *uart, *finisher, *rtc;			/* the same, mapped; NULL: none */
	unsigned long virtio_pa[BOOT_MAX_VIRTIO];	/* virtio-mmio devices, empty slots too */
	void *virtio[BOOT_MAX_VIRTIO];
	u32 virtio_irq[BOOT_MAX_VIRTIO];		/* their interrupt sources at the PLIC; 0: none */
	int nr_virtio;
	unsigned long plic_pa;				/* 0: none */
	void *plic;					/* the same, mapped; NULL: none */
	int plic_contexts[NR_CPUS];			/* of each of hartids, or PLIC_NO_CONTEXT */
	struct device devices[DEVICES_MAX];	/* that a server may drive */
	int nr_devices;
	char bootargs[BOOTARGS_LEN];
};

#endif
