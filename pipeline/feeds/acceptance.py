"""Taking a file after a look that was set aside because too many of its rows were refused: an act with a reason."""

from __future__ import annotations

from pipeline.errors import Refused
from pipeline.feeds.archive import accept_delivery, find_delivery
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.store import Operations


def accept_set_aside(operations: Operations, actor: Actor, sha256: str, supplier: str, note: str) -> None:
    """Mark a delivery as accepted: from the next build on its good rows count and its bad ones are quarantined."""
    actor.must_be(Role.SUPERVISOR)
    if not note.strip():
        raise Refused("请填写接收理由", "say why it is accepted")
    with operations.transaction() as transaction:
        audit.record(
            operations, transaction, actor, "delivery.accept", sha256[:24], supplier=supplier, note=note.strip()
        )
        accept_delivery(operations.settings, sha256, supplier)


def is_accepted(operations: Operations, sha256: str, supplier: str) -> bool:
    """Whether somebody has accepted it since; the published build may not know yet."""
    delivery = find_delivery(operations.settings, sha256, supplier)
    return bool(delivery and delivery.accepted)
