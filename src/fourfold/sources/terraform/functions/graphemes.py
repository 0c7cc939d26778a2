"""What a reader takes for one character: a letter with its accents, an emoji with its modifiers, a flag.

Source: Unicode Standard Annex 29, rules GB3 to GB13, with the properties that Python's `unicodedata` knows.
"""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_MODIFIERS = range(0x1F3FB, 0x1F400)
_FLAGS = range(0x1F1E6, 0x1F200)


def graphemes(text: str) -> list[str]:
    """The text in pieces that each are one character for a reader."""
    if text.isascii():
        if "\r\n" not in text:
            return list(text)
        out: list[str] = []
        for index, piece in enumerate(text.split("\r\n")):
            out += (["\r\n"] if index else []) + list(piece)
        return out
    out = []
    for char in text:
        if out and _joins(out[-1], char):
            out[-1] += char
        else:
            out.append(char)
    return out


def _joins(before: str, char: str) -> bool:
    if before == "\r" and char == "\n":
        return True
    if unicodedata.category(before[-1]) in ("Cc", "Zl", "Zp"):
        return False
    code = ord(char)
    if char == _JOINER or code in _MODIFIERS or unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return True
    if before[-1] == _JOINER and len(before) > 1 and unicodedata.category(char) == "So":
        return True
    if code in _FLAGS:
        return sum(ord(c) in _FLAGS for c in before) == len(before) == 1
    return _hangul(before[-1], char)


def _hangul(before: str, char: str) -> bool:
    """Leading, vowel and trailing parts of one Korean syllable."""
    a, b = ord(before), ord(char)
    leads, vowel, trail = 0x1100 <= a <= 0x115F, 0x1160 <= b <= 0x11A7, 0x11A8 <= b <= 0x11FF
    syllable = 0xAC00 <= a <= 0xD7A3
    open_syllable = syllable and (a - 0xAC00) % 28 == 0
    if leads:
        return vowel or 0x1100 <= b <= 0x115F or 0xAC00 <= b <= 0xD7A3
    if open_syllable or 0x1160 <= a <= 0x11A7:
        return vowel or trail
    return (syllable or 0x11A8 <= a <= 0x11FF) and trail
