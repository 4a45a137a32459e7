# SPDX-License-Identifier: MIT
"""The programs of tests/qemu/pthreads: built for this machine's Linux, which says what they print, and with glibc for Samara."""
import re
import subprocess

from samara import ROOT, make_cpio

SOURCES = sorted((ROOT / "tests/qemu/pthreads").glob("*.c"))
NAMES = [source.stem for source in SOURCES]
OPTIONS = ["-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-pthread"]
# How long one may take in QEMU on a busy machine.
SECONDS = 40


def build_all(compiler, folder):
    """All of them, two at a time."""
    running = []
    for source in SOURCES:
        running.append(subprocess.Popen([*compiler, *OPTIONS, "-o", str(folder / source.stem), str(source)]))
        if len(running) == 2:
            assert running.pop(0).wait() == 0
    assert all(compiling.wait() == 0 for compiling in running)


def answers_here(folder):
    """{name: (what it prints on this machine's Linux, exit status)}"""
    build_all(["gcc"], folder)
    answers = {}
    for name in NAMES:
        done = subprocess.run([str(folder / name)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=SECONDS,
                              check=False)
        answers[name] = (done.stdout, done.returncode)
    return answers


def archive_for_samara(folder, *own):
    """An initrd with them, and with the programs @own of build/user/stripped. Returns its path."""
    build_all(["riscv64-linux-gnu-gcc", "-static", "-s"], folder)
    members = {"bin/" + name: ROOT / "build/user/stripped" / name for name in own}
    return make_cpio(folder / "x.cpio", **members, **{"bin/" + name: folder / name for name in NAMES})


def answer(machine, name):
    """What it prints on @machine, and its exit status."""
    result = machine.run("/bin/" + name, timeout=SECONDS)
    # The kernel tells the console who dies of a fault, and the shell an exit status.
    return "".join(line + "\n" for line in result.output.splitlines()
                   if not re.match(r"\S+(\[\d+\]: killed by|: exit status)", line)), result.status
