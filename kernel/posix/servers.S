/* SPDX-License-Identifier: MIT */
/* The archive of init and the servers, as user/Makefile packs it, in the image's read-only part. */
	.section .servers, "a"
	.balign	8
	.globl	servers_start, servers_end
servers_start:
	.incbin	"build/servers.cpio"
servers_end:
