# SPDX-License-Identifier: MIT
"""Archives and programs from elsewhere: other toolchains' binaries, damaged archives."""
import random
import shutil
import subprocess

import pytest

from samara import ROOT, make_cpio


def test_raw_elf_of_another_toolchain_gets_its_arguments(boot, cross, tmp_path):
    archive = make_cpio(tmp_path / "x.cpio", prog=cross("rawargs"))
    log, code = boot(smp=2, initrd=archive, bootargs="init=/prog a b").wait_end()
    assert "arg: /prog\narg: a\narg: b\nraw calls work\n" in log, log
    assert code == 3


def test_static_glibc_program(boot, cross, tmp_path):
    archive = make_cpio(tmp_path / "x.cpio", prog=cross("glibc"))
    log, code = boot(smp=2, initrd=archive, bootargs="init=/prog first second").wait_end()
    assert "arg: /prog\narg: first\narg: second\nhello from glibc, 0.375\n" in log, log
    assert code == 3


def test_static_pie(boot, cross, tmp_path):
    archive = make_cpio(tmp_path / "x.cpio", prog=cross("pie"))
    log, code = boot(smp=1, initrd=archive, bootargs="init=/prog word").wait_end()
    assert "pie: hello word\n" in log and code == 0, log


def test_archive_made_by_cpio(boot, cross, tmp_path):
    """Names as `find . | cpio -o -H newc` writes them, folders included."""
    (tmp_path / "root/sub").mkdir(parents=True)
    shutil.copy(cross("rawargs"), tmp_path / "root/sub/prog")
    archive = tmp_path / "y.cpio"
    with open(archive, "wb") as out:
        subprocess.run("find . | cpio -o -H newc", shell=True, cwd=tmp_path / "root", stdout=out, check=True,
                       stderr=subprocess.DEVNULL)
    log, code = boot(smp=1, initrd=archive, bootargs="init=/sub/prog z").wait_end()
    assert code == 2 and "arg: z" in log, log


def pack(folder, archive):
    with open(archive, "wb") as out:
        subprocess.run("find . | cpio -o -H newc", shell=True, cwd=folder, stdout=out, check=True, stderr=subprocess.DEVNULL)
    return archive


@pytest.fixture
def linked(tmp_path):
    """A tree of links, as busybox has them, and one that leads to itself."""
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    for program in ("sh", "hello", "init"):
        shutil.copy(ROOT / "build/user/bin" / program, root / "bin" / program)
    (root / "bin/beside").symlink_to("hello")
    (root / "absolute").symlink_to("/bin/beside")
    (root / "loop").symlink_to("loop")
    (root / "lost").symlink_to("/bin/nothing")
    return pack(root, tmp_path / "links.cpio")


def test_symbolic_links_are_followed(boot, linked):
    """Failed once: EACCES for each."""
    machine = boot(smp=1, initrd=linked)
    machine.wait_prompt()
    assert "hello, world" in machine.run("/bin/beside").check()
    assert "hello, world" in machine.run("/absolute").check()
    assert "ELOOP" in machine.run("/loop").output
    assert machine.run("/lost").status == 127
    assert "ENOTDIR" in machine.run("/bin/hello/x").output


def damaged():
    good = (ROOT / "build/initrd.cpio").read_bytes()
    yield "empty", b""
    yield "zeroes", bytes(8192)
    yield "text", b"this is no archive\n" * 100
    yield "noise", random.Random(1).randbytes(20000)
    yield "half-a-header", good[:50]
    yield "name-size-huge", good[:94] + b"ffffffff" + good[102:4096]
    yield "file-size-huge", good[:54] + b"ffffffff" + good[62:4096]
    yield "size-not-hex", good[:54] + b"zzzzzzzz" + good[62:4096]
    yield "only-a-trailer", good[-512:]


@pytest.mark.parametrize("name", ["empty", "zeroes", "text", "noise", "half-a-header", "name-size-huge",
                                  "file-size-huge", "size-not-hex", "only-a-trailer"])
def test_damaged_archive_is_reported(boot, tmp_path, name):
    """No init in it: the machine says so and ends with a status other than 0, and does not panic oddly."""
    archive = tmp_path / "bad.cpio"
    archive.write_bytes(dict(damaged())[name])
    log, code = boot(smp=1, mem="64M", initrd=archive).wait_end()
    assert code not in (0, None), log
    assert "init" in log, log


def test_truncated_archive_keeps_its_whole_files(boot, tmp_path):
    """Cut in the middle: what came before the cut can be run."""
    good = (ROOT / "build/initrd.cpio").read_bytes()
    archive = tmp_path / "cut.cpio"
    archive.write_bytes(good[:len(good) // 4])
    log, code = boot(smp=1, initrd=archive, bootargs="init=/bin/args cut").wait_end()
    assert code == 0 and '"cut"' in log, log
