/* SPDX-License-Identifier: MIT */
/*
 * Trying something in a copy of this process: the machine, kernel/mm and the model are copied with it, so
 * that the parent can try the next thing from the same state.
 */
#ifndef TESTS_HOST_SIM_CHILD_H
#define TESTS_HOST_SIM_CHILD_H

#include <stddef.h>

/*
 * in_child() - run @fn(@arg) in a copy of this process. Returns its result (0..99), or 255 when it panicked;
 * what it printed, as far as it fits, is in @text.
 */
int in_child(int (*fn)(void *arg), void *arg, char *text, size_t size);

#endif
