# SPDX-License-Identifier: MIT
"""The worked examples of docs/: their steps, applied to a copy of the tree."""
import re
import subprocess

import pytest

import tour
from samara import make_cpio, ROOT
from tree import Tree


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "samara")


def test_the_tour_of_the_readme_prints_what_it_says(boot):
    machine = boot(tty=None)
    machine.wait_prompt()
    steps = tour.steps(tour.README.read_text())
    assert len(steps) >= 7
    for command, lines in steps:
        got = tour.shown(machine, command)
        assert tour.same(lines, got), "%s: renew it with tests/qemu/tour.py --update\n%s" % (command, "\n".join(got))


def shown(page):
    """What the page shows as typed at the prompt: [(command, output)]."""
    text = re.sub(r"^ {4}", "", (ROOT / "docs" / page).read_text(), flags=re.M)
    return re.findall(r"^samara\$ (.*)\n((?:(?!samara\$|\n).*\n)*)", text, re.M)


def test_add_a_system_call(tree):
    assert tree.follow("add-a-system-call.md") == 4
    tree.make("kernel")
    tree.make("-f", "user/Makefile", "build/user/bin/areas", "WERROR=-Werror")
    programs = {"bin/" + name: tree.top / "build/user/bin" / name for name in ("init", "sh", "areas")}
    machine = tree.boot(initrd=make_cpio(tree.top / "build/few.cpio", **programs))
    try:
        examples = shown("add-a-system-call.md")
        assert len(examples) == 2
        for command, output in examples:
            assert machine.run(command).output == output
        assert machine.run("areas 1").check().endswith(" areas\n")
        assert machine.run("areas x").status == 2
    finally:
        machine.close()


def run_cow_test(tree):
    name = "test_unmapping_in_the_parent_leaves_the_childs_page"
    tree.make("-j2", "-C", "tests/host/sim", str(tree.top / "build/host/sim/test_cow"))
    return subprocess.run(["build/host/sim/test_cow"], cwd=tree.top, env={"TEST": name}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def test_add_a_test(tree):
    """Both tests pass, and the first one fails without the function that the page names."""
    assert tree.follow("add-a-test.md") == 4
    done = run_cow_test(tree)
    assert done.returncode == 0 and "[       OK ] test_unmapping_in_the_parent" in done.stdout, done.stdout
    tree.replace("kernel/mm/zap.c", "		uncount_page(mm, vma, page, pte);\n", "		(void)uncount_page;\n")
    assert run_cow_test(tree).returncode != 0
    tree.make("-f", "user/Makefile", "initrd", "WERROR=-Werror")
    machine = tree.boot()
    try:
        result = machine.run("forktest", timeout=30)
        assert result.check_tap() > 10 and "ok 2 - it still has the page that its parent unmapped" in result.output
    finally:
        machine.close()
