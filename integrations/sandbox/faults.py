"""Misbehaviour on demand.

A rule names a shop and a method ("" means every one), a kind, how often it strikes (`probability` for each call, at
most `count` times) and a seed. Draws are counted in the database, so the same calls meet the same faults again, also
after a restart.
"""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .store import Store

# Kind → what its options mean when left out. docs/sandbox.md describes each.
KINDS: dict[str, dict[str, Any]] = {
    "duplicate": {"rows": 1},
    "late": {"rows": 1, "seconds": 5},
    "reorder": {},
    "drift": {"rows": 1},
    "throttle": {"seconds": 1},
    "http_5xx": {"status": 503, "after": False},
    "timeout_after_success": {"seconds": 30},
    "slow": {"seconds": 1},
    "reset": {"after": False},
    "garbage": {"after": False},
    "expired_session": {},
    "error": {"code": 15, "sub_code": "isp.remote-service-error", "sub_msg": "远程服务调用出错"},
}


@dataclass(frozen=True)
class Fault:
    """One strike: its kind, its options, and random numbers of its own."""

    kind: str
    options: dict[str, Any]
    rng: random.Random


def check_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """Complete a rule of the control interface. Raises ValueError for an unknown kind, option or bad number."""
    kind = rule.get("kind")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
    known = {"shop", "method", "kind", "probability", "count", "seed", *KINDS[kind]}
    if unknown := sorted(set(rule) - known):
        raise ValueError(f"{kind} does not know {', '.join(unknown)}")
    probability = float(rule.get("probability", 1))
    if not 0 <= probability <= 1:
        raise ValueError("probability must lie between 0 and 1")
    count = rule.get("count")
    if count is not None and int(count) < 0:
        raise ValueError("count must not be negative")
    options = {name: rule.get(name, default) for name, default in KINDS[kind].items()}
    return {
        "shop": str(rule.get("shop") or ""),
        "method": str(rule.get("method") or ""),
        "kind": kind,
        "probability": probability,
        "count": None if count is None else int(count),
        "seed": rule.get("seed"),
        "options": options,
    }


def add_rules(store: Store, rules: Iterable[dict[str, Any]], default_seed: int) -> None:
    store.run_many(
        "INSERT INTO faults (shop, method, kind, probability, count, seed, options) VALUES (?,?,?,?,?,?,?)",
        [
            (
                *(rule["shop"], rule["method"], rule["kind"], rule["probability"], rule["count"]),
                default_seed if rule["seed"] is None else int(rule["seed"]),
                json.dumps(rule["options"]),
            )
            for rule in rules
        ],
    )


def list_rules(store: Store) -> list[dict[str, Any]]:
    names = ("id", "shop", "method", "kind", "probability", "count", "seed", "draws", "fired")
    found = store.rows(f"SELECT {', '.join(names)}, options FROM faults ORDER BY id")
    return [dict(zip(names, row, strict=False)) | json.loads(row[-1]) for row in found]


def draw(store: Store, shop: str, method: str) -> list[Fault]:
    """What goes wrong in this call. Every rule that could strike counts one draw."""
    condition = "shop IN ('', ?) AND method IN ('', ?) AND (count IS NULL OR fired < count)"
    if store.row(f"SELECT 1 FROM faults WHERE {condition} LIMIT 1", (shop, method)) is None:
        return []
    strikes = []
    with store.writing():
        rules = store.rows(
            "SELECT id, kind, probability, seed || '/' || kind || '/' || shop || '/' || method || '/' || draws, options"
            f" FROM faults WHERE {condition} ORDER BY id",
            (shop, method),
        )
        for rule, kind, probability, seed, options in rules:
            rng = random.Random(seed)
            strikes_now = rng.random() < probability
            store.run("UPDATE faults SET draws = draws + 1, fired = fired + ? WHERE id = ?", (strikes_now, rule))
            if strikes_now:
                strikes.append(Fault(kind, json.loads(options), rng))
    return strikes
