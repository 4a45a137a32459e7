# SPDX-License-Identifier: MIT
"""What a hostile or broken program may try: the kernel refuses and lives on, and nothing leaks."""
import re

import pytest

from samara import ROOT


@pytest.mark.parametrize("program", ["badptr", "badrange", "nosys", "jumptest"])
def test_tap(samara, program):
    samara.run(program, timeout=60).check_tap()
    samara.run("hello").check()


def broken_files():
    return sorted(path.name for path in (ROOT / "build/user/broken").iterdir())


@pytest.mark.parametrize("kind", ["refuse", "run-[a-e]", "run-[f]", "run-[g-z]"])
def test_damaged_elf_files(samara, kind):
    names = [name for name in broken_files() if re.match(kind, name)]
    assert len(names) >= 2
    for start in range(0, len(names), 5):      # a console line holds 255 bytes
        line = " ".join("/broken/" + name for name in names[start:start + 5])
        samara.run("broken " + line, timeout=60).check_tap()


def used_frames(machine):
    text = machine.run("free").check()
    all_frames, free, files, slabs = (int(re.search(r"^%s +(\d+)" % word, text, re.M)[1])
                                      for word in ("all", "free", "files", "slab caches"))
    return all_frames - free - files - slabs


def test_bad_input_leaks_no_frame(boot):
    """Every hostile program twice; after the second time as many frames are in use as after the first."""
    machine = boot(smp=2)
    machine.wait_prompt()
    used_frames(machine)        # the program that asks is loaded
    counts = []
    for _ in range(2):
        for program in ("jumptest", "badrange", "memtest", "broken /broken/refuse-memsz-negative"):
            machine.run(program, timeout=60)
        counts.append(used_frames(machine))
    assert counts[0] == counts[1]
