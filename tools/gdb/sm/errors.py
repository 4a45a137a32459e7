# SPDX-License-Identifier: MIT
"""What the commands say instead of a traceback."""


class SmError(Exception):
    """A mistake of the user, or something the kernel does not have at this moment: one line."""
