"""The ways in which firms come to be checked: a rate of one way says nothing of another, so they are never mixed silently."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain import Text


@dataclass(frozen=True)
class Arm:
    """One way in which firms come to be checked, and the codes of check_kind that mean it."""

    code: str
    title: Text
    kinds: tuple[str, ...]


ARMS = (
    Arm("random", Text("双随机抽查", "random draw"), ("1", "2", "3")),
    Arm("targeted", Text("日常与飞行检查", "targeted: routine and unannounced checks"), ("4", "7")),
    Arm("complaint", Text("投诉举报核查", "complaint"), ("6",)),
    Arm("special", Text("专项检查", "special campaign"), ("5",)),
)
"""The groups of data/reference/code_lists.toml [check_kind]; every code stands in one."""
UNSTATED = Arm("unstated", Text("未说明类型的检查", "kind not stated"), ())
EVERY_KIND = Arm("all", Text("各类检查合并", "all kinds together"), ())
"""All of them in one figure, where no way alone has enough checks: always said to be mixed."""
TITLES: dict[str, Text] = {a.code: a.title for a in (*ARMS, UNSTATED, EVERY_KIND)}

ARM_OF_CHECK = "CASE {} ELSE '{}' END".format(
    " ".join(f"WHEN check_kind IN ({', '.join(repr(k) for k in a.kinds)}) THEN '{a.code}'" for a in ARMS),
    UNSTATED.code,
)
"""The code of the arm of a check, as SQL over its columns."""
