"""Free text over names, former names and codes; where nothing fits, one that differs by a character."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

LONGEST = 60
"""Characters of a search that count."""
SHORTEST_NEAR = 3
"""Below this many characters one wrong character says nothing."""
MOST_WORDS = 4
ONLY_A_CODE = 8
"""From so many letters and digits on a word is looked for among the codes alone."""
_LEFT_OUT = re.compile(r"[·•.,，。“”\"'‘’|]")
_CODE = re.compile(r"[0-9A-Z]{4,18}")
_LEGAL_FORM = re.compile(r"(有限责任公司|股份有限公司|有限公司|公司)$")


@dataclass(frozen=True)
class Search:
    """The words that must all occur, in the form of `name_keys` (half width, upper case, no dots or quotes)."""

    words: tuple[str, ...]

    @staticmethod
    def tidy(text: str) -> str:
        """The text as it is kept and shown: one line without control characters, not too long."""
        printable = "".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST])
        return " ".join(printable.split())[:LONGEST]

    @staticmethod
    def of(text: str) -> Search | None:
        """The search that `text` asks for, None if it holds nothing to look for."""
        normal = unicodedata.normalize("NFKC", Search.tidy(text)).upper()
        tidy = _LEFT_OUT.sub("", normal).translate(str.maketrans("[]", "()"))
        words = tuple(tidy.split())[:MOST_WORDS]
        return Search(words) if words else None

    def condition(self) -> tuple[str, dict[str, Any]]:
        """SQL over name_keys, uscc and reg_no that holds where every word occurs, and its parameters q0, q1, …"""
        found = {f"q{n}": word for n, word in enumerate(self.words)}
        return _every(found, "contains"), found

    def near(self) -> tuple[str, dict[str, Any]]:
        """The same with one character of each word wrong, missing, too many or swapped."""
        found = {f"q{n}": word for n, word in enumerate(self.words)}
        patterns = {name: near_pattern(word) for name, word in found.items()}
        return _every(found, "regexp_matches"), patterns

    def order(self) -> tuple[str, dict[str, Any]]:
        """SQL that ranks the rows found, best first, by the first word, and its parameter `first`.

        The code itself, a name that begins so, a name, a former name; among near ones the most alike.
        """
        return (
            "CASE WHEN uscc = $first THEN 0 WHEN starts_with(name_keys, $first) OR starts_with(uscc, $first) THEN 1"
            " WHEN contains(split_part(name_keys, '|', 1), $first) THEN 2 WHEN contains(name_keys, $first) THEN 3"
            " ELSE 5 - jaro_winkler_similarity(split_part(name_keys, '|', 1), $first) END",
            {"first": self.words[0]},
        )


def _every(words: dict[str, str], function: str) -> str:
    """SQL: by `function` every word fits the names, or the codes where it could be a part of one."""
    parts = []
    for name, word in words.items():
        codes = ("uscc", "reg_no") if _CODE.fullmatch(word) else ()
        columns = codes if len(word) >= ONLY_A_CODE and codes else ("name_keys", *codes)
        parts.append(f"coalesce({' OR '.join(f'{function}({c}, ${name})' for c in columns)}, false)")
    return " AND ".join(parts)


def near_pattern(word: str) -> str:
    """A regular expression for the texts that hold `word` with one character wrong, missing, too many or swapped.

    The legal form at its end does not count: 有限公司 and 有限责任公司 are confused more often than any character.
    """
    core = _LEGAL_FORM.sub("", word)
    core = core if len(core) >= SHORTEST_NEAR else word
    if len(core) < SHORTEST_NEAR:
        return re.escape(core)
    found = []
    for i in range(len(core)):
        before, here, after = (re.escape(part) for part in (core[:i], core[i], core[i + 1 :]))
        found += [f"{before}.{after}", f"{before}.{here}{after}"]
        if len(core) > SHORTEST_NEAR:
            found.append(before + after)
        if after:
            found.append(f"{before}{re.escape(core[i + 1])}{here}{re.escape(core[i + 2 :])}")
    return "|".join(dict.fromkeys(found))
