"""Passwords: what they must be, how they are kept (argon2id), one-time passwords, and the wait after failures."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pipeline.domain import Text

SHORTEST = 10
LONGEST = 200
"""Longer ones are refused before hashing: a hash of a megabyte is work for nothing."""
FREE_FAILURES = 3
"""So many wrong passwords in a row cost nothing; each further one makes the wait longer."""
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=30)
"""Where the waits end: the account is locked for this long after each further failure."""
_HASHER = PasswordHasher()  # RFC 9106's second profile: argon2id, 64 MiB, three passes
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody confuses on paper."""

TOO_SHORT = Text(f"新密码至少 {SHORTEST} 个字符", f"The new password needs at least {SHORTEST} characters")
TOO_LONG = Text(f"新密码至多 {LONGEST} 个字符", f"The new password may have {LONGEST} characters at most")
IS_THE_NAME = Text("新密码不能与用户名或姓名相同", "The new password may not be the user name or the person's name")
IS_THE_OLD = Text("新密码不能与原密码相同", "The new password may not be the old one")


def hashed(password: str) -> str:
    """The hash that is kept; about 60 ms of work and 64 MiB, on purpose."""
    return _HASHER.hash(_plain(password))


def matches(kept: str, password: str) -> bool:
    """Whether `password` is the one behind the hash; takes as long for a wrong one as for the right one."""
    if len(password) > LONGEST:
        password = ""
    try:
        return _HASHER.verify(kept, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def decoy() -> str:
    """The hash of a password that nobody knows: checked in place of an account that isn't there, for the same time."""
    return _HASHER.hash(secrets.token_hex())


def fault_of(new: str, old: str, *names: str) -> Text | None:
    """Why `new` may not follow `old` as the password of somebody with these `names`; None if it may."""
    if len(_plain(new)) < SHORTEST:
        return TOO_SHORT
    if len(new) > LONGEST:
        return TOO_LONG
    if _plain(new).casefold() in {_plain(name).casefold() for name in names}:
        return IS_THE_NAME
    return IS_THE_OLD if _plain(new) == _plain(old) else None


def one_time() -> str:
    """A random password of four groups of four, 79 bits, to be read from paper once."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def wait_after(failures: int) -> timedelta:
    """How long an account waits after so many wrong passwords in a row: nothing, then threefold each time."""
    if failures < FREE_FAILURES:
        return timedelta()
    return min(FIRST_WAIT * int(3 ** min(failures - FREE_FAILURES, 9)), LONGEST_WAIT)


def _plain(password: str) -> str:
    """One form for characters that keyboards write in several (NFKC)."""
    return unicodedata.normalize("NFKC", password)
