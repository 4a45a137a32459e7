# SPDX-License-Identifier: MIT
"""The tools of the tree: test-all counts what each kind of suite prints, setup installs only what is missing."""
import json
import importlib.machinery
import json
import importlib.util
import os
import pathlib
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def test_all():
    loader = importlib.machinery.SourceFileLoader("test_all", str(TOP / "tools/test-all"))
    spec = importlib.util.spec_from_loader("test_all", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("output,counts", [
    ("[  PASSED  ] 7 test(s).\n", (7, 0)),
    ("[  PASSED  ] 5 test(s).\n[  FAILED  ] 2 test(s), listed below:\n[  FAILED  ] test_a\n", (5, 2)),
    ("....\n4 passed in 0.10s\n", (4, 0)),
    ("FAILED x.py::test_b\n1 failed, 3 passed, 2 errors in 1.20s\n", (3, 3)),
    ("checks\n12 passed, 1 failed\n", (12, 1)),
    ("Segmentation fault\n", (0, 0)),
])
def test_counts_each_kind_of_suite(test_all, output, counts):
    assert test_all.count(output) == counts


@pytest.mark.parametrize("command,failed", [
    (["sh", "-c", "echo '3 passed, 0 failed'"], 0),
    (["sh", "-c", "echo '3 passed, 0 failed'; exit 1"], 1),     # ends badly without saying why
    (["true"], 1),                                              # ran nothing
    (["sleep", "20"], 1),                                       # stopped by the limit
])
def test_a_suite_that_ends_badly_is_a_failure(test_all, capsys, command, failed):
    totals = test_all.Totals()
    test_all.suite(totals, "planted", command, 1)
    assert totals.failed == failed
    assert "planted" in capsys.readouterr().out


@pytest.mark.parametrize("output, told", [
    ("FAILED tests/a/test_b.py::test_c[x y] - Assert...\n1 failed", ["repeat: /usr/bin/python3 -m pytest tests/a/test_b.py::test_c[x y]"]),
    ("[  FAILED  ] test_c, with status 1; repeat: TEST=test_c build/x", []),
    ("Segmentation fault", ["repeat: build/x --seed 1"]),
])
def test_a_failure_ends_with_the_command_that_repeats_it(test_all, output, told):
    assert test_all.repeats(output, ["build/x", "--seed", "1"]) == told


@pytest.fixture
def bare_path(tmp_path):
    """A PATH on which setup itself can run, but none of what it looks for."""
    for tool in ("sh", "id", "env", "sed", "head"):
        os.symlink(shutil.which(tool), tmp_path / tool)
    return tmp_path


def setup(path, *words):
    return subprocess.run([str(TOP / "tools/setup"), *words], env={"PATH": str(path)}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, check=False)


def add_tool(path, name, script):
    (path / name).unlink(missing_ok=True)       # a link to the real one
    (path / name).write_text("#!/bin/sh\n" + script)
    (path / name).chmod(0o755)


def test_setup_runs_nothing_when_nothing_is_missing(tmp_path):
    add_tool(tmp_path, "apt-get", "touch %s/was-called\n" % tmp_path)
    done = setup("%s:%s" % (tmp_path, os.environ["PATH"]))
    assert (done.returncode, done.stdout) == (0, "")
    assert not (tmp_path / "was-called").exists()


def test_setup_names_the_packages_where_there_is_no_apt(bare_path):
    done = setup(bare_path)
    assert done.returncode == 1
    assert "qemu-system-misc" in done.stdout and "gcc-riscv64-unknown-elf" in done.stdout


def test_setup_installs_with_apt_and_says_when_that_did_not_help(bare_path):
    calls = bare_path / "calls"
    add_tool(bare_path, "apt-get", 'echo "$@" >> %s\n' % calls)
    add_tool(bare_path, "apt-cache", "echo '  Depends: clang-18'\n")
    add_tool(bare_path, "id", "echo 0\n")
    done = setup(bare_path)
    update, install = calls.read_text().splitlines()
    assert update.startswith("update") and install.startswith("install")
    assert "qemu-system-misc" in install
    assert done.returncode == 1 and "still missing" in done.stdout


def test_setup_without_root_asks_sudo(bare_path):
    add_tool(bare_path, "apt-get", "exit 0\n")
    add_tool(bare_path, "id", "echo 1000\n")
    assert "for the administrator: apt-get install" in setup(bare_path).stdout
    add_tool(bare_path, "sudo", 'echo "SUDO $@"\n')
    assert "SUDO env" in setup(bare_path).stdout


def test_setup_asks_only_for_what_is_needed(bare_path):
    """Failed once: valgrind and gcovr were needed to boot."""
    told = {level: setup(bare_path, level).stdout for level in ("run", "gdb", "test")}
    assert "qemu-system-misc" in told["run"] and "gdb-multiarch" not in told["run"] and "valgrind" not in told["run"]
    assert "gdb-multiarch" in told["gdb"] and "valgrind" not in told["gdb"]
    assert "valgrind" in told["test"]
    assert setup(bare_path, "all").returncode == 2


def test_setup_goes_on_without_what_is_no_must(bare_path):
    """sm draw needs Graphviz, the rest of make gdb does not. One line for the administrator, and status 0."""
    for tool in ("make", "riscv64-unknown-elf-gcc", "riscv64-unknown-elf-ld", "qemu-system-riscv64", "gdb-multiarch"):
        add_tool(bare_path, tool, "")
    add_tool(bare_path, "apt-get", "exit 0\n")
    add_tool(bare_path, "id", "echo 1000\n")
    done = setup(bare_path, "gdb")
    assert done.returncode == 0
    assert done.stdout == "setup: not root and no sudo; for the administrator: apt-get install graphviz librsvg2-bin\nsetup: going on without\n"
    assert setup(bare_path, "run").stdout == ""
    assert setup(bare_path, "test").returncode == 1


def test_run_refuses_a_kernel_that_is_not_there():
    done = subprocess.run([str(TOP / "tools/run"), "no/such/kernel"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, check=False)
    assert done.returncode == 2 and "no/such/kernel" in done.stdout


def test_compdb_is_what_the_compiler_is_told():
    """Every file of the kernel and of user space; and clang, as clangd would, reads some of them without an error."""
    done = subprocess.run([str(TOP / "tools/compdb")], stdout=subprocess.PIPE, check=True)
    entries = {entry["file"]: entry for entry in json.loads(done.stdout)}
    sources = {str(path.relative_to(TOP)) for folder in ("kernel", "user/libsys", "user/programs") for path in (TOP / folder).rglob("*.c")}
    assert sources - set(entries) == {"kernel/asm-offsets.c"}       # makes a header
    for name in ("kernel/mm/fault.c", "lib/maple/read.c", "user/programs/cowdemo.c", "user/libsys/signal.c"):
        words = entries[name]["arguments"][1:]
        at = words.index("-o")
        done = subprocess.run(["clang", "-fsyntax-only", *words[:at], *words[at + 2:]], cwd=TOP, stderr=subprocess.PIPE, text=True,
                              check=False)
        assert "error:" not in done.stderr, done.stderr
