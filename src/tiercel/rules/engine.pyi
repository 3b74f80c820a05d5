from tiercel.rules.plan import Plan
from tiercel.sources.tap import Tap

class Engine:
    tap: Tap | None
    def __init__(
        self,
        source: object,
        plan: Plan,
        *,
        match_all: bool = ...,
        last_event: int = ...,
        span_ns: int = ...,
        tap: Tap | None = ...,
        all_events: bool = ...,
    ) -> None: ...
    def use(self, plan: Plan) -> None: ...
    def next_hits(self) -> list[int] | None: ...
    @property
    def time_ns(self) -> int: ...
    @property
    def number(self) -> int: ...
    def sizes(self) -> dict[str, int]: ...
