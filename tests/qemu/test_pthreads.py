# SPDX-License-Identifier: MIT
"""Programs with threads (tests/qemu/pthreads), built with glibc, print on Samara what they print on this machine's Linux."""
import re
import subprocess

import pytest

from samara import ROOT, Machine, make_cpio

SOURCES = sorted((ROOT / "tests/qemu/pthreads").glob("*.c"))
NAMES = [source.stem for source in SOURCES]
OPTIONS = ["-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-pthread"]
# How long each takes here says nothing of how long it takes in QEMU.
SECONDS = 40


def build_all(compiler, folder):
    """All of them, two at a time."""
    running = []
    for source in SOURCES:
        running.append(subprocess.Popen([*compiler, *OPTIONS, "-o", str(folder / source.stem), str(source)]))
        if len(running) == 2:
            assert running.pop(0).wait() == 0
    assert all(compiling.wait() == 0 for compiling in running)


@pytest.fixture(scope="session")
def expected(tmp_path_factory):
    """{name: (what it prints on this machine's Linux, exit status)}"""
    folder = tmp_path_factory.mktemp("here")
    build_all(["gcc"], folder)
    answers = {}
    for name in NAMES:
        done = subprocess.run([str(folder / name)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=SECONDS,
                              check=False)
        answers[name] = (done.stdout, done.returncode)
    return answers


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("glibc")
    build_all(["riscv64-linux-gnu-gcc", "-static"], folder)
    own = {"bin/" + name: ROOT / "build/user/bin" / name for name in ("init", "sh", "echo")}
    for name in NAMES:
        subprocess.run(["riscv64-linux-gnu-strip", str(folder / name)], check=True)
    return make_cpio(folder / "x.cpio", **own, **{"bin/" + name: folder / name for name in NAMES})


@pytest.fixture(scope="module", params=["4", "1", "4 delay=1", "2 delay=2"])
def machine(request, archive):
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
    result = machine().run("/bin/" + name, timeout=SECONDS)
    # The kernel tells the console who dies of a fault, and the shell an exit status.
    output = "".join(line + "\n" for line in result.output.splitlines()
                     if not re.match(r"\S+(\[\d+\]: killed by|: exit status)", line))
    assert (output, result.status) == expected[name]
