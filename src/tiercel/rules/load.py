"""Rules files to rules: read, collect, compile, file by file, each on top of those before it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiercel.events.catalogue import SOURCES
from tiercel.rules import problem
from tiercel.rules.collection import Collection
from tiercel.rules.compiler import Compiler, Memory
from tiercel.rules.fields import SourceFields
from tiercel.rules.outputs import AppendOutput
from tiercel.rules.place import Place, RulesFile
from tiercel.rules.problem import LoadError, Problem
from tiercel.rules.reader import Reader
from tiercel.rules.rule import Rule
from tiercel.rules.schema import OK, complaints
from tiercel.rules.selection import select
from tiercel.rules.version import unmet
from tiercel.rules.yaml import Node, Stream, YamlError, load_documents

# A rules file is read into memory whole.
MAX_FILE_BYTES = 32 << 20


@dataclass(slots=True)
class FileResult:
    """What came of one file. `schema` holds "ok" or complaints, a document each; it is empty for what is no
    YAML."""

    name: str
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    schema: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.errors

    def as_json(self) -> dict[str, Any]:
        """As in Falco's `falco_load_results`."""
        document: dict[str, Any] = {
            "name": self.name,
            "successful": self.ok,
            "errors": [e.as_json() for e in self.errors],
            "warnings": [w.as_json() for w in self.warnings],
        }
        if self.schema:
            valid = self.schema[0] == OK
            document["schema_valid"] = valid
            document["schema_warnings"] = [] if valid else self.schema
        return document


@dataclass(slots=True)
class LoadResult:
    """What came of all files. `rules` are those of the last file that loaded, with all before it, in load
    order."""

    results: list[FileResult] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)

    def as_json(self) -> dict[str, Any]:
        """Falco's document of load results."""
        return {"falco_load_results": [result.as_json() for result in self.results]}


def load_rules(paths: Sequence[Path | str], append_output: Sequence[AppendOutput] = ()) -> LoadResult:
    """Loads files in the order given, folders with their `.yaml` and `.yml` files in the order of their
    names.

    Nothing is raised for what is wrong with a file: `LoadResult.ok` tells, and each file's result says what
    it is.
    """
    loader = Loader(append_output)
    for path in rules_files(paths):
        loader.load(path)
    return loader.result


def rules_files(paths: Sequence[Path | str]) -> list[str]:
    """Files by name, with folders replaced by the rules files in them (not in folders below)."""
    names: list[str] = []
    for path in paths:
        name = os.fspath(path)
        if not os.path.isdir(name):
            names.append(name)
            continue
        inside = sorted(os.path.join(name, entry) for entry in _entries(name))
        names += [f for f in inside if f.endswith((".yaml", ".yml")) and os.path.isfile(f)]
    return names


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


class Loader:
    """Loads files one after the other; `result` grows."""

    def __init__(self, append_output: Sequence[AppendOutput] = ()) -> None:
        self.result = LoadResult()
        self._appended = tuple(append_output)
        self._collection = Collection({name: SourceFields(name) for name in SOURCES})
        self._memory = Memory()

    def load(self, path: Path | str) -> FileResult:
        """Reads a file and loads it."""
        name = os.fspath(path)
        try:
            content = _content(name)
        except OSError as e:
            file = RulesFile(name, b"", Stream(b""))
            result = FileResult(name)
            message = f"{name}: {e.strerror or e}"
            result.errors.append(Problem(problem.FILE_READ, message, Place.whole(file)))
            self.result.results.append(result)
            return result
        return self.load_content(content, name)

    def load_content(self, content: bytes, name: str) -> FileResult:
        """Loads what a file of that name would hold."""
        result = FileResult(name)
        self.result.results.append(result)
        file = RulesFile(name, content, Stream(content))
        try:
            self._read(file, result)
            self._compile(result)
        except LoadError as e:
            result.errors.append(e.problem)
        self._check_plugins(file, result)
        return result

    def _read(self, file: RulesFile, result: FileResult) -> None:
        whole = Place.whole(file)
        documents = self._documents(file, whole)
        schema: list[str] = []
        for document in documents:
            try:
                schema += complaints(document, file.stream)
            except YamlError as e:
                raise LoadError(problem.YAML_PARSE, e.text, whole) from None
        result.schema = schema
        reader = Reader(self._collection, result.warnings)
        for document in documents:
            reader.read(document, whole)

    def _documents(self, file: RulesFile, whole: Place) -> list[Node]:
        try:
            return load_documents(file.stream)
        except YamlError as e:
            raise LoadError(problem.YAML_PARSE, e.text, whole.at(e.position)) from None

    def _compile(self, result: FileResult) -> None:
        compiler = Compiler(self._collection, self._appended, self._memory)
        try:
            compiler.compile()
        finally:
            result.warnings += compiler.warnings
        self.result.rules = compiler.rules

    def _check_plugins(self, file: RulesFile, result: FileResult) -> None:
        for alternatives, place in self._collection.plugins:
            fault = unmet(alternatives)
            if fault and place.file is file:
                result.errors.append(Problem(problem.VALIDATE, fault, place))


def _content(name: str) -> bytes:
    with open(name, "rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise OSError(f"larger than {MAX_FILE_BYTES >> 20} MB")
    return content


__all__ = ["FileResult", "LoadResult", "Loader", "load_rules", "rules_files", "select"]
