# SPDX-License-Identifier: MIT
"""The console: its settings, and what is typed."""
import pytest


BACKSPACE = "\x7f"


def ctrl(letter):
    return chr(ord(letter) & 0x1f)


# ---- the console's settings ----

@pytest.mark.parametrize("program", ["ttytest", "folders"])
def test_tap(samara, program):
    assert samara.run(program).check_tap() >= 30


def test_what_is_typed_ahead_survives_a_change_of_mode(samara):
    """And what the flags do to keys."""
    keys = {"half a line": "abc", "a line, its end, another": "one\r\x04two\r", "two lines": "123\r45\r", "junk": "junk\r",
            "three bytes": "\x03\x04a", "Enter": "\r", "secret": "pass\r", "erased": "x\u00e9\u00e8" + BACKSPACE + "z\r",
            "killed": "lost" + ctrl("U") + "kept\r", "other keys": "a#b" + ctrl("U") + "c\r"}
    samara.start("ttytest typed")
    output = ""
    for name, text in keys.items():
        output += samara.expect("type " + name + "\r*\n")
        samara.child.send(text)
    result = samara.finish("ttytest typed")
    result.output = output + result.output
    assert result.check_tap() == 13
    assert "pass" not in result.output
    assert "x\u00e9\u00e8\b \bz\n" in result.output and "lost" + "\b \b" * 4 + "kept\n" in result.output
