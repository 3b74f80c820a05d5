"""Kubernetes audit logs: files, standard input, files that grow.

    with AuditLog("audit.log", on_bad=report) as log:
        for event in log:          # AuditEvent: time_ns, document, raw, line, num
            ...

The fields of an event are read by `tiercel.events.fields.audit.extractor`.
"""

from tiercel.events.fields.audit_event import AuditEvent
from tiercel.sources.k8s_audit.audit_log import MAX_EVENT_BYTES, AuditLog
from tiercel.sources.k8s_audit.bad_event import BadEvent

__all__ = ["MAX_EVENT_BYTES", "AuditEvent", "AuditLog", "BadEvent"]
