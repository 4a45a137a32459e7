#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The hosted build, as a stranger would do it: copies lib/maple out of the tree, builds compat.c with the
# command that the header gives, with gcc and with clang, optimised and sanitized, and runs it.
# Called by the test runner from the top of the tree.

set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cp -r lib/maple "$dir/maple" && cp tests/host/maple/compat.c "$dir" && cd "$dir" || exit 1

# The documented line, e.g.: cc -std=gnu11 -O2 -I lib/maple prog.c SOURCES -lurcu-memb -lpthread, and
# the names of the sources, in the header's first comment.
documented=$(sed -n 's/^ \*[ \t]*cc \(-std=gnu11.*\)$/\1/p' maple/maple_tree.h | head -1)
libs=$(echo "$documented" | grep -o -- '-l[a-z-]*' | tr '\n' ' ')
listed=$(sed '/^ \*\//q' maple/maple_tree.h | grep -o '[a-z_][a-z_]*\.c\b' | grep -v '^prog.c$' | sort -u)
passed=0 failed=0
if [ -z "$libs" ] || [ "$listed" != "$(cd maple && ls ./*.c | sed 's|^./||' | sort -u)" ]; then
	echo "compat.sh: maple_tree.h does not tell how to build (libraries, all sources)"
	failed=1
fi
sources=$(echo "$listed" | sed 's|^|maple/|')

for build in "gcc -O2" "clang -O2" "gcc -O1 -fsanitize=address,undefined -fno-sanitize-recover=all"; do
	if $build -std=gnu11 -Wall -Wextra -Werror -I maple compat.c $sources $libs -o prog &&
	   ./prog >out; then
		passed=$((passed + 1))
		echo "$build: $(tail -1 out)"
	else
		failed=$((failed + 1))
		echo "$build: FAILED"
		cat out
	fi
done
echo "maple tree hosted build"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
