/* SPDX-License-Identifier: MIT */
/*
 * Random bytes for getrandom(2) and AT_RANDOM: a counter run through a mixing function
 * (splitmix64), seeded from the time of boot and stirred with the time of each call. Good enough
 * for hash seeds and stack canaries of lessons; no secret should rest on it.
 */
#ifndef KERNEL_POSIX_RANDOM_H
#define KERNEL_POSIX_RANDOM_H

#include "lib/types.h"

void get_random_bytes(void *buf, size_t n);

#endif
