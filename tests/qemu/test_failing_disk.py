# SPDX-License-Identifier: MIT
"""A swap disk that fails, by QEMU's blkdebug driver, or is slow. user/tests/faildisk.c looks at what the kernel makes of it."""
import pytest

from samara import faulty_disk

SLOT = 8        # a slot of swap is a page: 8 sectors


def faildisk(boot, tmp_path, how, **faults):
    machine = boot(smp=2, mem="64M", bootargs="swap=/dev/vda", extra=faulty_disk(tmp_path / "disk", 16 << 20, **faults))
    machine.wait_prompt()
    return machine.run("faildisk " + how, timeout=30).check_tap()


@pytest.mark.parametrize("sector", [None, 5 * SLOT], ids=["all", "one"])
def test_read_errors(boot, tmp_path, sector):
    """SIGBUS for who needs the page. Failed once: swapoff tried for ever and could not be killed ("not ok 4"); it has to
    end with -EIO."""
    assert faildisk(boot, tmp_path, "read", fails="read", sector=sector) == 11


@pytest.mark.parametrize("sector", [None, 5 * SLOT + 3], ids=["all", "one"])
def test_write_errors(boot, tmp_path, sector):
    """Pages stay in memory, whole."""
    assert faildisk(boot, tmp_path, "write", fails="write", sector=sector) == 9


def test_a_swapoff_that_takes_long_can_be_killed(boot, tmp_path):
    """Failed once: it went on to the end."""
    assert faildisk(boot, tmp_path, "slow", reads_per_second=100) == 8
