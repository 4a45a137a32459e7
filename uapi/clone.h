/* SPDX-License-Identifier: MIT */
/* What clone(2) and clone3(2) are told, as Linux numbers it. The lowest byte of clone's flags is the exit signal. */
#ifndef UAPI_CLONE_H
#define UAPI_CLONE_H

#define CSIGNAL			0x000000ffUL
#define CLONE_VM		0x00000100UL
#define CLONE_FS		0x00000200UL
#define CLONE_FILES		0x00000400UL
#define CLONE_SIGHAND		0x00000800UL
#define CLONE_VFORK		0x00004000UL
#define CLONE_THREAD		0x00010000UL
#define CLONE_SYSVSEM		0x00040000UL
#define CLONE_SETTLS		0x00080000UL
#define CLONE_PARENT_SETTID	0x00100000UL
#define CLONE_CHILD_CLEARTID	0x00200000UL
#define CLONE_DETACHED		0x00400000UL	/* no meaning since Linux 2.6; clone3() refuses it */
#define CLONE_CHILD_SETTID	0x01000000UL
#define CLONE_CLEAR_SIGHAND	0x100000000UL	/* clone3() only */

#endif
