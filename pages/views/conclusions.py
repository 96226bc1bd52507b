"""How a share and a change are written where a sentence concludes from them."""

from __future__ import annotations


def portion(part: int, whole: int) -> str:
    """A share with one decimal that says 0.0% or 100.0% only of none and all, — of nothing."""
    if not whole:
        return "—"
    share = part / whole
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 <= share < 1:
        return ">99.9%"
    return f"{share:.1%}"


def signed(points: float) -> str:
    """Points with their sign, a true minus."""
    return f"{points:+.1f}".replace("-", "−")
