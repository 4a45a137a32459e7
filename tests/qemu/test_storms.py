# SPDX-License-Identifier: MIT
"""A minute of what tests/qemu/storms.py does for as long as it is let: two seeds, the tests of memory first."""
import pytest

from storms import TESTS, run

# Not in the storms: they count faults and kills, or need much of a hart.
OTHERS = ["usagetest", "clocktest", "killtest group SIGKILL", "swaprace toggle", "oomtest"]


@pytest.mark.parametrize("variant,seed,tests", [
    ("debug", 1, ["swaptest", "remaptest", "cowtest", "mmcalls"]),
    ("debugvm", 2, ["reclaimtest", "memtest"]),
])
def test_in_both_storms_with_delays(variant, seed, tests):
    run(variant, seed, tests, stress_seconds=3)


def test_every_test_program_and_stress_on_a_release_kernel():
    """What no check of the kernel's own would notice: lost memory and wrong answers."""
    run("release", 3, TESTS + OTHERS, stress_seconds=5)
