# SPDX-License-Identifier: MIT
"""The list of "make mutate" fits the sources: each mutant's text is there once, in the function that it names."""
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TOP, "tests", "mutate")]
sys.dont_write_bytecode = True

import mutants


def test_every_mutant_can_be_planted():
    assert len(mutants.read_list(TOP)) >= 100
