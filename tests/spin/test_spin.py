#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Spin looks at every interleaving of the models beside this file: it finds nothing, and each planted mistake.

    tests/spin/test_spin.py vma_lock NO_WAIT    prints how the planted mistake comes about, step by step
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent

# What no run reaches, as the number of states of a process: the end of one that goes on for ever; in a fault, to wake somebody
# who waits for a VMA that is empty (nobody changes it any more); what a second reply by the same handle would do, a CANCEL in the
# third place, and one when the server ends (a signal comes, or the server is killed, not both).
UNREACHED = {
    "vma_lock": {"callback": 1, "fault": 1},
    "maple_replace": {"callback": 1},
    "pgtable": {"hardware": 1},
    "ipc": {"server": 8},
}
SLEEPS_FOR_EVER = ("LOST_WAKE", "TEST_APART")       # all other plants break an assertion


def plants(model):
    """The mistakes that the head of @model lists."""
    return re.search(r"Planted mistakes, by -D: ([A-Z_ ]+)", (HERE / (model + ".pml")).read_text())[1].split()


def verify(model, plant, folder):
    """Build the verifier of @model in @folder and run it; what it says."""
    define = ["-D" + plant] if plant else []
    subprocess.run(["spin", *define, "-a", str(HERE / (model + ".pml"))], cwd=folder, check=True, stdout=subprocess.PIPE)
    # SAFETY: assertions and end states, no cycles. NOCLAIM: there is no formula. clang, since most of the time is compiling.
    subprocess.run(["clang", "-w", "-DSAFETY", "-DNOCLAIM", "-DMEMLIM=1000", "-o", "pan", "pan.c"], cwd=folder, check=True)
    return subprocess.run(["./pan", "-w20"], cwd=folder, check=True, stdout=subprocess.PIPE, text=True, timeout=30).stdout


@pytest.mark.parametrize("model", UNREACHED)
def test_no_interleaving_breaks_it(model, tmp_path):
    said = verify(model, None, tmp_path)
    assert "errors: 0" in said and "max search depth too small" not in said and "Search not completed" not in said, said
    left = {name: int(number) for name, number in re.findall(r"unreached in proctype (\w+)\n(?:\t[^(].*\n)*\t\((\d+) of", said)}
    assert left, said
    assert {name: number for name, number in left.items() if number} == UNREACHED[model], said


@pytest.mark.parametrize("model,plant", [(model, plant) for model in UNREACHED for plant in plants(model)])
def test_a_planted_mistake_is_found(model, plant, tmp_path):
    said = verify(model, plant, tmp_path)
    assert "errors: 1" in said, said
    assert ("invalid end state (at" if plant in SLEEPS_FOR_EVER else "assertion violated") in said, said
    assert list(tmp_path.glob("*.trail"))


@pytest.mark.parametrize("model", UNREACHED)
def test_each_plant_in_the_text_is_listed(model):
    text = (HERE / (model + ".pml")).read_text()
    if '#include "rcu.pml"' in text:
        text += (HERE / "rcu.pml").read_text()
    asked = set(re.findall(r"^#ifn?def (\w+)$", text, re.M)) | set(re.findall(r"defined\((\w+)\)", text))
    assert asked == set(plants(model))


def main():
    """Print what the verifier says and, step by step, the run that breaks the model."""
    model, plant = (sys.argv[1:] + [None])[:2]
    with tempfile.TemporaryDirectory() as folder:
        print(verify(model, plant, folder))
        for trail in pathlib.Path(folder).glob("*.trail"):
            words = ["-D" + plant] if plant else []
            subprocess.run(["spin", *words, "-p", "-g", "-l", "-k", str(trail), str(HERE / (model + ".pml"))], check=True)


if __name__ == "__main__":
    main()
