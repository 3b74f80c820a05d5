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
    Which event of its source this is, counted from 1 over all events, also those that no rule looks at.
evt.time CHARBUF
    Local time of day with nanoseconds, `14:03:07.120045318`.
evt.time.s CHARBUF
    Local time of day to the second, `14:03:07`.
evt.time.iso8601 CHARBUF
    Date and time in UTC with nanoseconds, `2024-05-02T12:03:07.120045318+0000`.
evt.datetime CHARBUF
    Local date and time with nanoseconds, `2024-05-02 14:03:07.120045318`.
evt.datetime.s CHARBUF
    Local date and time to the second, `2024-05-02 14:03:07`.
evt.rawtime ABSTIME
    Nanoseconds from 1970 (UTC) to the event.
evt.rawtime.s ABSTIME
    Whole seconds from 1970 (UTC) to the event.
evt.rawtime.ns ABSTIME:10_PADDED_DEC
    What `evt.rawtime.s` leaves over, in nanoseconds.
evt.reltime RELTIME:10_PADDED_DEC
    Nanoseconds since the first event of the source.
evt.reltime.s RELTIME
    Whole seconds since the first event of the source.
evt.reltime.ns RELTIME:10_PADDED_DEC
    What `evt.reltime.s` leaves over, in nanoseconds.
evt.pluginname CHARBUF
    Name of the plugin that an event comes from; `k8saudit` for Kubernetes audit events. Absent for system
    calls.
evt.plugininfo CHARBUF
    One line in which a plugin sums up its event. Absent for system calls.
evt.source CHARBUF
    The event's source: `syscall` or `k8s_audit`. A rule sees only events of the source it names.
evt.is_async BOOL
    Whether the event was put into the stream by something that runs beside the source, such as the
    container runtime watcher.
evt.asynctype CHARBUF
    Kind of such an event, `container` when a container was found. Absent for all others.
evt.hostname CHARBUF
    Name of the machine that the event happened on. The variable FALCO_HOSTNAME, where set, goes before
    the machine's own name: a DaemonSet sets it to the node's name.
""",
)

SYSCALL_EVENT = field_class(
    "evt",
    "system calls",
    "The call: its type, direction, arguments, result. Each argument by its name: `evt.arg.name`.",
    ("syscall",),
    """
evt.latency RELTIME deprecated
    Always 0. It held the time between the way in and the way out of a call.
evt.latency.s RELTIME deprecated
    Always 0, see `evt.latency`.
evt.latency.ns RELTIME:10_PADDED_DEC deprecated
    Always 0, see `evt.latency`.
evt.latency.quantized UINT64 table_only deprecated
    Always 0, see `evt.latency`.
evt.latency.human CHARBUF deprecated
    Always `0ns`, see `evt.latency`.
evt.deltatime RELTIME
    Nanoseconds since the event before, counted over the events for which this field was asked.
evt.deltatime.s RELTIME
    Whole seconds since the event before, see `evt.deltatime`.
evt.deltatime.ns RELTIME:10_PADDED_DEC
    What `evt.deltatime.s` leaves over, in nanoseconds.
evt.outputtime CHARBUF print_only
    The event's time as outputs show it.
evt.dir CHARBUF:DIR deprecated
    `>` on the way into a call, `<` on the way out. Rules are asked on the way out, so this is `<` for
    nearly every event.
evt.type CHARBUF
    Name of the event: the system call (`openat`, `execve`), or what else happened (`procexit`,
    `signaldeliver`, `container`).
evt.type.is UINT32:NA arg=dotted
    1 for events of one type and 0 for all others: `evt.type.is.openat`. A number instead of the name is
    an event code.
syscall.type CHARBUF
    Name of the system call. Absent for events that are none, as `procexit`.
evt.category CHARBUF
    What the call is about: `file`, `net`, `process`, `memory`, `ipc`, `user`, `signal`, `system`, `time`,
    `sleep`, `wait`, `other`. For reads and writes the descriptor decides: `file`, `net`, `ipc`.
evt.cpu INT16:ID
    Number of the processor that the call ran on.
evt.args CHARBUF
    All arguments of the event in one line, `name=value name=value`, flags and errors with their names
    behind the number.
