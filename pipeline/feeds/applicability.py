"""To whom a supervision item applies: a small declared grammar, parsed once and run as SQL.

An item list says e.g. `industry in C13,C14 | field in catering | type in 9500 & industry in F52`:

    rule     = group , { "|" , group } ;              or
    group    = term , { "&" , term } ;                and: binds tighter than or
    term     = "all"
             | "industry" , "in" , industry , { "," , industry }
             | "field" , "in" , field , { "," , field }
             | "type" , "in" , type , { "," , type } ;
    industry = letter A-T , [ 1 to 4 digits ] ;       GB/T 4754: section, or section and the start of a class
    field    = lower-case letter , { lower-case letter | "_" } ;     code list `field`, from licence or equipment
    type     = 4 digits ;                             code list `entity_type`

Blanks don't count; full-width signs are read as their half-width twins; `all` is true of everybody.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

ALL = "all"
_TOKEN = re.compile(r"[A-Za-z0-9_]+|[|&,]")
_BLANKS = re.compile(r"\s*")


class Attribute(StrEnum):
    """What of an entity a term looks at."""

    INDUSTRY = "industry"
    FIELD = "field"
    TYPE = "type"


_VALUES: dict[Attribute, tuple[re.Pattern[str], str]] = {
    Attribute.INDUSTRY: (re.compile(r"[A-T]([0-9]{1,4})?"), "an industry such as C or C13"),
    Attribute.FIELD: (re.compile(r"[a-z][a-z_]*"), "a field code such as catering"),
    Attribute.TYPE: (re.compile(r"[0-9]{4}"), "an entity type of four digits"),
}


class BadApplicability(ValueError):
    """A rule that can't be read: where (0-based), what was expected and what came."""

    def __init__(self, text: str, position: int, expected: str, received: str) -> None:
        self.position = position
        self.expected = expected
        self.received = received
        super().__init__(f"{text!r}, position {position}: expected {expected}, received {received}")


@dataclass(frozen=True)
class Term:
    """One condition: the attribute has one of the values; a value outside the grammar is a ValueError."""

    attribute: Attribute
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        pattern, expected = _VALUES[self.attribute]
        for value in self.values:
            if not pattern.fullmatch(value):
                raise ValueError(f"{self.attribute}: expected {expected}, received {value!r}")

    def __str__(self) -> str:
        return f"{self.attribute} in {','.join(self.values)}"


@dataclass(frozen=True)
class Rule:
    """Any of the groups, each of which needs all of its terms; a group without terms is `all`."""

    groups: tuple[tuple[Term, ...], ...]

    def __str__(self) -> str:
        return " | ".join(" & ".join(map(str, group)) or ALL for group in self.groups)


def parse(text: str) -> Rule:
    """The rule that `text` declares; raises BadApplicability."""
    return _Reader(text).rule()


def to_sql(rule: Rule, table: str = "") -> str:
    """A DuckDB boolean, never null, over industry_section, industry_code, entity_type and fields VARCHAR[].

    `table`: the alias that these columns are read from. A term holds no value outside the grammar, so
    none can end a literal.
    """
    prefix = f"{table}." if table else ""
    groups = [" AND ".join(_term_sql(term, prefix) for term in group) or "TRUE" for group in rule.groups]
    return "(" + " OR ".join(f"({group})" for group in groups) + ")"


def _term_sql(term: Term, prefix: str) -> str:
    if term.attribute is Attribute.INDUSTRY:
        condition = " OR ".join(_industry_sql(value, prefix) for value in term.values)
    elif term.attribute is Attribute.FIELD:
        condition = f"list_has_any({prefix}fields, [{_literals(term)}])"
    else:
        condition = f"{prefix}entity_type IN ({_literals(term)})"
    return f"coalesce({condition}, FALSE)"


def _industry_sql(value: str, prefix: str) -> str:
    section, start = value[0], value[1:]
    in_section = f"coalesce({prefix}industry_section = '{section}', FALSE)"
    return f"({in_section} AND coalesce(starts_with({prefix}industry_code, '{start}'), FALSE))" if start else in_section


def _literals(term: Term) -> str:
    return ", ".join(f"'{value}'" for value in term.values)


@dataclass(frozen=True)
class _Token:
    text: str
    position: int


class _Reader:
    """Recursive descent over the tokens of one rule."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens("".join(map(_half_width, text)))
        self.at = 0

    def rule(self) -> Rule:
        groups = [self._group()]
        while self._take("|"):
            groups.append(self._group())
        if self._peek():
            raise self._fault("'|', '&', ',' or the end")
        return Rule(tuple(groups))

    def _group(self) -> tuple[Term, ...]:
        terms = self._term()
        while self._take("&"):
            terms += self._term()
        return terms

    def _term(self) -> tuple[Term, ...]:
        if self._take(ALL):
            return ()
        attribute = next((a for a in Attribute if self._take(a)), None)
        if attribute is None:
            raise self._fault("one of 'all', 'industry', 'field', 'type'")
        if not self._take("in"):
            raise self._fault("'in'")
        values = [self._value(attribute)]
        while self._take(","):
            values.append(self._value(attribute))
        return (Term(attribute, tuple(values)),)

    def _value(self, attribute: Attribute) -> str:
        pattern, expected = _VALUES[attribute]
        value = self._peek()
        if not pattern.fullmatch(value):
            raise self._fault(expected)
        self.at += 1
        return value

    def _peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def _take(self, word: str) -> bool:
        found = self._peek() == word
        self.at += found
        return found

    def _fault(self, expected: str) -> BadApplicability:
        if self.at == len(self.tokens):
            return BadApplicability(self.text, len(self.text), expected, "the end")
        token = self.tokens[self.at]
        return BadApplicability(self.text, token.position, expected, repr(token.text))

    def _tokens(self, text: str) -> list[_Token]:
        tokens: list[_Token] = []
        position = _end_of_blanks(text, 0)
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise BadApplicability(self.text, position, "a word, '|', '&' or ','", repr(text[position]))
            tokens.append(_Token(match.group(), position))
            position = _end_of_blanks(text, match.end())
        return tokens


def _half_width(character: str) -> str:
    narrow = unicodedata.normalize("NFKC", character)
    return narrow if len(narrow) == 1 else character  # a position must mean the same in both texts


def _end_of_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position
