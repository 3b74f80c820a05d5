"""The demonstration: one intrusion, as a capture of a node and the audit log of its API server.

`python -m tiercel.demo` writes both files anew; they say the same every time.
"""

from pathlib import Path

CAPTURE = Path(__file__).parent / "intrusion.scap.gz"
AUDIT_LOG = Path(__file__).parent / "intrusion-audit.jsonl"
