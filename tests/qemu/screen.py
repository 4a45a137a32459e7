# SPDX-License-Identifier: MIT
"""class Screen: what a terminal shows after the bytes that the shell sent."""
import re

TOKEN = re.compile(r"\x1b\[(\d*)([A-Z])|([\r\n\b\a])|([^\x1b])", re.S)


class Screen:
    """Of the sequences that a terminal understands, those that user/programs/sh prints; others fail."""

    def __init__(self, columns=80):
        self.columns = columns
        self.cells = {}         # (row, column): character
        self.row = self.column = 0

    def feed(self, text):
        at = 0
        while at < len(text):
            token = TOKEN.match(text, at)
            assert token, "unknown sequence %r" % text[at:at + 8]
            at = token.end()
            if token[2]:
                self.sequence(token[2], int(token[1] or 1), token[1])
            elif token[3]:
                self.control(token[3])
            else:
                self.put(token[4])
        return self

    def put(self, char):
        if self.column == self.columns:         # it stayed behind the last column until now
            self.row, self.column = self.row + 1, 0
        self.cells[self.row, self.column] = char
        self.column += 1

    def control(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.row += 1
        elif char == "\b":
            self.column = max(min(self.column, self.columns - 1) - 1, 0)

    def sequence(self, letter, number, given):
        self.column = min(self.column, self.columns - 1)
        if letter == "A":
            self.row = max(self.row - number, 0)
        elif letter == "B":
            self.row += number
        elif letter == "C":
            self.column = min(self.column + number, self.columns - 1)
        elif letter == "D":
            self.column = max(self.column - number, 0)
        elif letter == "H":
            self.row = self.column = 0
        elif letter == "J":
            here = (self.row, self.column)
            self.cells = {cell: char for cell, char in self.cells.items() if given != "2" and cell < here}
        else:
            raise AssertionError("unknown sequence %s" % letter)

    def rows(self):
        last = max((row for row, _ in self.cells), default=-1)
        return ["".join(self.cells.get((row, column), " ") for column in range(self.columns)).rstrip() for row in range(last + 1)]
