/* gcc: -static -nostdlib -ffreestanding -fno-stack-protector -no-pie */
/* SPDX-License-Identifier: MIT */
/*
 * A program of another toolchain that makes raw Linux system calls: writes its arguments, one in a
 * line, allocates with brk and mmap, forks, and ends with the number of its arguments.
 */
static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long a0 asm("a0") = a;
	register long a1 asm("a1") = b;
	register long a2 asm("a2") = c;
	register long a3 asm("a3") = d;
	register long a4 asm("a4") = e;
	register long a5 asm("a5") = f;
	register long a7 asm("a7") = nr;

	asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
	return a0;
}

static void say(const char *s)
{
	long n = 0;

	while (s[n])
		n++;
	call(64, 1, (long)s, n, 0, 0, 0);
}

__attribute__((used)) void start(long *sp)
{
	long argc = sp[0], status = 0, old, p;
	char **argv = (char **)(sp + 1);

	for (long i = 0; i < argc; i++) {
		say("arg: ");
		say(argv[i]);
		say("\n");
	}
	old = call(214, 0, 0, 0, 0, 0, 0);
	if (call(214, old + 8192, 0, 0, 0, 0, 0) != old + 8192)
		call(94, 91, 0, 0, 0, 0, 0);
	*(char *)(old + 8000) = 1;
	p = call(222, 0, 8192, 3, 0x22, -1, 0);
	if (p < 0)
		call(94, 92, 0, 0, 0, 0, 0);
	*(char *)p = 5;
	if (call(220, 17, 0, 0, 0, 0, 0) == 0) {
		*(char *)p += 1;
		call(94, *(char *)p, 0, 0, 0, 0, 0);
	}
	call(260, -1, (long)&status, 0, 0, 0, 0);
	if (status != 6 << 8 || *(char *)p != 5)
		call(94, 93, 0, 0, 0, 0, 0);
	say("raw calls work\n");
	call(94, argc, 0, 0, 0, 0, 0);
}

asm(".globl _start\n_start: mv a0, sp\n\tandi sp, sp, -16\n\tcall start\n");
