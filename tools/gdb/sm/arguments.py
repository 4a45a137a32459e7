# SPDX-License-Identifier: MIT
"""What the user typed behind a command's name."""

from .errors import SmError

SMALLEST_ADDRESS = 0x10000	# below it a bare number is a pid: users map nothing there


def integer(word):
    """A number as typed, or None."""
    try:
        return int(word, 0)
    except ValueError:
        return None


class Arguments:
    """Words taken from the left. evaluate(text): the value of a gdb expression, for addresses."""

    def __init__(self, words, usage, evaluate):
        self.words = list(words)
        self.usage = usage
        self.evaluate = evaluate

    def __bool__(self):
        return bool(self.words)

    def wrong(self, why):
        return SmError(f"{why}; usage: {self.usage}")

    def word(self, what):
        if not self.words:
            raise self.wrong(f"{what} is missing")
        return self.words.pop(0)

    def peek(self):
        return self.words[0] if self.words else ""

    def flag(self, name):
        """Was --name given? Anywhere."""
        if name in self.words:
            self.words.remove(name)
            return True
        return False

    def option(self, name):
        """The word behind --name, or None."""
        if name not in self.words:
            return None
        at = self.words.index(name)
        if at + 1 >= len(self.words):
            raise self.wrong(f"{name} needs a value")
        value = self.words[at + 1]
        del self.words[at:at + 2]
        return value

    def pid(self, optional=True):
        """A task's number, None when the words are used up."""
        if not self.words and optional:
            return None
        word = self.word("a PID")
        value = integer(word)
        if value is None or value <= 0:
            raise self.wrong(f"'{word}' is no PID")
        return value

    def address(self, what="an address"):
        """A number or a gdb expression such as $stval, area, &x."""
        word = self.word(what)
        value = integer(word)
        if value is None:
            value = self.evaluate(word)
        if value is None or not 0 <= value < 1 << 64:
            raise self.wrong(f"'{word}' is no address")
        return value

    def done(self):
        if self.words:
            raise self.wrong(f"'{self.words[0]}' is too much")
