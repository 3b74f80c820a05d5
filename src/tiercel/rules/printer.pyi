from typing import Any

from tiercel.rules.matcher import Matcher
from tiercel.rules.plan import Plan
from tiercel.rules.rule import Rule

class Shown:
    def __init__(
        self,
        slot: int,
        type: int,
        format: int,
        json_slot: int,
        json_format: int,
        is_list: bool,
        width: int,
        of_container: bool = ...,
    ) -> None: ...

class Held:
    rule: int
    time_ns: int

class Printer:
    matcher: Matcher
    def __init__(self, plan: Plan) -> None: ...
    @property
    def rules(self) -> tuple[Rule, ...]: ...
    def print(self, i: int) -> tuple[str, dict[str, Any]]: ...
    def wants_container(self, i: int) -> bool: ...
    def hold(self, i: int) -> Held: ...
    def known(self, held: Held) -> bool: ...
    def release(self, held: Held) -> tuple[str, dict[str, Any]]: ...
