# SPDX-License-Identifier: MIT
"""Reclaim, swap, reverse mapping and the OOM killer, on the booted system."""
import re


def frames_free(machine):
    return int(re.search(r"^free +(\d+)", machine.run("free").check(), re.M)[1])


def test_rmapdemo_finds_every_mapping(samara):
    text = samara.run("rmapdemo").check()
    counts = [int(n) for n in re.findall(r"(\d+) mappings?$", text, re.M)]
    assert counts == [1, 3, 1, 2, 1, 1], text
    # Three generations share the first frame: each reaches its anon_vma by one chain more.
    shared = re.search(r"3 mappings\n((?: {4}.*\n){3})", text)[1]
    assert re.findall(r"by chain (\d)", shared) == ["0", "1", "2"], text


def test_demos_of_swap_and_oom(boot):
    machine = boot(mem="64M", smp=4, bootargs="swap=16M")
    machine.wait_prompt()
    text = machine.run("swapdemo").check()
    assert "0 pages present, 32 out" in text and "0 of 32 pages came back changed" in text, text
    before = frames_free(machine)
    for _ in range(2):
        text = machine.run("oomdemo", timeout=60).check()
        assert re.search(r"Out of memory: killed process \d+ \(oomdemo\)", text), text
    assert abs(frames_free(machine) - before) < 100
    machine.run("swapdemo").check()


def test_swapdemo_says_what_it_needs(samara):
    result = samara.run("swapdemo")
    assert result.status == 1 and "there is no swap area" in result.output
