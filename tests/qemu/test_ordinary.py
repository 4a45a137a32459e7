# SPDX-License-Identifier: MIT
"""Ordinary C programs (tests/qemu/ordinary) print on Samara what they print here: built with picolibc, built with glibc."""
import re
import shutil
import subprocess

import pytest

from samara import ROOT, make_cpio

SOURCES = sorted((ROOT / "tests/qemu/ordinary").glob("*.c"))
NAMES = [source.stem for source in SOURCES]
POEM = "The wind, the wind;\nthe seed turns in the wind.\nA samara, a seed, a wing.\n"
INPUT = {"calc": "1 + 2\n3 * 4\n5 ? 6\n"}
QUESTION = "a sum? "


def build_here(folder):
    """By this machine's compiler, for this machine's Linux: that is what they have to print."""
    for source in SOURCES:
        subprocess.run(["gcc", "-O1", "-o", str(folder / source.stem), str(source), "-lm"], check=True)


def build_picolibc(folder):
    """As programs of user/programs, by user/Makefile in a copy of the tree."""
    for part in ("user", "tools", "uapi", "lib"):
        shutil.copytree(ROOT / part, folder / "tree" / part)
    shutil.copytree(ROOT / "build/user/libsys", folder / "tree/build/user/libsys")
    for source in SOURCES:
        shutil.copy(source, folder / "tree/user/programs")
    done = subprocess.run(["make", "-s", "-f", "user/Makefile"] + ["build/user/bin/" + name for name in NAMES], cwd=folder / "tree",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return {name: folder / "tree/build/user/bin" / name for name in NAMES}


def build_glibc(folder):
    for source in SOURCES:
        subprocess.run(["riscv64-linux-gnu-gcc", "-static", "-O1", "-o", str(folder / source.stem), str(source), "-lm"], check=True)
    return {name: folder / name for name in NAMES}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """{name: (what it prints on this machine's Linux, exit status)}"""
    folder = tmp_path_factory.mktemp("here")
    build_here(folder)
    (folder / "poem.txt").write_text(POEM)
    runs = {name: subprocess.Popen([str(folder / name)], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for name in NAMES}
    return {name: (run.communicate(INPUT.get(name, ""), timeout=20)[0], run.returncode) for name, run in runs.items()}


@pytest.fixture(scope="module", params=["picolibc", "glibc"])
def machine(request, tmp_path_factory):
    from samara import Machine
    folder = tmp_path_factory.mktemp(request.param)
    programs = (build_picolibc if request.param == "picolibc" else build_glibc)(folder)
    own = {"bin/" + name: ROOT / "build/user/bin" / name for name in ("init", "sh", "echo")}
    (folder / "poem.txt").write_text(POEM)
    archive = make_cpio(folder / "x.cpio", **own, **{"bin/" + name: path for name, path in programs.items()},
                        **{"poem.txt": folder / "poem.txt"})
    started = Machine(initrd=archive)
    started.wait_prompt()
    yield started
    started.close()


def talk(machine, name):
    """Run the program and type its input. Returns (what it printed, exit status), without the echo and what the kernel and the
    shell say of its end."""
    machine.start(name)
    output = ""
    for line in INPUT.get(name, "").splitlines() + (["\x04"] if name in INPUT else []):
        output += machine.expect(re.escape(QUESTION)) + QUESTION
        machine.child.send(line if line == "\x04" else line + "\r")
        if line != "\x04":
            machine.expect(re.escape(line) + r"\r*\n")
    result = machine.finish(name)
    output += "".join(line + "\n" for line in result.output.splitlines()
                      if not re.match(name + r"(\[\d+\]: killed by|: exit status)", line))
    return output, result.status


@pytest.mark.parametrize("name", NAMES)
def test_prints_the_same(machine, expected, name):
    assert talk(machine, name) == expected[name]
