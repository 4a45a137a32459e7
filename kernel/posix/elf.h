/* SPDX-License-Identifier: MIT */
/*
 * Loading a static ELF program into an address space, for exec.c.
 *
 *	file	| ehdr phdrs text | data |
 *	memory	[ text R-X ] [ data RW- | bss ]	heap ->		... <- stack
 *					     ^ brk
 */
#ifndef KERNEL_POSIX_ELF_H
#define KERNEL_POSIX_ELF_H

#include "lib/types.h"

struct memobj;
struct mm_struct;

#define ELF_PHDR_SIZE	56	/* Elf64_Phdr: AT_PHENT */

/* What exec needs to know about a loaded program. Addresses are where it really lies. */
struct elf_image {
	unsigned long entry;
	unsigned long phdr;		/* of the program headers, 0 when no segment covers them */
	unsigned int phnum;
	unsigned long end;		/* of the last segment, page aligned: the heap begins here */
};

/*
 * elf_load() - map the segments of @file into @mm, which is new and not shared.
 * ET_EXEC at its addresses, static PIE (ET_DYN) at ELF_DYN_BASE.
 * Returns: 0; -ENOEXEC when the file is no program for this machine or lies about itself; -ENOMEM.
 */
int elf_load(struct mm_struct *mm, struct memobj *file, struct elf_image *image);

#endif
