"""Flags in Falco's numbers."""

TRANSLATION_NUMBERS: dict[str, int]

def translate(name: str, value: int) -> int: ...
