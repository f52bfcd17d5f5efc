"""Which routing rules speak of a shop, a region and a payment: found once for each distinct question."""

from __future__ import annotations

from collections.abc import Iterable

from orders.engine.values import RoutingRuleFacts

Ranked = tuple[tuple[RoutingRuleFacts, tuple[str, ...]], ...]


class RuleScopes:
    """The rules of one kind, in rank order."""

    def __init__(self, rules: Iterable[RoutingRuleFacts]) -> None:
        self._rules = tuple(rules)
        self._answers: dict[tuple[int, str, str], Ranked] = {}

    def of(self, shop_id: int, region: str, payment: str) -> Ranked:
        """The rules for the shop and the region, each with the codes of why it is not for the order all the same."""
        question = (shop_id, region, payment)
        answer = self._answers.get(question)
        if answer is None:
            # Rules for other shops or places say nothing about an order; only near misses are worth telling.
            answer = self._answers[question] = tuple(
                (rule, () if rule.payment in {"any", payment} else ("other_payment",))
                for rule in self._rules
                if (not rule.head.shops or shop_id in rule.head.shops)
                and (not rule.regions or region.startswith(rule.regions))
            )
        return answer
