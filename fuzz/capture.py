"""The target of captures: mutated ones through the whole of the core.

Each case goes through the probe (every field of every event, the state looked at), and through an engine with
rules of all operators. Some go through again with another size of batches, or packed: the result must be the same.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections import Counter
from random import Random
from typing import Any

from fuzz import ROOT, words
from fuzz.capture_damage import damaged
from fuzz.capture_story import blocks_of, recordings
from fuzz.runner import seeded
from tiercel.errors import TiercelError
from tiercel.events.fields.dump import split_field
from tiercel.events.fields.registered import load
from tiercel.rules.engine import Engine
from tiercel.rules.load import Loader, load_rules
from tiercel.rules.plan import plan_syscalls
from tiercel.rules.printer import Printer
from tiercel.shipped import shipped_rules
from tiercel.sources.scap import Capture

SHARED = ROOT.parent / "shared" if (ROOT.parent / "shared").is_dir() else ROOT.parent.parent / "shared"
CHUNKS = (1, 7, 64, 300, 4096, 256 * 1024)
CONDITIONS = 250
SLOW_CHUNK_BYTES = 20_000  # captures longer than this are not read a few bytes at a time


class CaptureTarget:
    name = "capture"
    seconds = 20.0
    megabytes = 700

    def prepare(self) -> None:
        from fuzz import probe
        from tiercel.events.fields import field

        load()
        known = set(field.names())
        self.probe = probe
        # Every field once, with each of its arguments; evt.arg and evt.rawarg by chance, there are too many.
        rng = Random("fields")
        names = []
        for name in words.written("syscall"):
            base = split_field(name)[0]
            if base in known and not (base in ("evt.arg", "evt.rawarg") and rng.random() < 0.7):
                names.append(name)
        self.readings = probe.readings(names)
        self.plans = [plan_syscalls(self._rules()), plan_syscalls(self._stock())]
        self.printers = {id(p): Printer(p) for p in self.plans}
        recordings(SHARED)

    def _rules(self) -> list[Any]:
        conditions = list(words.compiled_conditions("syscall", CONDITIONS))
        loader = Loader()
        loader.load_content(words.rules_file(conditions, "syscall").encode(), "conditions")
        shown = " ".join("%" + n for n in words.written("syscall")[::7] if "*" not in n)
        loader.load_content(
            words.rules_file(["evt.cpu = 3"], "syscall", shown).replace("r0", "all").encode(), "all"
        )
        return [r for r in loader.result.rules if r.source == "syscall"]

    def _stock(self) -> list[Any]:
        stock = sorted((SHARED / "falco/rules/0.57").glob("falco*.yaml"))
        result = load_rules([*stock, *shipped_rules()] if stock else shipped_rules())
        return [r for r in result.rules if r.source == "syscall" and r.enabled]

    def case(self, number: int) -> bytes:
        rng = seeded(self.name, number)
        return damaged(rng, blocks_of(rng, SHARED))

    def run(self, data: bytes) -> Counter[str]:
        rng = Random(zlib.crc32(data))
        counts: Counter[str] = Counter()
        digest = self._probe(data, rng, counts)
        if rng.random() < 0.15:
            again = self._probe(data, rng, Counter())
            assert digest == again, f"fields depend on how the capture was cut into batches: {digest} {again}"
        plan = rng.choice(self.plans)
        match_all = rng.random() < 0.5
        fired = self._judge(data, plan, match_all, rng, counts)
        if rng.random() < 0.25:
            packed = gzip.compress(data, 1) if data[:2] != b"\x1f\x8b" and rng.random() < 0.3 else data
            again = self._judge(packed, plan, match_all, rng, Counter())
            assert fired == again, f"alerts depend on batches or packing: {fired} {again}"
        return counts

    def _capture(self, data: bytes, rng: Random) -> Capture:
        chunks = CHUNKS if len(data) < SLOW_CHUNK_BYTES else CHUNKS[3:]
        return Capture(io.BytesIO(data), rng.choice(chunks))

    def _probe(self, data: bytes, rng: Random, counts: Counter[str]) -> tuple[int, int, str]:
        error = ""
        probe = None
        try:
            source = self.probe.Fenced(self._capture(data, rng))
            probe = self.probe.Probe(source, self.readings, rng.choice((0, 0, 2, 4096)))
            probe.run(rng.choice((5, 23, 71)), rng.choice((1, 1, 7)))
        except TiercelError as e:
            error = str(e)
            counts["broken"] += 1
        assert probe is not None
        counts["captures"] += 1
        counts["captures with events"] += probe.events > 0
        counts["events"] += probe.events
        if not error:
            probe.check(in_head=bool(error))
        return probe.digest, probe.events, error

    def _judge(
        self, data: bytes, plan: Any, match_all: bool, rng: Random, counts: Counter[str]
    ) -> tuple[Any, ...]:
        source = self.probe.Fenced(self._capture(data, rng))
        engine = Engine(source, plan, match_all=match_all)
        if rng.random() < 0.7:
            self.probe.give_back_at_once(engine)
        printer = self.printers[id(plan)]
        printed: list[Any] = []
        error = ""
        try:
            source.open()
            while (hits := engine.next_hits()) is not None:
                printed += [
                    (engine.time_ns, i, str(printer.print(i)) if len(printed) < 20 else "") for i in hits
                ]
        except TiercelError as e:
            error = str(e)
        counts["alerts"] += len(printed)
        return zlib.crc32(repr(printed).encode("utf-8", "replace")), len(printed), error


def target() -> CaptureTarget:
    return CaptureTarget()
