# SPDX-License-Identifier: MIT
#
# nm -n output of a kernel image -> assembly of its symbol table (kernel/core/ksyms.c). Without
# input: an empty table, for the first link. Addresses go through as text.
#
#	ffffffff80200000 T _start   ->   .long 0xffffffff80200000 - __text_start

BEGIN { n = 0; position = 0 }

$2 ~ /^[Tt]$/ && $3 !~ /^(\.|\$|__.*_(start|end)$)/ && $1 != last {
	address[n] = $1
	name[n++] = $3
	last = $1
}

END {
	print "\t.section .ksyms, \"a\""
	print "\t.globl ksyms_count, ksyms_offset, ksyms_name, ksyms_strings"
	print "\t.balign 4"
	print "ksyms_count:\t.long " n
	print "ksyms_offset:"
	for (i = 0; i < n; i++)
		print "\t.long 0x" address[i] " - 0x" base(address[0])
	print "ksyms_name:"
	for (i = 0; i < n; i++) {
		print "\t.long " position
		position += length(name[i]) + 1
	}
	print "ksyms_strings:"
	for (i = 0; i < n; i++)
		print "\t.asciz \"" name[i] "\""
	print "\t.byte 0"
}

# The text section starts on a page.
function base(first)
{
	return substr(first, 1, length(first) - 3) "000"
}
