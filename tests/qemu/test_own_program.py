# SPDX-License-Identifier: MIT
"""A program of one's own: a file, or a folder of files, in user/programs. In a copy of the tree."""
import os
import re
import shutil
import subprocess

import pytest

from samara import ROOT

MINE = """#include <stdio.h>
int main(int argc, char **argv)
{
	printf("%s ran\\n", argv[0]);
	return 3;
}
"""
LONG_AGO = 1e9


@pytest.fixture
def tree(tmp_path):
    """What an initrd is made of, with all programs built."""
    for folder in ("user", "tools", "uapi", "lib", "tests/bench", "build/user"):
        shutil.copytree(ROOT / folder, tmp_path / folder)      # with the times of the files
    shutil.copy2(ROOT / "build/initrd.cpio", tmp_path / "build/initrd.cpio")
    return tmp_path


def write(path, text):
    """As if it had been written before anything was built: a copy, an archive that was unpacked."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, (LONG_AGO, LONG_AGO))


def program_of_the_readme():
    text = re.search(r"^## Your own program in five minutes\n.*?\n\n((?: {4}[^\n]*\n|\n)+)", (ROOT / "README.md").read_text(), re.M | re.S)[1]
    return re.sub(r"^ {4}", "", text, flags=re.M)


def make_initrd(tree):
    done = subprocess.run(["make", "-f", "user/Makefile", "initrd"], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return done.returncode, done.stdout


def test_a_file_is_a_program(boot, tree):
    """Failed once: its name had to be put into the Makefile, an unused argc was an error, and an old file was never built."""
    write(tree / "user/programs/mine.c", program_of_the_readme())
    write(tree / "user/programs/other.c", MINE)
    write(tree / "user/programs/pair/main.c", "int answer(void);\nint main(void) { return answer(); }\n")
    write(tree / "user/programs/pair/answer.c", "int answer(void);\nint answer(void) { return 42; }\n")
    status, output = make_initrd(tree)
    assert status == 0 and "warning: unused parameter 'argc'" in output, output
    machine = boot(initrd=tree / "build/initrd.cpio")
    machine.wait_prompt()
    result = machine.run("mine one two")
    assert result.status == 3 and "one\ntwo\n" in result.output.replace("\r", "")
    assert "mine: SIGSEGV: store to 0x0 in set() at mine.c:5 (make gdb PROG=mine, then sm catch-fault)\n" in machine.run("mine").output
    assert machine.run("other").status == 3
    assert machine.run("pair").status == 42


CRASH = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int sum(const int *numbers, int n, int *result)
{
	for (int i = 0; i < n; i++)
		*result += numbers[i];		/* line 8 */
	return *result;
}

int main(int argc, char **argv)
{
	int numbers[] = { 1, 2, 3 };
	volatile int (*nowhere)(void) = (void *)0x123000;
	char *text = malloc(10);

	switch (argc > 1 ? argv[1][0] : 0) {
	case 's': return sum(numbers, 3, NULL);
	case 'l': return strlen((char *)8);
	case 'j': return nowhere();
	case 'r': strcpy((char *)main, "x");
	case 'i': asm volatile("unimp");
	case 'a': abort();
	}
	free(text);
	return 0;
}
"""


def test_a_crash_is_told_with_function_and_line(boot, tree):
    write(tree / "user/programs/mine.c", CRASH)
    status, output = make_initrd(tree)
    assert status == 0, output
    machine = boot(initrd=tree / "build/initrd.cpio")
    machine.wait_prompt()

    def told(command):
        result = machine.run(command)
        return [line for line in result.output.splitlines() if line.startswith("mine: ")][-1], result.signal
    assert told("mine s") == ('mine: SIGSEGV: load from 0x0 in sum() at mine.c:8 (make gdb PROG="mine s", then sm catch-fault)',
                              "SIGSEGV")
    assert told("mine l")[0].startswith("mine: SIGSEGV: load from 0x8 in strlen() (make gdb PROG=")
    assert told("mine j")[0].startswith("mine: SIGSEGV: jump to 0x123000 (make gdb ")
    assert re.match(r"mine: SIGSEGV: store to 0x\w+ in \w+\(\) ", told("mine r")[0])
    assert re.match(r"mine: SIGILL: illegal instruction at 0x\w+ in main\(\) at mine.c:2\d \(", told("mine i")[0])
    assert told("mine a") == ("mine: killed by SIGABRT", "SIGABRT")
    assert machine.run("mine").status == 0


def test_the_lines_are_read_without_warnings():
    """Failed once: each build said "objdump: Warning: Corrupt file name list", of a file of libgcc that sh is linked with."""
    done = subprocess.run([ROOT / "tools/mklines", ROOT / "build/user/bin/sh", *(ROOT / "user/programs/sh").glob("*.c")],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0 and done.stderr == "" and "run_line run.c:" in done.stdout
    done = subprocess.run([ROOT / "tools/mklines", "/dev/null", "x.c"], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode != 0 and "/dev/null" in done.stderr


def test_a_program_that_is_gone_leaves_the_archive(tree):
    write(tree / "user/programs/mine.c", MINE)
    make_initrd(tree)
    assert b"bin/mine" in (tree / "build/initrd.cpio").read_bytes()
    (tree / "user/programs/mine.c").unlink()
    assert make_initrd(tree)[0] == 0
    assert b"bin/mine" not in (tree / "build/initrd.cpio").read_bytes()


def test_two_programs_of_one_name(tree):
    write(tree / "user/programs/cowtest.c", MINE)
    status, output = make_initrd(tree)
    assert status != 0 and "user/programs and user/tests have two programs called cowtest" in output
