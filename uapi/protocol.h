/* SPDX-License-Identifier: MIT */
/*
 * What servers can be asked for: the description from which both sides' code is made (user/libsys/serve.h).
 *
 * An interface is a list of calls, CALL(name, number, (request), (reply)), where request and reply are the fields of a C structure of
 * at most 56 bytes. In a message:
 *
 *	word		request			reply
 *	0		the number		the result: -errno, or 0 and more
 *	1 .. 7		the structure		the structure
 *
 * It makes struct NAME_request, struct NAME_reply and the number CALL_NAME. A new call is a new line, a new server a new list.
 */
#ifndef UAPI_PROTOCOL_H
#define UAPI_PROTOCOL_H

#include "uapi/ipc.h"
#include "uapi/termios.h"

#define MESSAGE_BYTES		((IPC_WORDS - 1) * sizeof(unsigned long))

#define PROTOCOL_FIELDS(...)	__VA_ARGS__
#define PROTOCOL_TYPES(name, number, request, reply)							\
	struct name##_request { PROTOCOL_FIELDS request };						\
	struct name##_reply { PROTOCOL_FIELDS reply };							\
	enum { CALL_##name = number };									\
	_Static_assert(sizeof(struct name##_request) <= MESSAGE_BYTES &&				\
		       sizeof(struct name##_reply) <= MESSAGE_BYTES, #name " fits into a message");

/*
 * A pager (docs/ipc.md) is asked by the kernel. pages at offset of the object that was made with cookie are to be there; write: they
 * will be written to. Result 0: they have been supplied.
 */
#define PAGER_PROTOCOL(CALL)										\
	CALL(page_in, PAGER_PAGE_IN, (unsigned long cookie, offset, pages, write;), ())

/*
 * The console, asked by the kernel when a program reads, writes and sets its settings.
 *
 *	console_write	the first length bytes are printed when the reply comes
 *	console_read	result: how many bytes, 0 at an end of file. wanted: how long the read is. follow: it has had a part of its line, and
 *			what is there is enough. more: the line, or what has been typed, has not ended
 *	console_set	result 0: input is edited and read as settings say from now on; discard: what was not read yet is dropped
 *
 * The server takes no input before it has been notified of CONSOLE_START.
 *
 * A piece is what fits into a message beside one byte: no memory has to be shared, kept and given back.
 */
#define CONSOLE_START		(1UL << 63)
#define CONSOLE_PIECE		55
#define CONSOLE_PROTOCOL(CALL)										\
	CALL(console_write, 1, (unsigned char length; char bytes[CONSOLE_PIECE];), ())			\
	CALL(console_read, 2, (unsigned long wanted; unsigned char follow;), (unsigned char more; char bytes[CONSOLE_PIECE];)) \
	CALL(console_set, 3, (unsigned char discard; struct termios settings;), ())

/*
 * A personality (docs/ipc.md), asked by the kernel in the name of a process: the badge is PERSONALITY_BADGE | pid.
 *
 *	personality_syscall	a call that the kernel does not have. Its result is the call's
 *	personality_map		mmap of a descriptor that the kernel does not have. Result 0: with a memory object that goes along (its first
 *				handle, with MAP), and where in it the mapping begins; or -errno
 *	personality_fork	parent has made child, and neither runs until there is a reply
 *	personality_exit	pid has ended, with a status as wait4() has it. Its parent learns of it after the reply, or after a second
 */
#define PERSONALITY_PROTOCOL(CALL)									\
	CALL(personality_syscall, 1, (unsigned long nr, args[6];), ())					\
	CALL(personality_map, 2, (long fd; unsigned long prot, flags, offset;), (unsigned long offset;))	\
	CALL(personality_fork, 3, (int parent, child;), ())						\
	CALL(personality_exit, 4, (int pid, status;), ())

PAGER_PROTOCOL(PROTOCOL_TYPES)
PERSONALITY_PROTOCOL(PROTOCOL_TYPES)
CONSOLE_PROTOCOL(PROTOCOL_TYPES)

#endif
