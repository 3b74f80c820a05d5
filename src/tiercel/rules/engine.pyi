from tiercel.rules.plan import Plan

class Engine:
    def __init__(
        self,
        source: object,
        plan: Plan,
        *,
        match_all: bool = ...,
        last_event: int = ...,
        span_ns: int = ...,
    ) -> None: ...
    def use(self, plan: Plan) -> None: ...
    def next_hits(self) -> list[int] | None: ...
    @property
    def time_ns(self) -> int: ...
