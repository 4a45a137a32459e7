# SPDX-License-Identifier: MIT
"""The driver of the swap disk: interrupts, several requests in flight, and disks and machines that lack something."""
import re
import struct

import pytest

from samara import KernelPanic, device_tree, faulty_disk

DISK = 0x10008000               # where QEMU puts the first virtio-mmio device of the command line
SOURCE = 8                      # and its line at the PLIC
UNUSED_SOURCE = 40
POLLS = "the swap disk has no interrupt: tasks that wait for it poll"
COUNTED = " -icount shift=7,sleep=off"  # a machine that has nothing to do skips the time until its next timer


@pytest.mark.parametrize("variant", ["debug", "release"])
@pytest.mark.parametrize("smp", [1, 4])
def test_others_run_while_a_task_waits_for_the_disk(boot, tmp_path, variant, smp):
    """Failed while the driver polled: the task that waited kept its hart, and one request was in flight at a time."""
    machine = boot(variant=variant, smp=smp, mem="64M", bootargs="swap=/dev/vda",
                   extra=faulty_disk(tmp_path / "disk", 16 << 20, reads_per_second=100))
    machine.wait_prompt()
    assert POLLS not in machine.log
    assert machine.run("diskwait", timeout=30).check_tap() == 6


def wired_to(tmp_path, source, options):
    """Words for extra=: a machine whose device tree says that the disk's line is @source."""
    extra = device_tree(tmp_path / "dtb", options=options)
    blob = bytearray((tmp_path / "dtb").read_bytes())
    # Before the value of its reg: a property's head (3 words); interrupt-parent (4 words); the value of interrupts.
    at = blob.index(struct.pack(">QQ", DISK, 0x1000)) - 8 * 4
    assert struct.unpack_from(">I", blob, at)[0] == SOURCE
    struct.pack_into(">I", blob, at, source)
    (tmp_path / "dtb").write_bytes(blob)
    return extra


@pytest.mark.parametrize("lacks", ["plic", "source"])
def test_without_an_interrupt_the_driver_polls(boot, tmp_path, lacks):
    """A machine with another interrupt controller; a disk that none leads to."""
    extra = "-machine aia=aplic" if lacks == "plic" else wired_to(tmp_path, 0, "-smp 2 -m 64M")
    machine = boot(smp=2, mem="64M", bootargs="swap=/dev/vda", swapdisk="32M", extra=extra)
    machine.wait_prompt()
    assert POLLS in machine.log
    text = machine.run("swaptest -m 60 -n 3 -t 1", timeout=60).check()
    assert int(re.search(r"(\d+) read$", text, re.M)[1]) > 0, text
    machine.run("swapdemo").check()


def pages_in(machine):
    machine.start("swapdemo")
    with pytest.raises(KernelPanic) as panic:
        machine.finish("swapdemo")
    return str(panic.value)


def test_a_disk_that_does_not_answer_ends_the_machine(boot, tmp_path):
    """After 30 s of the machine's time."""
    disk = faulty_disk(tmp_path / "disk", 16 << 20, reads_per_second=1)
    machine = boot(smp=1, mem="64M", bootargs="swap=/dev/vda", extra=disk + COUNTED)
    machine.wait_prompt()
    assert "the swap disk does not answer" in pages_in(machine)


def test_an_interrupt_that_does_not_come_is_told_from_that(boot, tmp_path):
    extra = wired_to(tmp_path, UNUSED_SOURCE, "-smp 1 -m 64M") + COUNTED
    machine = boot(smp=1, mem="64M", bootargs="swap=/dev/vda", swapdisk="16M", extra=extra)
    machine.wait_prompt()
    assert "the swap disk has answered, but its interrupt did not come" in pages_in(machine)
