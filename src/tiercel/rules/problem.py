"""What may be wrong with a rules file: codes, what they mean, and the record of one find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tiercel.rules.place import Place

FILE_READ = "LOAD_ERR_FILE_READ"
YAML_PARSE = "LOAD_ERR_YAML_PARSE"
YAML_VALIDATE = "LOAD_ERR_YAML_VALIDATE"
COMPILE_CONDITION = "LOAD_ERR_COMPILE_CONDITION"
COMPILE_OUTPUT = "LOAD_ERR_COMPILE_OUTPUT"
VALIDATE = "LOAD_ERR_VALIDATE"

UNKNOWN_SOURCE = "LOAD_UNKNOWN_SOURCE"
UNSAFE_NA = "LOAD_UNSAFE_NA_CHECK"
NO_EVTTYPE = "LOAD_NO_EVTTYPE"
UNKNOWN_FILTER = "LOAD_UNKNOWN_FILTER"
UNUSED_MACRO = "LOAD_UNUSED_MACRO"
UNUSED_LIST = "LOAD_UNUSED_LIST"
UNKNOWN_ITEM = "LOAD_UNKNOWN_ITEM"
DEPRECATED_ITEM = "LOAD_DEPRECATED_ITEM"
APPEND_NO_VALUES = "LOAD_APPEND_NO_VALUES"
EXCEPTION_NOT_UNIQUE = "LOAD_EXCEPTION_NAME_NOT_UNIQUE"
INVALID_MACRO_NAME = "LOAD_INVALID_MACRO_NAME"
INVALID_LIST_NAME = "LOAD_INVALID_LIST_NAME"
CONDITION_WARNING = "LOAD_COMPILE_CONDITION"
UNKNOWN_KEY = "LOAD_UNKNOWN_KEY"

# code: what it is in a few words, what it means, what to do.
MEANINGS: dict[str, tuple[str, str, str]] = {
    FILE_READ: (
        "file cannot be read",
        "The file could not be opened or read.",
        "Check the path and the permissions.",
    ),
    YAML_PARSE: (
        "no valid YAML",
        "The text breaks YAML's own syntax, so nothing in the file could be read.",
        "Look at the indentation, the quotes and the colons of this line and the one before it.",
    ),
    YAML_VALIDATE: (
        "not shaped like a rules file",
        "The YAML is sound, but an item has a key or a value of the wrong kind.",
        "Compare the item with a working one: every item is a map that begins with list, macro or rule.",
    ),
    COMPILE_CONDITION: (
        "condition is wrong",
        "A condition does not follow the grammar, names a field that does not exist, or compares it with "
        "something "
        "that it cannot be compared with.",
        "Mend the condition at the caret; `tiercel fields` lists the fields and their types.",
    ),
    COMPILE_OUTPUT: (
        "output is wrong",
        "An output names a field that does not exist, or uses it in a way that it does not allow.",
        "Mend the output; `tiercel fields` lists the fields.",
    ),
    VALIDATE: (
        "rules do not fit together",
        "An item refers to another one that is missing or defined later, contradicts an earlier one, or "
        "asks for an "
        "engine or plugin that is not there.",
        "Check the names, and that what is referred to stands further up or in a file loaded before.",
    ),
    UNKNOWN_SOURCE: (
        "unknown event source",
        "The rule is for a source of events that is not known here; it is left out.",
        "Use syscall or k8s_audit, or remove the rule.",
    ),
    UNSAFE_NA: (
        "comparison with <NA>",
        "A field that is absent is no value: comparing it with <NA> does not say whether it is there.",
        "Write `field exists` or `not field exists`.",
    ),
    NO_EVTTYPE: (
        "no event types",
        "The condition does not narrow down the types of events, so it is tried on very many of them, "
        "which costs time.",
        "Begin the condition with evt.type = ... or evt.type in (...).",
    ),
    UNKNOWN_FILTER: (
        "unknown field or event type",
        "The rule names a field or an event type that does not exist, and is left out because it asks for "
        "that with "
        "skip-if-unknown-filter.",
        "Correct the name if the rule should work here.",
    ),
    UNUSED_MACRO: (
        "unused macro",
        "No rule and no other macro uses this macro.",
        "Remove it, or check the spelling where it should be used.",
    ),
    UNUSED_LIST: (
        "unused list",
        "No rule, macro or other list uses this list.",
        "Remove it, or check the spelling where it should be used.",
    ),
    UNKNOWN_ITEM: (
        "unknown item",
        "The item is neither a list, a macro, a rule nor a version requirement; it is left out.",
        "Check the spelling of its first key.",
    ),
    DEPRECATED_ITEM: (
        "deprecated",
        "Something is used that still works but will go.",
        "Write it in the new way that the message names.",
    ),
    APPEND_NO_VALUES: (
        "appended exception without values",
        "An exception is appended to, but there are no values to append.",
        "Add values, or remove the exception.",
    ),
    EXCEPTION_NOT_UNIQUE: (
        "exception defined twice",
        "Two exceptions of one rule have the same name.",
        "Give each exception of a rule a name of its own.",
    ),
    INVALID_MACRO_NAME: (
        "invalid macro name",
        "A macro of this name cannot be used in conditions.",
        "Use letters, digits and underscores, beginning with a letter.",
    ),
    INVALID_LIST_NAME: (
        "invalid list name",
        "A list of this name cannot be used in conditions.",
        "Use a name without blanks, quotes, parentheses, commas and `=`.",
    ),
    CONDITION_WARNING: (
        "doubtful condition",
        "The condition is valid but perhaps not what was meant, or there is a cheaper way to say it.",
        "Follow the message, or leave it if it is meant so.",
    ),
    UNKNOWN_KEY: (
        "unknown key",
        "The item has a key that means nothing here; it is left out.",
        "Check the spelling, or whether the key belongs to another kind of item.",
    ),
}

ENTER_EVENT_FIELDS = (
    "evt.dir", "evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.wait_latency",
)  # fmt: skip

_NO_ENTER_EVENTS = "field is not available due to the drop of enter events."
DEPRECATED_FIELDS: dict[str, str] = {
    **dict.fromkeys(ENTER_EVENT_FIELDS, _NO_ENTER_EVENTS),
    "evt.dir": (
        "due to the drop of enter events, 'evt.dir = <' always evaluates to true, and 'evt.dir = >' always "
        "evaluates to false. The rule expression can be simplified by removing the condition on 'evt.dir'"
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a warning. `deprecated_field` is set where the warning is about such a field, `mark` (as a
    place's) where there is a better spot to look at than the place."""

    code: str
    message: str
    place: Place
    deprecated_field: str = ""
    mark: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As in Falco's `falco_load_results`."""
        document = {
            "code": self.code,
            "codedesc": MEANINGS[self.code][1],
            "message": self.message,
            "context": self.place.as_json(),
        }
        if self.deprecated_field:
            document["deprecated_field"] = self.deprecated_field
        return document


class LoadError(Exception):
    """The error that stops the loading of a file."""

    def __init__(self, code: str, message: str, place: Place) -> None:
        super().__init__(message)
        self.problem = Problem(code, message, place)
