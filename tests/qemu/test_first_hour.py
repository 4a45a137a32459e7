# SPDX-License-Identifier: MIT
"""The first hour of a student, played in a copy of the tree: a program, its crash, a breakpoint, a fault followed, a picture; then
the kernel broken in two ways, and what the tests and the machine say of it.
"""
import os
import re
import subprocess
import sys

import pytest

from samara import ROOT
from tree import Tree

sys.path.insert(0, str(ROOT / "tests/gdb"))
from debugger import Debugger

MINE = """#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void fill(char *buffer, int n)
{
	for (int i = 0; i < n; i++)
		buffer[i] = 'a' + i % 26;
}

int main(int argc, char **argv)
{
	char *buffer = argc > 1 ? malloc(1 << 20) : NULL;
	int status;

	fill(buffer, 1 << 20);
	if (fork() == 0) {
		fill(buffer, 5000);
		return buffer[4999];
	}
	wait(&status);
	printf("%s: child %d\\n", argv[1], WEXITSTATUS(status));
	return 0;
}
"""

@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    tree = Tree(tmp_path_factory.mktemp("hour") / "samara")
    (tree.top / "user/programs/mine.c").write_text(MINE)
    return tree


@pytest.fixture
def edited(tree):
    """edited("kernel/mm/fault.c", old, new): a change that is taken back after the test."""
    changed = {}

    def edit(path, old, new):
        changed[path] = tree.replace(path, old, new)
    yield edit
    for path, text in changed.items():
        (tree.top / path).write_text(text)


def run_test_cow(tree, **env):
    return subprocess.run(["build/host/sim/test_cow"], cwd=tree.top, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, env=dict(os.environ, **env))


def test_the_program_runs_and_its_crash_has_a_line(tree):
    tree.make("-f", "user/Makefile", "initrd")
    started = tree.boot()
    try:
        assert "full: child " in started.run("mine full").check()
        output = started.run("mine").output
        assert "mine: SIGSEGV: store to 0x0 in fill() at mine.c:9 (make gdb PROG=mine, then sm catch-fault)" in output
    finally:
        started.close()


def test_the_program_in_the_debugger(tree, tmp_path):
    tree.make("-f", "user/Makefile", "initrd")
    files = ("tools/gdb/start", "build/debug/samara.elf", "build/initrd.cpio")
    command = ["/usr/bin/python3", *(str(tree.top / name) for name in files)]
    debugger = Debugger("mine full", command=command)
    try:
        assert "main (argc=2" in debugger.greeting and "mine.c" in debugger.greeting
        debugger.run("break mine.c:19")
        assert "mine.c:19" in debugger.run("continue")
        assert "main ()" not in debugger.run("bt")
        caught = debugger.run("sm catch-fault buffer write")
        assert "in fill () at user/programs/mine.c:9" in caught
        assert "do_wp_page(): copy on write" in debugger.run("sm fault")
        debugger.run("sm step-fault")
        picture = tmp_path / "mine.svg"
        said = debugger.run("sm draw rmap $stval %s" % picture)
        assert picture.exists() and "<svg" in picture.read_text(), said
        debugger.run("delete")
        assert "the machine powered off, init exited with status 0" in debugger.run("continue")
    finally:
        debugger.close()


def test_a_reference_that_is_not_dropped(tree, edited):
    """The machine names the frame, and who had it, when it powers off."""
    tree.make("-f", "user/Makefile", "initrd")
    edited("kernel/mm/fault.c", "	put_page(old);				/* the entry's, only after the flush */\n", "")
    tree.make("DEBUG_VM=1", "kernel")
    started = tree.boot("debugvm")
    started.run("mine full").check()
    log, _ = started.exit()
    told = re.search(r"frame 0x\w+ leaked: 1 references, 0 mappings; allocated at (kernel/mm/\S+) by pid \d+, "
                     r"last reference taken at (kernel/mm/fault\.c:\d+)", log)
    assert told, log
    path, line = told[2].split(":")
    assert "get_page(page)" in (tree.top / path).read_text().splitlines()[int(line) - 1]
    assert re.search(r"^leaked: \d+ frames, 0 objects", log, re.M)


def test_a_flush_that_is_left_out(tree, edited):
    """The fast tests see it, say where the entry was changed, and how to repeat that."""
    rest = "	trace_mm(MM_TRACE_FLUSH, vf->addr, 1);\n"
    edited("kernel/mm/fault.c", "	if (flush_site_active(FLUSH_COW))\n		flush_tlb_page(vf->mm, vf->addr);\n" + rest, rest)
    tree.make("-j2", "-C", "tests/host/sim", str(tree.top / "build/host/sim/test_cow"))
    done = run_test_cow(tree)
    assert done.returncode != 0
    told = re.search(r"stale TLB entry: hart \d still maps 0x\w+ to frame 0x\w+ .*"
                     r"was changed at (kernel/mm/fault\.c):(\d+) without a flush", done.stdout)
    assert told, done.stdout
    assert "pte_write(" in (tree.top / told[1]).read_text().splitlines()[int(told[2]) - 1]
    repeat = re.search(r"repeat: TEST=(\w+) build/host/sim/test_cow", done.stdout)
    alone = run_test_cow(tree, TEST=repeat[1])
    assert alone.returncode != 0 and "stale TLB entry" in alone.stdout
