"""What runtimes know of containers: a thread that asks podman, Docker, CRI runtimes and containerd.

    watch = ContainerWatch(RuntimeSockets())
    watch.start()
    watch.wait_listed(2.0)                            # what ran before is told first
    ...
    watch.ask("0123456789ab", thread_cgroups)         # a container that the state does not know; never waits
    ...
    for told in watch.take():                         # in each turn of the loop, before the events of that turn
        match told:
            case ContainerInfo(id=id, document=data):
                ...                                   # an ASYNCEVENT_E named ADDED, data + b"\\0"
            case NotAContainer(id=id, outer=outer):
                ...                                   # the folder is none: a process of `outer`, or of the host
            case ContainerUnknown(id=id, reason=reason):
                ...                                   # alerts that waited for the name go out without it
            case ContainerStopped(document=data):
                ...                                   # evidence, and an ASYNCEVENT_E named REMOVED
            case ContainerStarted() | ContainerExec():
                ...                                   # evidence: pid, image, mounts, command
    watch.stop()

`ask` once for each id for which `container_find` gives nothing, with the list of cgroups of the thread as
`Thread.cgroups` keeps it: the path says which runtimes make such folders. Asking again while it is being asked
costs a look into a set, and each question is answered by exactly one of `ContainerInfo`, `NotAContainer`,
`ContainerUnknown` (but for those that `ask` refused by False). An id that the state tells the type of itself (lxc,
libvirt, bpm) is not asked for.

An alert that needs a name waits for that answer, at most as long as its owner likes: a container that is just being
made is answered after the runtime has written it down, a wrong id after all repeats (2.4 s). `NotAContainer` is
about the folder. A process that has a pid or a mount namespace of its own is in some container, whoever made it:
take it for the host's only where it has none.

Where h2 is not installed (`pip install 'tiercel[cri]'`), CRI and containerd are not asked; what their files tell is
told.
"""

from tiercel.sources.containers.description import Description, Mount, Port
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.sockets import RuntimeSockets
from tiercel.sources.containers.told import (
    ADDED,
    REMOVED,
    ContainerExec,
    ContainerInfo,
    ContainerStarted,
    ContainerStopped,
    ContainerUnknown,
    NotAContainer,
    Told,
)
from tiercel.sources.containers.watch import ContainerWatch, WatchCounts

__all__ = [
    "ADDED",
    "REMOVED",
    "ContainerExec",
    "ContainerInfo",
    "ContainerStarted",
    "ContainerStopped",
    "ContainerUnknown",
    "ContainerWatch",
    "Description",
    "Engine",
    "Mount",
    "NotAContainer",
    "Port",
    "RuntimeSockets",
    "Told",
    "WatchCounts",
]
