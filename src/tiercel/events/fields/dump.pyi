from collections.abc import Iterable, Iterator
from typing import Any

def split_field(written: str) -> tuple[str, str | None]: ...

class Given:
    def __init__(
        self,
        events: Iterable[
            tuple[int, int, int, Iterable[bytes]] | tuple[int, int, int, Iterable[bytes], bytes]
        ],
    ) -> None: ...

class FieldReader(Iterator[dict[str, Any]]):
    def __init__(self, source: object, fields: Iterable[str], form: str = "json") -> None: ...
    def __next__(self) -> dict[str, Any]: ...
