"""Answers that are kept for a while: bounded in number and bytes, the oldest forgotten first."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """At most `most` values of together at most `most_bytes`, each until its time is over."""

    def __init__(self, most: int, most_bytes: int = 1 << 62) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[K, tuple[V, float, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        row = self._kept.get(key)
        if row is None:
            return None
        if row[1] < time.monotonic():
            self.forget(key)
            return None
        return row[0]

    def put(self, key: K, value: V, seconds: float, size: int = 0) -> None:
        self.forget(key)
        self._kept[key] = (value, time.monotonic() + seconds, size)
        self._bytes += size
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            self._bytes -= self._kept.popitem(last=False)[1][2]

    def forget(self, key: K) -> V | None:
        row = self._kept.pop(key, None)
        if row is None:
            return None
        self._bytes -= row[2]
        return row[0]

    def keys(self) -> list[K]:
        return list(self._kept)
