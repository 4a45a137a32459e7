# SPDX-License-Identifier: MIT
"""Programs with threads (tests/qemu/pthreads), built with glibc, print on Samara what they print on this machine's Linux."""
import pytest

from samara import Machine
from threads import NAMES, answer, answers_here, archive_for_samara


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    return answers_here(tmp_path_factory.mktemp("here"))


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    return archive_for_samara(tmp_path_factory.mktemp("glibc"), "sh", "echo")


@pytest.fixture(scope="module", params=["1", "4 delay=1", "2 delay=2"])
def machine(request, archive):
    """A function that gives a machine with so many harts, a new one after a test that has killed it."""
    harts, _, arguments = request.param.partition(" ")
    machines = []

    def get():
        if not machines or not machines[-1].alive():
            machines.append(Machine(initrd=archive, smp=int(harts), bootargs=arguments))
            machines[-1].wait_prompt()
        return machines[-1]

    yield get
    for used in machines:
        used.close()


@pytest.mark.parametrize("name", NAMES)
def test_prints_the_same(machine, expected, name):
    assert answer(machine(), name) == expected[name]