evt.arg CHARBUF arg=dotted|index
    One argument as text, by name (`evt.arg.flags`) or by place from 0 (`evt.arg[0]`). Flags and errors
    appear by name, descriptors with what is behind them. The event reference lists each event's
    arguments.
evt.rawarg DYN arg=dotted no_transformer no_rhs
    One argument by name as it was recorded, a number where it is one, to be compared as such:
    `evt.rawarg.size > 4096`.
evt.info CHARBUF
    The same as `evt.args`.
evt.buffer BYTEBUF
    The bytes that the call read or wrote, as far as they were recorded (80 bytes unless the sensor was
    told otherwise).
evt.buflen UINT64
    Number of bytes that a read or write moved.
evt.res CHARBUF:DEC
    How the call ended: `SUCCESS`, or the error's name, `ENOENT`.
evt.rawres INT64
    What the call returned, as a number; negative is an error.
evt.failed BOOL
    Whether the call ended in an error.
evt.is_io BOOL
    Whether the event reads from or writes to a descriptor.
evt.is_io_read BOOL
    Whether the event reads from a descriptor, as read, recvfrom, readv do.
evt.is_io_write BOOL
    Whether the event writes to a descriptor, as write, sendto, writev do.
evt.io_dir CHARBUF
    `read` or `write` for events that read from or write to a descriptor.
evt.is_wait BOOL
    Whether the thread may have slept in the call, as in poll, select, nanosleep, futex.
evt.wait_latency RELTIME deprecated
    Always 0. It held the time slept in a call.
evt.is_syslog BOOL
    Whether the event writes to /dev/log.
evt.count UINT32
    1 for every event, to be added up in tables.
evt.count.error UINT32
    1 where the call ended in an error, else 0.
evt.count.error.file UINT32
    The same, only for calls on files.
evt.count.error.net UINT32
    The same, only for calls on sockets.
evt.count.error.memory UINT32
    The same, only for calls on memory.
evt.count.error.other UINT32
    The same, only for what is neither files, sockets nor memory.
evt.count.exit UINT32
    1 on the way out of a call.
evt.count.procinfo UINT32 table_only
    1 for the periodic report on a process's main thread, else 0.
evt.count.threadinfo UINT32 table_only
    1 for the periodic report on any thread, else 0.
evt.around UINT64 arg=index filter_only no_transformer no_rhs
    Whether the event lies within some milliseconds of a moment: `evt.around[1714651387120045318]=500`,
    the moment in nanoseconds from 1970.
evt.abspath CHARBUF arg=dotted?
    The path that calls as openat, linkat, renameat name, made absolute from the directory that they give.
    `evt.abspath.src` and `evt.abspath.dst` for those that name two.
evt.buflen.in UINT64 table_only
    Number of bytes read.
evt.buflen.out UINT64 table_only
    Number of bytes written.
evt.buflen.file UINT64 table_only
    Number of bytes read from or written to a file.
evt.buflen.file.in UINT64 table_only
    Number of bytes read from a file.
evt.buflen.file.out UINT64 table_only
    Number of bytes written to a file.
evt.buflen.net UINT64 table_only
    Number of bytes that went over an IP socket, either way.
evt.buflen.net.in UINT64 table_only
    Number of bytes received from an IP socket.
evt.buflen.net.out UINT64 table_only
    Number of bytes sent to an IP socket.
evt.is_open_read BOOL
    Whether the event is an open (open, openat, openat2, open_by_handle_at) that asks to read.
evt.is_open_write BOOL
    Whether the event is an open (open, openat, openat2, open_by_handle_at) that asks to write.
evt.infra.docker.name CHARBUF table_only
    Docker's name of what happened, in events of the infrastructure watcher of old captures.
evt.infra.docker.container.id CHARBUF table_only
    Short id of the container that such an event is about.
evt.infra.docker.container.name CHARBUF table_only
    Name of the container that such an event is about.
evt.infra.docker.container.image CHARBUF table_only
    Image of the container that such an event is about.
evt.is_open_exec BOOL
    Whether the event creates a file that may be executed: an open with O_CREAT or O_TMPFILE, or creat,
    with an execute bit in the mode.
evt.is_open_create BOOL
    Whether the event is an open that brought a new file into being.
""",
)

COUNTER = field_class(
    "util",
    "",
    "A number that grows with every use.",
    ("syscall",),
    """
util.cnt UINT64:ID
    How often this field has been asked for.
""",
)
