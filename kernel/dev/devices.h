/* SPDX-License-Identifier: MIT */
/* Devices of the device tree that a server may drive: what the root task can have handles of (devices.c). */
#ifndef KERNEL_DEV_DEVICES_H
#define KERNEL_DEV_DEVICES_H

#include "lib/types.h"

#define DEVICE_UART	"ns16550a"
#define DEVICE_RTC	"google,goldfish-rtc"

struct device {
	char name[32];			/* its "compatible" */
	unsigned long pa, size;		/* of its registers, in whole pages that are no RAM and no other device's */
	u32 irq;			/* source at the PLIC; 0: none */
	bool offered;			/* the kernel does not drive it */
};

#define DEVICES_MAX	4

/* devices_init() - the @nr devices @found are all that there are. At boot. */
void devices_init(const struct device *found, int nr);
/* device_offer() - at boot: from now on the kernel leaves the one called @name alone. */
void device_offer(const char *name);

/* device_get() - the @n-th one, offered or not; NULL: there are fewer. */
const struct device *device_get(unsigned long n);
/* device_at() - the one whose registers hold all of [@pa, @pa + @size); device_of_irq() - the one of source @irq. NULL: none is. */
const struct device *device_at(unsigned long pa, unsigned long size);
const struct device *device_of_irq(unsigned long irq);

#endif
