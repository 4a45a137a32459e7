/* SPDX-License-Identifier: MIT */
/*
 * The maple tree's port for stress_wide.c: as port_stress.h, with readers delayed more often, and with a trap in
 * the 16 bytes of a dead node that are the port's (trap_free_rcu()).
 */
#ifndef TESTS_HOST_MAPLE_PORT_TRAP_H
#define TESTS_HOST_MAPLE_PORT_TRAP_H

#define STRESS_LOADS	16
#include "tests/host/maple/port_stress.h"

void trap_free_rcu(void *node);
#define maple_node_free_rcu(node)	trap_free_rcu(node)

#endif /* TESTS_HOST_MAPLE_PORT_TRAP_H */
