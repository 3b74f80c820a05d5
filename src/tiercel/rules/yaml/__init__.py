"""YAML as Falco reads it: documents of nodes that know where they stand in the file."""

from tiercel.rules.yaml.document import Node, NodeKind, load_documents
from tiercel.rules.yaml.stream import Position, Stream, YamlError

__all__ = ["Node", "NodeKind", "Position", "Stream", "YamlError", "load_documents"]
