"""The target of audit logs: mutated ones through reading, every field with every argument, and rules.

However the bytes arrive, the same events and the same bad ones must come out, and all that a field gives must be what
conditions and outputs are made for.

    python -m fuzz audit_log                          # in the sanitized build, watched (fuzz.runner)
    python -m fuzz.audit_log --runs 10000 --seed 1    # in this process, with the build at hand
"""

from __future__ import annotations

import argparse
import gzip
import os
import time
import zlib
from collections import Counter
from contextlib import suppress
from random import Random
from typing import Any

from fuzz import words
from fuzz.audit_story import Story, damaged
from tiercel.errors import SourceError
from tiercel.events.fields.audit import AuditEvent, Extractor, extractor
from tiercel.events.table import CODES
from tiercel.rules.load import Loader, load_rules
from tiercel.rules.plan import plan_audit
from tiercel.rules.printer import Printer
from tiercel.shipped import shipped_rules
from tiercel.sources.k8s_audit import AuditLog, BadEvent
from tiercel.sources.k8s_audit.admit import admit
from tiercel.sources.k8s_audit.framing import Framer

AUDIT_EVENT = CODES["PLUGINEVENT_E"]
LIMITS = (200, 3000, *[1 << 20] * 4)
CONDITIONS = 120
SLOW_SECONDS = 5.0


class AuditLogTarget:
    name = "audit_log"
    seconds = 20.0
    megabytes = 300

    def prepare(self) -> None:
        self.fields: dict[str, Extractor] = {}
        for written in words.written("k8s_audit"):
            name, bracket, argument = written.partition("[")
            try:
                self.fields[written] = extractor(name, argument[:-1] if bracket else None)
            except (KeyError, ValueError):
                assert bracket or "." in written, written
        loader = Loader()
        loader.load_content(
            words.rules_file(words.compiled_conditions("k8s_audit", CONDITIONS), "k8s_audit").encode(),
            "conditions",
        )
        shown = " ".join("%" + name for name in self.fields if "*" not in name)
        loader.load_content(
            words.rules_file(["evt.num >= 0"], "k8s_audit", shown).replace("r0", "all").encode(), "all"
        )
        rules = [r for r in loader.result.rules if r.source == "k8s_audit"]
        shipped = [r for r in load_rules(shipped_rules()).rules if r.source == "k8s_audit" and r.enabled]
        self.printers = [Printer(plan_audit(rules)), Printer(plan_audit(shipped))]

    def case(self, number: int) -> bytes:
        rng = Random(f"{self.name} {number}")
        return damaged(rng, Story(rng).log())

    def run(self, data: bytes) -> Counter[str]:
        rng = Random(zlib.crc32(data))
        counts: Counter[str] = Counter(logs=1)
        limit = rng.choice(LIMITS)
        found = _read(data, [], limit)
        if rng.random() < 0.3:
            cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((1, 3, 40))))
            assert _plain(_read(data, cuts, limit)) == _plain(found), "events depend on how the log arrived"
        if rng.random() < 0.1:
            assert _plain(_from_file(data, rng, limit)) == _plain(found), "a file gives other events"
        printer = rng.choice(self.printers)
        match_all = rng.random() < 0.5
        for number, item in enumerate(found):
            if isinstance(item, BadEvent):
                counts["bad"] += 1
                assert item.message.isprintable(), item
                assert 1 <= item.line <= data.count(b"\n") + 1
                continue
            counts["events"] += 1
            item.num = number + 1
            for written, read in self.fields.items():
                value = read(item)
                counts["values"] += value is not None
                _check(written, value)
            for i in printer.matcher.match_document(AUDIT_EVENT, item, match_all):
                text, shown = printer.print(i)
                assert isinstance(text, str)
                assert isinstance(shown, dict)
                counts["alerts"] += 1
        return counts


def _read(data: bytes, cuts: list[int], limit: int) -> list[AuditEvent | BadEvent]:
    framer = Framer(limit)
    found: list[AuditEvent | BadEvent] = []
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        framer.feed(data[start:end])
        for frame in framer.frames(final=end == len(data)):
            found += [frame] if isinstance(frame, BadEvent) else admit(frame, limit)
    # Where a cut is at the very end, `final` came twice; there is nothing left the second time.
    return found


def _from_file(data: bytes, rng: Random, limit: int) -> list[AuditEvent | BadEvent]:
    """Through a file in memory, packed or not."""
    packed = rng.random() < 0.5 or data[:2] == b"\x1f\x8b"
    file = os.memfd_create("audit")
    found: list[AuditEvent | BadEvent] = []
    try:
        os.write(file, gzip.compress(data, 1) if packed else data)
        for event in AuditLog(f"/proc/self/fd/{file}", on_bad=found.append, max_event_bytes=limit):
            found.append(event)
        if packed and rng.random() < 0.3:
            # Cut or damaged: an error that says so, and no other.
            os.ftruncate(file, rng.randrange(os.fstat(file).st_size))
            os.pwrite(file, rng.randbytes(1), rng.randrange(20))
            with suppress(SourceError):
                list(AuditLog(f"/proc/self/fd/{file}", max_event_bytes=limit))
    finally:
        os.close(file)
    return found


def _plain(found: list[AuditEvent | BadEvent]) -> list[Any]:
    return [item if isinstance(item, BadEvent) else (item.time_ns, item.line, item.raw) for item in found]


def _check(written: str, value: Any) -> None:
    """A value is of a kind that a field may give."""
    if isinstance(value, list):
        assert value, written
        texts = value
    else:
        texts = [value] if isinstance(value, str) else []
        assert value is None or isinstance(value, str | int), written
    for text in texts:
        assert isinstance(text, str), written
        assert "\0" not in text, written
        assert text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") == text, written


def target() -> AuditLogTarget:
    return AuditLogTarget()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz.audit_log", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="how many logs")
    parser.add_argument("--seed", type=int, default=0, help="number of the first log")
    options = parser.parse_args()
    made = target()
    made.prepare()
    counts: Counter[str] = Counter()
    slowest = 0.0
    begin = time.monotonic()
    for number in range(options.seed, options.seed + options.runs):
        data = made.case(number)
        start = time.monotonic()
        try:
            counts += made.run(data)
        except Exception:
            print(f"log {number} failed", flush=True)
            raise
        slowest = max(slowest, time.monotonic() - start)
    reached = ", ".join(f"{n} {what}" for what, n in sorted(counts.items()))
    print(
        f"audit_log: {options.runs} runs in {time.monotonic() - begin:.0f} s, slowest {slowest:.2f} s; {reached}"
    )
    return 1 if slowest > SLOW_SECONDS else 0


if __name__ == "__main__":
    raise SystemExit(main())
