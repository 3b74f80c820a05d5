"""Fields of the descriptor that an event acts on, and of the lists that poll takes."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

FD = field_class(
    "fd",
    "",
    "The file, socket or other descriptor that the call acts on.",
    ("syscall",),
    """
fd.num INT64:ID
fd.type CHARBUF:DEC
fd.typechar CHARBUF:DEC
fd.name CHARBUF
fd.directory CHARBUF
fd.filename CHARBUF
fd.ip IPADDR filter_only no_transformer no_rhs
fd.cip IPADDR
fd.sip IPADDR
fd.lip IPADDR
fd.rip IPADDR
fd.port PORT filter_only no_transformer no_rhs
fd.cport PORT
fd.sport PORT
fd.lport PORT
fd.rport PORT
fd.l4proto CHARBUF
fd.sockfamily CHARBUF
fd.is_server BOOL
fd.uid CHARBUF
fd.containername CHARBUF
fd.containerdirectory CHARBUF
fd.proto PORT:NA filter_only no_transformer no_rhs
fd.cproto CHARBUF
fd.sproto CHARBUF
fd.lproto CHARBUF
fd.rproto CHARBUF
fd.net IPNET filter_only no_transformer no_rhs
fd.cnet IPNET filter_only no_transformer no_rhs
fd.snet IPNET filter_only no_transformer no_rhs
fd.lnet IPNET filter_only no_transformer no_rhs
fd.rnet IPNET filter_only no_transformer no_rhs
fd.connected BOOL
fd.name_changed BOOL
fd.cip.name CHARBUF no_transformer no_rhs
fd.sip.name CHARBUF no_transformer no_rhs
fd.lip.name CHARBUF no_transformer no_rhs
fd.rip.name CHARBUF no_transformer no_rhs
fd.dev INT32:HEX
fd.dev.major INT32
fd.dev.minor INT32
fd.ino INT64
fd.nameraw CHARBUF
fd.types LIST(CHARBUF):DEC arg=index? no_rhs
fd.is_upper_layer BOOL
fd.is_lower_layer BOOL
""",
)

FDLIST = field_class(
    "fdlist",
    "",
    "The descriptors that a poll waits for.",
    ("syscall",),
    """
fdlist.nums CHARBUF:ID
fdlist.names CHARBUF
fdlist.cips CHARBUF
fdlist.sips CHARBUF
fdlist.cports CHARBUF:DEC
fdlist.sports CHARBUF:DEC
""",
)
