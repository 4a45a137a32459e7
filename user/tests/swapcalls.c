/* SPDX-License-Identifier: MIT */
/*
 * swapcalls: what swapon() and swapoff() answer to names that are no swap area. With an argument, what swapon() answers to that
 * name: swapcalls /dev/vda
 */
#include <stdio.h>
#include "user/tests/tap.h"

static long swap_on(const char *name)
{
	return raw_syscall(SYS_swapon, name, 0L);
}

static void check_refusals(void)
{
	is(swap_on("a-word"), -EINVAL, "swapon of a word that is no size");
	is(swap_on("64Q"), -EINVAL, "swapon of a size with an unknown unit");
	is(swap_on(""), -EINVAL, "swapon of an empty name");
	is(swap_on("0"), -EINVAL, "swapon of no memory");
	is(swap_on("99999999999G"), -EINVAL, "swapon of a size beyond 64 bits");
	is(swap_on("5G"), -EFBIG, "swapon of more than the limit");
	is(swap_on("1G"), -ENOMEM, "swapon of more memory than there is");
	is(swap_on("/dev/no-such-disk"), -ENOENT, "swapon of a disk that is not there");
	is(swap_on("a-name-of-more-than-thirty-two-bytes"), -ENAMETOOLONG, "swapon of a long name");
	is(raw_syscall(SYS_swapon, NULL, 0L), -EFAULT, "swapon of a bad pointer");
	is(raw_syscall(SYS_swapoff, "x"), -EINVAL, "swapoff without an area");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		long ret = swap_on(argv[1]);

		printf("%s: %s\n", argv[1], ret ? errno_name((int)ret) : "on");
		return 0;
	}
	check_refusals();
	return tap_done();
}
