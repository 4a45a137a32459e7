# SPDX-License-Identifier: MIT
"""Includes run downwards, and into mm by its public headers: two tables in docs/architecture.md say what may include what."""
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGE = TOP / "docs/architecture.md"


def floors(text):
    """{folder: (floor, line of the table)} of the table in @text."""
    where = {}
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", text, re.M)
    for line, (floor, folders) in enumerate(rows):
        for folder in re.findall(r"`([^`]+)`", folders):
            assert folder not in where, "%s stands on two floors" % folder
            where[folder] = (int(floor), line)
    return where


def folder_of(path):
    return str(pathlib.PurePosixPath(path).parent)


def upward(where, path, text):
    """Lines of @path that include what is neither beside nor below it."""
    floor, line = where[folder_of(path)]
    for number, words in enumerate(text.splitlines(), 1):
        header = re.match(r'#include "([^"]+)"', words)
        if not header or "/" not in header[1]:
            continue            # generated, or a macro's
        other_floor, other_line = where[folder_of(header[1])]
        if other_line != line and other_floor >= floor:
            yield "%s:%d: %s: floor %d includes floor %d" % (path, number, words, floor, other_floor)


def sources():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "boot", "kernel", "lib", "uapi"], cwd=TOP,
                            check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return [path for path in listed if re.search(r"\.[chS]$", path) and (TOP / path).exists()]


def test_every_folder_stands_on_a_floor():
    where = floors(PAGE.read_text())
    assert {folder_of(path) for path in sources()} == set(where)


def test_includes_run_downwards():
    where = floors(PAGE.read_text())
    bad = [line for path in sources() for line in upward(where, path, (TOP / path).read_text())]
    assert not bad, "\n".join(bad)


def public_headers(text):
    """Those of mm in the table of @text."""
    rows = re.findall(r"^\| (`kernel/mm/.*`) \| .* \|$", text, re.M)
    return {header for row in rows for header in re.findall(r"`([^`]+\.h)`", row)}


def mm_headers(path, text):
    """Headers of mm that @path includes, when it is none of mm's own files."""
    return [] if path.startswith("kernel/mm/") else re.findall(r'^#include "(kernel/mm/[^"]+)"', text, re.M)


def test_mm_is_included_by_its_public_headers():
    public = public_headers(PAGE.read_text())
    used = {(header, path) for path in sources() for header in mm_headers(path, (TOP / path).read_text())}
    bad = ["%s includes %s, which is mm's own" % (path, header) for header, path in sorted(used) if header not in public]
    assert not bad, "\n".join(bad)
    assert public == {header for header, _ in used}, "the table lists what nobody includes"


def test_the_check_of_mm_headers_finds_what_it_is_for():
    assert public_headers("| `kernel/mm/a.h`, `kernel/mm/b/c.h` | x |\n| `lib/d.h` | y |\n") == {"kernel/mm/a.h", "kernel/mm/b/c.h"}
    text = '#include "kernel/mm/vma.h"\n#include "lib/list.h"\n'
    assert mm_headers("kernel/task/x.c", text) == ["kernel/mm/vma.h"]
    assert mm_headers("kernel/mm/reclaim/x.c", text) == []


def test_the_check_finds_what_it_is_for():
    where = floors("| 3 | `a` |\n| 2 | `b`, `b/c` |\n| 2 | `d` |\n| 1 | `lib` |\n")
    includes = '#include "a/x.h"\n#include "b/c/x.h"\n#include "d/x.h"\n#include "lib/x.h"\n#include "offsets.h"\n'
    assert [line.split(": ")[0] for line in upward(where, "b/x.c", includes)] == ["b/x.c:1", "b/x.c:3"]
    assert list(upward(where, "a/x.c", includes)) == []
    assert len(list(upward(where, "lib/x.c", includes))) == 3
