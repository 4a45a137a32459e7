/* SPDX-License-Identifier: MIT */
/* Kernel bugs on demand (boot argument panic=KIND), so that tests see what a real one looks like. */
#ifndef KERNEL_CORE_PLANT_H
#define KERNEL_CORE_PLANT_H

/* plant_bug() - do the wrong thing called @kind; does not return unless there is no such kind. */
void plant_bug(const char *kind);

#endif
