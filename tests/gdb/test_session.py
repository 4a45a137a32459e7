# SPDX-License-Identifier: MIT
"""The README's typed session, keystroke by keystroke."""

import os
import re

import figure
import session


def read_steps():
    with open(session.README, encoding="utf-8") as f:
        return session.steps(f.read())


def test_readme_session_prints_what_the_readme_says():
    debugger = session.start()
    try:
        for command, expected in read_steps():
            got = debugger.run(command).splitlines()
            assert session.same(expected, got), "\n".join(
                [f"(gdb) {command}", "--- README:", *expected, "--- now:", *got,
                 "(if the change is meant: tests/gdb/session.py --update)"])
    finally:
        debugger.close()


def test_readme_session_has_the_whole_story():
    """The chapter must not shrink to something that passes without showing a fault."""
    commands = [command for command, _ in read_steps()]
    printed = "\n".join(line for _, lines in read_steps() for line in lines)
    assert commands.count("sm step-fault") >= 12
    for word in ("trap entry:", "VMA lookup:", "VMA lock:", "anon_vma prepare:", "allocation:", "copy:", "PTE install:", "flush:",
                 "return:", "resume:"):
        assert word in printed, word


def test_readme_names_only_commands_that_exist(at_main):
    with open(session.README, encoding="utf-8") as f:
        text = f.read()
    begin, end = session.chapter(text)
    known = set(re.findall(r"^  sm ([\w-]+)", at_main.run("sm help"), re.M))
    named = set(re.findall(r"\bsm ([a-z][a-z-]+)", text[begin:end])) - {"commands"}
    assert named <= known, named - known
    assert os.path.exists(os.path.join(session.TOP, "docs", "cow.svg"))


def test_the_pictures_of_the_docs_are_sound_and_explained():
    with open(os.path.join(session.DOCS, "gdb.md"), encoding="utf-8") as f:
        text = f.read()
    names = {"cow.svg", *(name for name, _, _, _ in session.PICTURES)}
    assert names == {name for name in os.listdir(session.DOCS) if name.endswith(".svg")}
    for name in names:
        with open(os.path.join(session.DOCS, name), encoding="utf-8") as f:
            figure.check(f.read())
        assert re.search(rf"\({name}\) \| .*sm draw \w+ {name}", text), name


def test_the_readmes_picture_marks_what_the_readmes_diff_prints():
    """Until both are renewed by session.py --update."""
    said = [lines for command, lines in read_steps() if command == "sm diff"][-1]
    pid = re.search(r"of pid (\d+):", said[0]).group(1)
    with open(os.path.join(session.DOCS, "cow.svg"), encoding="utf-8") as f:
        assert figure.Figure(f.read()).marked == figure.named("\n".join(said), pid)


def test_comparison_sees_differences():
    assert session.same(["a 0x10", "...", "z"], ["a 0xffff", "b", "z"])
    assert not session.same(["refcount 1"], ["refcount 2"])
    assert not session.same(["a", "b"], ["a"])
    assert session.same(["#0  f () at kernel/mm/fault.c:10", "10\tx;"], ["#0  f () at kernel/mm/fault.c:99", "99\tx;"])
