"""The kill chain: stages, ATT&CK techniques, what the loaded rules reach of them."""

from tiercel.killchain.attack import Attack, Tactic, Technique, attack
from tiercel.killchain.classify import Killchain, classify, stock_rows
from tiercel.killchain.stage import Stage, stage_of

__all__ = [
    "Attack",
    "Killchain",
    "Stage",
    "Tactic",
    "Technique",
    "attack",
    "classify",
    "stage_of",
    "stock_rows",
]
