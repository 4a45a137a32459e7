/* gcc: -static-pie -Wl,--no-dynamic-linker -nostdlib -fPIE -ffreestanding -fno-stack-protector */
/* SPDX-License-Identifier: MIT */
/*
 * A static PIE: loaded where the kernel likes, it relocates itself from its dynamic section, as the start-up code of a
 * C library would, and writes its last argument through a relocated pointer. Exit status: 0 when all is well.
 */
#include <elf.h>

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

static char greeting[] = "pie: hello ";
static char *volatile pointer = greeting;		/* needs a relocation */

static long call(long nr, long a, long b, long c)
{
	register long a0 asm("a0") = a;
	register long a1 asm("a1") = b;
	register long a2 asm("a2") = c;
	register long a7 asm("a7") = nr;

	asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
	return a0;
}

static void say(const char *s)
{
	long n = 0;

	while (s[n])
		n++;
	call(64, 1, (long)s, n);
}

static int relocate(unsigned long base)
{
	Elf64_Rela *rela = 0;
	unsigned long size = 0;

	for (Elf64_Dyn *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_RELA)
			rela = (Elf64_Rela *)(base + d->d_un.d_ptr);
		if (d->d_tag == DT_RELASZ)
			size = d->d_un.d_val;
	}
	for (unsigned long i = 0; i < size / sizeof(*rela); i++)
		*(unsigned long *)(base + rela[i].r_offset) = base + rela[i].r_addend;
	return size > 0;
}

__attribute__((used)) void start(long *sp)
{
	unsigned long base = (unsigned long)__ehdr_start;
	int relocated = relocate(base);

	say(pointer);
	say((char *)sp[sp[0]]);
	say("\n");
	call(94, relocated && base >= 0x100000 && pointer == greeting ? 0 : 1, 0, 0);
}

asm(".globl _start\n_start: mv a0, sp\n\tandi sp, sp, -16\n\tcall start\n");
