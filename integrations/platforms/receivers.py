"""What a connector of a platform that masks receivers may offer besides: the platform's word on which trades go to one receiver."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class TellsReceivers(Protocol):
    """A connector that can ask its platform which trades may travel together, although their receivers are masked."""

    most_receivers: int
    """Trades that may be asked about in one call."""

    def same_receiver(self, trades: Sequence[tuple[str, str]]) -> Sequence[Collection[str]]:
        """Groups of trade numbers that go to one receiver each, of (trade number, the platform's receiver id).

        A trade that the platform leaves out is in no group. Raises DeliveryFailure.
        """
