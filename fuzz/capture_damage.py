"""What is done to a well-formed capture: each function changes a list of blocks, or bytes, by chance."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from random import Random

from fuzz.capture_story import EVENT_KINDS, Block, joined
from fuzz.words import NUMBERS
from tiercel.events.table import EVENTS

KINDS = (
    0x0A0D0D0A, 0x201, 0x8002ABCD, 0x202, 0x8000ABCD, 0x207, 0x8013ABCD, 0x209, 0x8014ABCD, 0x210, 0x211, 0x212,
    0x213, 0x214, 0x215,
    0x203, 0x8001ABCD, 0x218, 0x205, 0x8011ABCD, 0x219, 0x206, 0x8012ABCD, 0x220, 0x204, 0x8010ABCD, 0x208, 0x216,
    0x217, 0x221, 0x222,
    0x223, 0, 0xFFFFFFFF,
)  # fmt: skip


def _edge(rng: Random, size: int) -> bytes:
    return (rng.choice(NUMBERS) & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def _pick(rng: Random, blocks: list[Block]) -> int:
    return rng.randrange(len(blocks))


def _pick_event(rng: Random, blocks: list[Block]) -> tuple[int, int] | None:
    """An event's block, and where its `ts` begins in the content."""
    found = [i for i, (kind, content) in enumerate(blocks) if kind in EVENT_KINDS and len(content) >= 36]
    if not found:
        return None
    i = rng.choice(found)
    return i, 6 if blocks[i][0] in (0x208, 0x217, 0x222) else 2


def flip(rng: Random, blocks: list[Block]) -> None:
    content = blocks[_pick(rng, blocks)][1]
    for _ in range(rng.choice((1, 1, 4, 20))):
        if content:
            content[rng.randrange(len(content))] = rng.randrange(256)


def edge(rng: Random, blocks: list[Block]) -> None:
    content = blocks[_pick(rng, blocks)][1]
    size = rng.choice((1, 2, 4, 8))
    if len(content) >= size:
        at = rng.randrange(len(content) - size + 1)
        content[at : at + size] = _edge(rng, size)


def event_head(rng: Random, blocks: list[Block]) -> None:
    """A time, a thread, a length, a type, a number of parameters."""
    found = _pick_event(rng, blocks)
    if found is None:
        return
    content, q = blocks[found[0]][1], found[1]
    at, size = rng.choice(((0, 8), (8, 8), (16, 4), (20, 2), (22, 4)))
    if at == 20 and rng.random() < 0.8:
        value = struct.pack("<H", rng.randrange(len(EVENTS) + 3))
    elif at in (16, 22) and rng.random() < 0.5:
        (value_now,) = struct.unpack_from("<I", content, q + at)
        value = struct.pack("<I", (value_now + rng.choice((-4, -1, 1, 2, 4))) & 0xFFFFFFFF)
    elif at == 8:
        other = _pick_event(rng, blocks)
        assert other is not None
        value = (
            bytes(blocks[other[0]][1][other[1] + 8 : other[1] + 16]) if rng.random() < 0.7 else _edge(rng, 8)
        )
    else:
        value = _edge(rng, size)
    content[q + at : q + at + size] = value


