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
    Number of the descriptor.
fd.type CHARBUF:DEC
    What the descriptor is: `file`, `directory`, `ipv4`, `ipv6`, `unix`, `pipe`, `event`, `signalfd`,
    `eventpoll`, `inotify`, `timerfd`, `netlink`, `bpf`, `userfaultfd`, `io_uring`, `memfd`, `pidfd`.
fd.typechar CHARBUF:DEC
    The same as one letter: `f` file, `d` directory, `4` and `6` IP sockets, `u` unix socket, `p` pipe,
    `e` event, `s` signalfd, `l` eventpoll, `i` inotify, `t` timerfd, `n` netlink, `b` bpf, `u`
    userfaultfd too, `r` io_uring, `m` memfd, `P` pidfd, `o` unknown.
fd.name CHARBUF
    A file's full path; a connection as `client:port->server:port`; for the rest, what tells it apart.
fd.directory CHARBUF
    A file's directory, without a slash at the end.
fd.filename CHARBUF
    A file's name without its directory.
fd.ip IPADDR filter_only no_transformer no_rhs
    Both ends' addresses: a condition holds where it does for one of them.
fd.cip IPADDR
    The client's address.
fd.sip IPADDR
    The server's address.
fd.lip IPADDR
    The address on this machine.
fd.rip IPADDR
    The address at the other end.
fd.port PORT filter_only no_transformer no_rhs
    Both ends' ports: a condition holds where it does for one of them.
fd.cport PORT
    The client's port.
fd.sport PORT
    The server's port.
fd.lport PORT
    The port on this machine.
fd.rport PORT
    The port at the other end.
fd.l4proto CHARBUF
    Protocol of an IP socket: `tcp`, `udp`, `icmp`, `raw`.
fd.sockfamily CHARBUF
    `ip` or `unix` for sockets.
fd.is_server BOOL
    Whether this process is the server's end of the connection.
fd.uid CHARBUF
    Thread id and descriptor number in one: tells the descriptor apart from all others.
fd.containername CHARBUF
    Container id and `fd.name` in one.
fd.containerdirectory CHARBUF
    Container id and `fd.directory` in one.
fd.proto PORT:NA filter_only no_transformer no_rhs
    The service of either end's port (`ssh`, `https`): a condition holds where it does for one of them.
fd.cproto CHARBUF
    The service that the client's port stands for.
fd.sproto CHARBUF
    The service that the server's port stands for, `https` for 443.
fd.lproto CHARBUF
    The service that the port on this machine stands for.
fd.rproto CHARBUF
    The service that the port at the other end stands for.
fd.net IPNET filter_only no_transformer no_rhs
    Both ends' addresses, to be held against networks: `fd.net in (10.0.0.0/8, 192.168.0.0/16)` holds
    where one of them lies in one.
fd.cnet IPNET filter_only no_transformer no_rhs
    The client's address, to be held against networks.
fd.snet IPNET filter_only no_transformer no_rhs
    The server's address, to be held against networks.
fd.lnet IPNET filter_only no_transformer no_rhs
    The address on this machine, to be held against networks.
fd.rnet IPNET filter_only no_transformer no_rhs
    The address at the other end, to be held against networks.
fd.connected BOOL
    Whether an IP socket is connected.
fd.name_changed BOOL
    Whether this event gave the descriptor another name, as a datagram to another peer does.
fd.cip.name CHARBUF no_transformer no_rhs
    Host name of the client's address. In a condition, the names on the right are resolved and their
    addresses compared.
fd.sip.name CHARBUF no_transformer no_rhs
    Host name of the server's address, see `fd.cip.name`.
fd.lip.name CHARBUF no_transformer no_rhs
    Host name of the address on this machine, see `fd.cip.name`.
fd.rip.name CHARBUF no_transformer no_rhs
    Host name of the address at the other end, see `fd.cip.name`.
fd.dev INT32:HEX
    Number of the device that the file lies on.
fd.dev.major INT32
    Major part of that number.
fd.dev.minor INT32
    Minor part of that number.
fd.ino INT64
    Inode of the file.
fd.nameraw CHARBUF
    Path of a file as the program gave it: relative where it was, `..` left in.
fd.types LIST(CHARBUF):DEC arg=index? no_rhs
    Types of all open descriptors of the process, each once, as in `fd.type`; `fd.types[0]` is the type of
    that one.
fd.is_upper_layer BOOL
    Whether the file lies in the upper layer of an overlay: in a container, made or changed since the
    start.
fd.is_lower_layer BOOL
    Whether the file lies in the lower layer of an overlay: in a container, a file of the image.
""",
)

FDLIST = field_class(
    "fdlist",
    "",
    "The descriptors that a poll waits for.",
    ("syscall",),
    """
fdlist.nums CHARBUF:ID
    Numbers of the descriptors that a poll waits for, joined by commas.
fdlist.names CHARBUF
    Names of the descriptors that a poll waits for, joined by commas.
fdlist.cips CHARBUF
    Client addresses of the sockets that a poll waits for, joined by commas.
fdlist.sips CHARBUF
    Server addresses of the sockets that a poll waits for, joined by commas.
fdlist.cports CHARBUF:DEC
    Client ports of the sockets that a poll waits for, joined by commas.
fdlist.sports CHARBUF:DEC
    Server ports of the sockets that a poll waits for, joined by commas.
""",
)
