"""The words everyone speaks: codes, grades, dimensions and bilingual texts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Text:
    """A word or sentence that a person may read, in both languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """The text in `language` ("zh" or "en")."""
        return self.en if language == "en" else self.zh


class Uscc(str):
    """Unified social credit code, 18 characters with a check digit (GB 32100-2015)."""

    __slots__ = ()

    @staticmethod
    def check_character(first17: str) -> str:
        """The 18th character: 31 − (Σ weight × value mod 31), 31 → 0 (GB 32100-2015)."""
        total = sum(w * USCC_ALPHABET.index(c) for w, c in zip(USCC_WEIGHTS, first17, strict=True))
        return USCC_ALPHABET[(31 - total % 31) % 31]

    @staticmethod
    def organisation_check(first8: str) -> str:
        """The 9th character of an organisation code: 11 − (Σ mod 11), 10 → X, 11 → 0 (GB 11714)."""
        total = sum(w * ORGANISATION_ALPHABET.index(c) for w, c in zip(ORGANISATION_WEIGHTS, first8, strict=True))
        return "0123456789X0"[11 - total % 11]

    @classmethod
    def is_valid(cls, code: str) -> bool:
        """Whether `code` has 18 allowed characters and the right check digit."""
        return len(code) == 18 and all(c in USCC_ALPHABET for c in code) and cls.check_character(code[:17]) == code[17]


class RegionCode(str):
    """Division code (GB/T 2260), digits only: a place, never an access right."""

    __slots__ = ()


class Month(str):
    """A calendar month written YYYY-MM; as an event it lies on the month's last day."""

    __slots__ = ()


class Applicability(str):
    """To whom a supervision item applies, e.g. `industry in C13,C14 | field in catering` (feeds/applicability.py)."""

    __slots__ = ()


@dataclass(frozen=True)
class Unit:
    """A jurisdiction unit (管辖单位) from the closed list in city.toml."""

    code: str
    name: Text
    divisions: tuple[str, ...]


@dataclass(frozen=True)
class LegalBasis:
    """A row of data/reference/legal_basis.csv: which clause of which paper."""

    code: str
    title: Text
    clause: str
    confirmed: bool


class Dimension(Enum):
    """The five dimensions of the warning model (SEED 四(三)1)."""

    BASIC = Text("基本信息", "Basic information")
    BEHAVIOUR = Text("经营行为", "Business behaviour")
    GROWTH = Text("成长潜力", "Growth potential")
    PERFORMANCE = Text("履约历史", "Performance history")
    SUPERVISION = Text("监管信息", "Supervision")


class Grade(StrEnum):
    """Credit-risk grade: A is the lowest risk, E the highest (SEED 四(三)3)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class Severity(IntEnum):
    """Level of a warning: 一般, 较大, 重大."""

    MINOR = 1
    MAJOR = 2
    CRITICAL = 3


CATEGORIES: dict[int, Text] = {
    1: Text("监管事项清单", "Supervision item lists"),
    2: Text("监管对象基础信息", "Basic information on the supervised"),
    3: Text("监管对象行政许可信息", "Licences"),
    4: Text("监管行为信息", "Supervisory acts"),
    5: Text("投诉举报信息", "Complaints and reports"),
    6: Text("“双随机、一公开”计划信息", "Double-random plans"),
    7: Text("经营活动信息", "Business activity"),
    8: Text("第三方平台与互联网舆情信息", "Third-party platforms and public opinion"),
}
"""The eight kinds of indicator inputs (SEED 四(三)2(1)-(8))."""