def param_length(rng: Random, blocks: list[Block]) -> None:
    found = _pick_event(rng, blocks)
    if found is None:
        return
    content, q = blocks[found[0]][1], found[1]
    size = 4 if blocks[found[0]][0] in (0x221, 0x222) else 2
    (n,) = struct.unpack_from("<I", content, q + 22)
    if not 0 < n <= 40:
        return
    at = q + 26 + size * rng.randrange(n)
    if at + size > len(content):
        return
    now = int.from_bytes(content[at : at + size], "little")
    value = rng.choice((now + 1, now - 1, now + 8, 0, 65535, rng.getrandbits(16)))
    content[at : at + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def param_size(rng: Random, blocks: list[Block]) -> None:
    """A parameter that is really longer or shorter: everything around it still fits."""
    found = _pick_event(rng, blocks)
    if found is None or blocks[found[0]][0] in (0x204, 0x8010ABCD, 0x208):
        return
    kind, content = blocks[found[0]]
    q = found[1]
    size = 4 if kind in (0x221, 0x222) else 2
    length, _, n = struct.unpack_from("<IHI", content, q + 16)
    if not 0 < n <= 40 or q + 26 + size * n > len(content):
        return
    lengths = [
        int.from_bytes(content[q + 26 + size * i : q + 26 + size * (i + 1)], "little") for i in range(n)
    ]
    k = rng.randrange(n)
    start = q + 26 + size * n + sum(lengths[:k])
    new = rng.choice((0, 1, 3, 7, 8, 9, 16, 255, 4096, 20000, lengths[k] * 2))
    if start + lengths[k] > len(content) or new > 65535:
        return
    fill = bytes(content[start : start + lengths[k]]) or rng.randbytes(8)
    value = (fill * (new // len(fill) + 1))[:new] if rng.random() < 0.5 else rng.randbytes(new)
    content[start : start + lengths[k]] = value
    content[q + 26 + size * k : q + 26 + size * (k + 1)] = new.to_bytes(size, "little")
    struct.pack_into("<I", content, q + 16, (length + new - lengths[k]) & 0xFFFFFFFF)
    content += bytes(-len(content) % 4)


def insert(rng: Random, blocks: list[Block]) -> None:
    content = blocks[_pick(rng, blocks)][1]
    at = rng.randrange(len(content) + 1)
    content[at:at] = rng.randbytes(rng.choice((1, 2, 4, 8, 60)))


def delete(rng: Random, blocks: list[Block]) -> None:
    content = blocks[_pick(rng, blocks)][1]
    at = rng.randrange(len(content) + 1)
    del content[at : at + rng.choice((1, 2, 4, 8, 60))]


def kind(rng: Random, blocks: list[Block]) -> None:
    i = _pick(rng, blocks)
    blocks[i] = (rng.choice(KINDS), blocks[i][1])


def older(rng: Random, blocks: list[Block]) -> None:
    """Events in the layouts of before: without the number of parameters, with and without flags."""
    for i, (kind, content) in enumerate(blocks):
        if kind not in (0x216, 0x217) or len(content) < 36 or rng.random() < 0.3:
            continue
        q = 6 if kind == 0x217 else 2
        length, _, n = struct.unpack_from("<IHI", content, q + 16)
        if not 26 <= length <= len(content) - q or n > 40:
            continue
        now = bytearray(content[: q + 22] + content[q + 26 : q + length])
        struct.pack_into("<I", now, q + 16, length - 4)
        blocks[i] = (0x208 if q == 6 else rng.choice((0x204, 0x8010ABCD)), now + bytes(-len(now) % 4))


def copy(rng: Random, blocks: list[Block]) -> None:
    kind, content = blocks[_pick(rng, blocks)]
    at = rng.randrange(len(blocks) + 1)
    blocks[at:at] = [(kind, bytearray(content)) for _ in range(rng.choice((1, 1, 2, 40)))]


def move(rng: Random, blocks: list[Block]) -> None:
    blocks.insert(rng.randrange(len(blocks)), blocks.pop(_pick(rng, blocks)))


def swap(rng: Random, blocks: list[Block]) -> None:
    i, k = _pick(rng, blocks), _pick(rng, blocks)
    blocks[i], blocks[k] = blocks[k], blocks[i]


def drop(rng: Random, blocks: list[Block]) -> None:
    at = _pick(rng, blocks)
    del blocks[at : at + rng.choice((1, 1, 2, 10))]


def shuffle(rng: Random, blocks: list[Block]) -> None:
    events = [b for b in blocks if b[0] in EVENT_KINDS]
    head = [b for b in blocks if b[0] not in EVENT_KINDS]
    rng.shuffle(events)
    blocks[:] = head + events


def exchange(rng: Random, blocks: list[Block]) -> None:
    """A piece of one block's content in the place of a piece of another's."""
    one, other = blocks[_pick(rng, blocks)][1], blocks[_pick(rng, blocks)][1]
    n = rng.choice((2, 4, 8, 32))
    if len(one) >= n and len(other) >= n:
        i, k = rng.randrange(len(one) - n + 1), rng.randrange(len(other) - n + 1)
        one[i : i + n] = other[k : k + n]


def again(rng: Random, blocks: list[Block]) -> None:
    """A second capture behind the first."""
    blocks += [(kind, bytearray(content)) for kind, content in blocks[: rng.choice((5, 20, 200))]]


def garbage(rng: Random, blocks: list[Block]) -> None:
    blocks.insert(
        rng.randrange(len(blocks) + 1),
        (rng.choice(KINDS), bytearray(rng.randbytes(rng.choice((0, 1, 4, 64, 5000))))),
    )


DAMAGES: tuple[Callable[[Random, list[Block]], None], ...] = (
    flip, edge, event_head, event_head, event_head, param_length, param_length, param_size, param_size,
    insert, delete, kind, older,
    copy, move, swap, drop, shuffle, exchange, again, garbage,
)  # fmt: skip


# ---- bytes


def lie(rng: Random, raw: bytes) -> bytes:
    """A block's length, at its front or at its end, is wrong."""
    at, places = 0, []
    while at + 12 <= len(raw):
        (length,) = struct.unpack_from("<I", raw, at + 4)
        if length < 12 or at + length > len(raw):
            break
        places.append((at + 4, length))
        places.append((at + length - 4, length))
        at += length
    if not places:
        return raw
    at, length = rng.choice(places)
    value = rng.choice(
        (
            length + 1,
            length - 1,
            length + 4,
            length - 4,
            0,
            11,
            12,
            65536,
            65549,
            1 << 20,
            64 << 20,
            (64 << 20) + 1,
            (1 << 32) - 1,
        )
    )
    return raw[:at] + struct.pack("<I", value & 0xFFFFFFFF) + raw[at + 4 :]


def cut(rng: Random, raw: bytes) -> bytes:
    return raw[: rng.randrange(len(raw) + 1)]


def tail(rng: Random, raw: bytes) -> bytes:
    return raw + rng.randbytes(rng.choice((1, 3, 8, 100)))


def spoil(rng: Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.choice((1, 3, 30))):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


_BYTES = (lie, lie, cut, cut, tail, spoil)


def _packed(rng: Random, raw: bytes) -> bytes:
    level = rng.choice((0, 1, 6))
    if rng.random() < 0.2:
        at = rng.randrange(len(raw) + 1)
        packed = gzip.compress(raw[:at], level, mtime=0) + gzip.compress(raw[at:], level, mtime=0)
    elif rng.random() < 0.1:
        packed = b"\x1f\x8b" + zlib.compress(raw, level)
    else:
        packed = gzip.compress(raw, level, mtime=0)
    return rng.choice(_BYTES[2:])(rng, packed) if rng.random() < 0.5 else packed


def damaged(rng: Random, blocks: list[Block]) -> bytes:
    """The bytes of a capture of these blocks, damaged more or less, now and then not at all."""
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3, 6, 12))):
        if blocks:
            rng.choice(DAMAGES)(rng, blocks)
    raw = joined(blocks)
    if rng.random() < 0.3:
        raw = rng.choice(_BYTES)(rng, raw)
    return _packed(rng, raw) if rng.random() < 0.15 else raw
