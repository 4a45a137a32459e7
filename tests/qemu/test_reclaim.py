# SPDX-License-Identifier: MIT
"""Reclaim, swap, reverse mapping and the OOM killer, on the booted system."""
import re

import pytest


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


def slab_objects(machine):
    """Objects in use by kind of cache, as `free` prints them."""
    text = machine.run("free").check()
    rows = re.findall(r"^(\w[\w-]*) +(\d+) +(\d+) +(\d+) +(\d+)$", text, re.M)
    return {name: int(in_use) for name, _, in_use, _, _ in rows}


def counts_of_swaptest(text):
    return [int(n) for n in re.search(r"(\d+) pages written to swap, (\d+) read", text).groups()]


@pytest.mark.parametrize("how", [{"bootargs": "swap=16M"}, {"bootargs": "swap=/dev/vda", "swapdisk": "16M"}],
                         ids=["ram", "disk"])
def test_what_madvise_promises(boot, how):
    """The disk failed once by a minute and more: without the FLUSH feature each write went to the host's disk."""
    machine = boot(mem="64M", smp=4, **how)
    machine.wait_prompt()
    assert machine.run("reclaimtest", timeout=60).check_tap() > 40


def test_working_set_of_three_times_memory(boot):
    """11 MiB are left beside the swap area; 8 processes share 32 MiB copy on write and write to half of it."""
    machine = boot(mem="54M", smp=4, bootargs="swap=44M")
    machine.wait_prompt()
    assert "going on without" not in machine.log
    before, objects = frames_free(machine), slab_objects(machine)
    text = machine.run("swaptest -m 32 -n 8 -t 15", timeout=135).check()
    assert text.count("all right") == 8 and "swaptest: ok" in text, text
    written, read = counts_of_swaptest(text)
    assert written > 32 * 256 - before and read > 32 * 256, text
    assert "killed" not in text
    # What stays: slab pages kept for the next object, text of programs.
    assert frames_free(machine) > before - 100
    after = slab_objects(machine)
    for name in ("anon_vma", "anon_vma_chain", "vm_area_struct", "mm_struct", "task", "process"):
        assert after[name] == objects[name], name


def test_swapoff_under_load(boot):
    """Failed once by faults that were on their way to a swap area as it went away."""
    machine = boot(mem="64M", smp=4, bootargs="swap=/dev/vda", swapdisk="32M")
    machine.wait_prompt()
    text = machine.run("swaptest -m 4 -n 6 -t 6 -o /dev/vda", timeout=60).check()
    assert int(re.search(r"turned off and on (\d+) times", text)[1]) >= 1
    assert counts_of_swaptest(text)[0] > 0, text
    machine.run("swapdemo").check()


@pytest.mark.parametrize("locked", ["", " locked"])
def test_kswapd_rests_while_memory_and_swap_are_full(boot, locked):
    """Beside a process with locked pages it never did."""
    machine = boot(variant="release", mem="512M", smp=1, bootargs="swap=16M")
    machine.wait_prompt()
    assert machine.run("fullswap" + locked, timeout=60).check_tap() == 2


def test_oom_twenty_times_in_a_row(boot):
    machine = boot(mem="40M", smp=4)
    machine.wait_prompt()
    machine.run("oomdemo", timeout=60).check()
    before, objects = frames_free(machine), slab_objects(machine)
    for _ in range(20):
        text = machine.run("oomdemo", timeout=60).check()
        assert re.search(r"Out of memory: killed process \d+ \(oomdemo\), \d+ pages", text), text
    assert abs(frames_free(machine) - before) < 64
    assert slab_objects(machine)["anon_vma"] == objects["anon_vma"]
    machine.run("forkdemo").check()


# ---- areas that cannot be swapped to ----

@pytest.mark.parametrize("size,reason,errno", [
    ("0", "the disk holds 0 KiB in whole pages, less than 8 KiB", "EINVAL"),
    ("512", "the disk holds 0 KiB in whole pages, less than 8 KiB", "EINVAL"),
    ("2048", "the disk holds 0 KiB in whole pages, less than 8 KiB", "EINVAL"),
    ("7680", "the disk holds 4 KiB in whole pages, less than 8 KiB", "EINVAL"),
    ("5G", "5120 MiB, whose map of slots takes 15520 KiB of memory, exceed the limit of 2048 MiB", "EFBIG")])
def test_a_disk_of_a_size_that_swap_cannot_use(boot, size, reason, errno):
    """It was "error 22" or "error 12", and for 5G ENOMEM, whatever the memory."""
    machine = boot(smp=1, bootargs="swap=/dev/vda", swapdisk=size)
    machine.wait_prompt()
    assert "swap=/dev/vda: %s; going on without\n" % reason in machine.log
    assert machine.run("swapcalls /dev/vda").check().strip() == "/dev/vda: " + errno


def test_the_smallest_and_the_largest_disk(boot):
    for size in "8K", "2G":
        machine = boot(smp=1, bootargs="swap=/dev/vda", swapdisk=size)
        machine.wait_prompt()
        assert "swap=" not in machine.log
        assert machine.run("swapcalls /dev/vda").check().strip() == "/dev/vda: EBUSY"


@pytest.mark.parametrize("words,reason", [
    ("swap=a-word", "swap=a-word: neither a size such as 64M nor a disk such as /dev/vda"),
    ("swap=", "swap=: neither a size such as 64M nor a disk such as /dev/vda"),
    ("swap=/dev/vda", "swap=/dev/vda: there is no such disk"),
    ("swap=5G", "swap=5G: 5120 MiB, whose map of slots takes 15520 KiB of memory, exceed the limit of 2048 MiB"),
    ("swap=1G", "swap=1G: so much memory is not free in blocks of 4 MiB"),
    ("swap=4M swap=8M", "swap=8M: there is a swap area already")])
def test_words_that_name_no_swap_area(boot, words, reason):
    log, code = boot(smp=1, bootargs=words + " init=/bin/hello").wait_end()
    assert code == 0 and reason + "; going on without\n" in log, log


def test_errors_of_swapon(samara):
    assert samara.run("swapcalls").check_tap() == 11
