/* SPDX-License-Identifier: MIT */
/*
 * Which devices a server may drive. boot/ finds them in the device tree; RAM, the interrupt controllers, the device that turns the
 * machine off and the disks are never among them.
 */
#include "kernel/dev/devices.h"
#include "lib/string.h"

static struct device devices[DEVICES_MAX];	/* written at boot only */
static unsigned long nr_devices;

void devices_init(const struct device *found, int nr)
{
	nr_devices = min((unsigned long)nr, (unsigned long)DEVICES_MAX);
	for (unsigned long i = 0; i < nr_devices; i++)
		devices[i] = found[i];
}

void device_offer(const char *name)
{
	for (unsigned long i = 0; i < nr_devices; i++)
		if (strcmp(devices[i].name, name) == 0)
			devices[i].offered = true;
}

const struct device *device_get(unsigned long n)
{
	return n < nr_devices ? &devices[n] : NULL;
}

const struct device *device_at(unsigned long pa, unsigned long size)
{
	for (unsigned long i = 0; i < nr_devices; i++) {
		const struct device *d = &devices[i];

		if (pa >= d->pa && pa - d->pa < d->size && size <= d->size - (pa - d->pa))
			return d;
	}
	return NULL;
}

const struct device *device_of_irq(unsigned long irq)
{
	for (unsigned long i = 0; i < nr_devices; i++)
		if (irq && devices[i].irq == irq)
			return &devices[i];
	return NULL;
}
