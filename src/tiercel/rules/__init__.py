"""The rule language: rules files to rules."""

from tiercel.rules.load import FileResult, LoadResult, load_rules, rules_files, select
from tiercel.rules.outputs import AppendOutput, ExtraField, raw_field
from tiercel.rules.rule import PRIORITIES, Rule

__all__ = [
    "PRIORITIES",
    "AppendOutput",
    "ExtraField",
    "FileResult",
    "LoadResult",
    "Rule",
    "load_rules",
    "raw_field",
    "rules_files",
    "select",
]
