"""Fields of the event itself: those of every event, those of system calls, and a counter."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

ANY_EVENT = field_class(
    "evt",
    "any event",
    "When the event happened, its number, where it comes from.",
    ("syscall", "k8s_audit"),
    """
evt.num UINT64:ID
evt.time CHARBUF
evt.time.s CHARBUF
evt.time.iso8601 CHARBUF
evt.datetime CHARBUF
evt.datetime.s CHARBUF
evt.rawtime ABSTIME
evt.rawtime.s ABSTIME
evt.rawtime.ns ABSTIME:10_PADDED_DEC
evt.reltime RELTIME:10_PADDED_DEC
evt.reltime.s RELTIME
evt.reltime.ns RELTIME:10_PADDED_DEC
evt.pluginname CHARBUF
evt.plugininfo CHARBUF
evt.source CHARBUF
evt.is_async BOOL
evt.asynctype CHARBUF
evt.hostname CHARBUF
""",
)

SYSCALL_EVENT = field_class(
    "evt",
    "system calls",
    "The call: its type, direction, arguments, result. Each argument by its name: `evt.arg.name`.",
    ("syscall",),
    """
evt.latency RELTIME deprecated
evt.latency.s RELTIME deprecated
evt.latency.ns RELTIME:10_PADDED_DEC deprecated
evt.latency.quantized UINT64 table_only deprecated
evt.latency.human CHARBUF deprecated
evt.deltatime RELTIME
evt.deltatime.s RELTIME
evt.deltatime.ns RELTIME:10_PADDED_DEC
evt.outputtime CHARBUF print_only
evt.dir CHARBUF:DIR deprecated
evt.type CHARBUF
evt.type.is UINT32:NA arg=dotted
syscall.type CHARBUF
evt.category CHARBUF
evt.cpu INT16:ID
evt.args CHARBUF
evt.arg CHARBUF arg=dotted|index
evt.rawarg DYN arg=dotted no_transformer no_rhs
evt.info CHARBUF
evt.buffer BYTEBUF
evt.buflen UINT64
evt.res CHARBUF:DEC
evt.rawres INT64
evt.failed BOOL
evt.is_io BOOL
evt.is_io_read BOOL
evt.is_io_write BOOL
evt.io_dir CHARBUF
evt.is_wait BOOL
evt.wait_latency RELTIME deprecated
evt.is_syslog BOOL
evt.count UINT32
evt.count.error UINT32
evt.count.error.file UINT32
evt.count.error.net UINT32
evt.count.error.memory UINT32
evt.count.error.other UINT32
evt.count.exit UINT32
evt.count.procinfo UINT32 table_only
evt.count.threadinfo UINT32 table_only
evt.around UINT64 arg=index filter_only no_transformer no_rhs
evt.abspath CHARBUF arg=dotted?
evt.buflen.in UINT64 table_only
evt.buflen.out UINT64 table_only
evt.buflen.file UINT64 table_only
evt.buflen.file.in UINT64 table_only
evt.buflen.file.out UINT64 table_only
evt.buflen.net UINT64 table_only
evt.buflen.net.in UINT64 table_only
evt.buflen.net.out UINT64 table_only
evt.is_open_read BOOL
evt.is_open_write BOOL
evt.infra.docker.name CHARBUF table_only
evt.infra.docker.container.id CHARBUF table_only
evt.infra.docker.container.name CHARBUF table_only
evt.infra.docker.container.image CHARBUF table_only
evt.is_open_exec BOOL
evt.is_open_create BOOL
""",
)

COUNTER = field_class(
    "util",
    "",
    "A number that grows with every use.",
    ("syscall",),
    """
util.cnt UINT64:ID
""",
)
