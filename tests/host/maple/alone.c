/* SPDX-License-Identifier: MIT */
/* The nodes of port_alone.h that are free, and those that were freed under RCU. One thread: no lock. */
#include "lib/maple/maple_tree.h"

void *alone_free, *alone_waiting;
