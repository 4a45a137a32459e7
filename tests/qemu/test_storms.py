# SPDX-License-Identifier: MIT
"""A minute of what tests/qemu/storms.py does for as long as it is let: three seeds, the tests of memory first."""
import pytest

from storms import run


@pytest.mark.parametrize("variant,seed,tests", [
    ("debug", 1, ["swaptest", "remaptest"]),
    ("debugvm", 2, ["reclaimtest", "memtest"]),
    ("debug", 3, ["cowtest", "mmcalls"]),
])
def test_in_both_storms_with_delays(variant, seed, tests):
    run(variant, seed, tests, stress_seconds=3)
