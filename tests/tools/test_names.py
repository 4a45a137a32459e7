# SPDX-License-Identifier: MIT
"""Comments and pages name what exists: every FILE.c and every function() in them is somewhere in the tree."""
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]

# Examples, not files of this tree.
EXAMPLES = {"prog.c", "mine.c", "areas.c", "check_unmap_in_the_parent", "aab.c", "NAME.c", "its/header.h", "lib/x.c", "lib/x.h", "build/VARIANT/asm-offsets.h"}


def listed(*patterns):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=TOP, check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return [path for path in out.split() if (TOP / path).is_file()]


def comments(text):
    """(line, words) of each C comment in @text."""
    for match in re.finditer(r"/\*.*?\*/|//[^\n]*", text, re.S):
        first = text.count("\n", 0, match.start()) + 1
        for offset, line in enumerate(match[0].split("\n")):
            yield first + offset, line


def prose():
    """(where, words) of every line of comment in C, and of every page."""
    for path in listed("kernel", "boot", "lib", "uapi", "user", "tests"):
        if path.endswith((".c", ".h", ".S")):
            for line, words in comments((TOP / path).read_text()):
                yield "%s:%d" % (path, line), words
    for path in listed("docs", "README.md"):
        if path.endswith(".md"):
            for line, words in enumerate((TOP / path).read_text().split("\n"), 1):
                yield "%s:%d" % (path, line), words


def names_of_code():
    """Every word of the code itself, comments left out, and of the calls that uapi numbers."""
    names = set()
    for path in listed("kernel", "boot", "lib", "uapi", "user", "tests", "tools"):
        if path.endswith((".c", ".h", ".S", ".py")) or "/" in path and "." not in path.rsplit("/", 1)[1]:
            text = (TOP / path).read_text(errors="replace")
            if path.endswith((".c", ".h", ".S")):
                text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)
            names |= set(re.findall(r"[A-Za-z_]\w*", text))
    return names | {name[4:] for name in names if name.startswith("SYS_")}


def test_functions_that_prose_names_exist():
    names = names_of_code()
    bad = ["%s: %s()" % (where, name) for where, words in prose()
           for name in re.findall(r"(?<![\w.])([A-Za-z_]\w*)\(\)", words) if name not in names | EXAMPLES]
    assert not bad, "\n".join(bad)


def test_where_the_page_says_there_is_such_a_function():
    rows = re.findall(r"^\| [^|]+ \| ([\w/]+\.c) \| `(\w+)\(\)` \|$", (TOP / "docs/architecture.md").read_text(), re.M)
    assert len(rows) >= 60
    bad = ["%s: %s()" % row for row in rows
           if not re.search(r"^[\w *]+\b%s\([^;]*?\)\n\{" % row[1], (TOP / "kernel" / row[0]).read_text(), re.M)]
    assert not bad, "\n".join(bad)


def test_files_that_prose_names_exist():
    everything = listed()
    files = {path.rsplit("/", 1)[-1] for path in everything}
    bad = []
    for where, words in prose():
        for name in re.findall(r"(?<![\w<*./-])((?:[\w-]+/)*[\w-]+\.(?:c|h|S|py|md))(?![\w*])", words):
            if name in EXAMPLES or name.rsplit("/", 1)[-1] in EXAMPLES:
                continue
            if name.rsplit("/", 1)[-1] not in files or "/" in name and not any(
                    path == name or path.endswith("/" + name) for path in everything):
                bad.append("%s: %s" % (where, name))
    assert not bad, "\n".join(bad)
