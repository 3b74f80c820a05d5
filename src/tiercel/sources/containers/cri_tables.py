"""Field numbers of the messages that are exchanged with CRI runtimes and with containerd itself.

CRI: kubernetes/cri-api, package runtime.v1. containerd: its API v1 (containers, namespaces, images, tasks, events).
Only the fields that are read or written here.
"""

from __future__ import annotations

from tiercel.sources.containers.protobuf import Field, Table

# ---- both

TIMESTAMP: Table = {1: Field("seconds", "int"), 2: Field("nanos", "int")}
ANY: Table = {1: Field("type_url", "text"), 2: Field("value", "bytes")}

# ---- CRI

RUNTIME = "runtime.v1.RuntimeService/"
VERSION_ASK: Table = {1: Field("version", "text")}
VERSION: Table = {2: Field("runtime_name", "text"), 3: Field("runtime_version", "text")}

STATE: Table = {1: Field("state", "int")}
FILTER: Table = {1: Field("id", "text"), 2: Field("state", "message", STATE)}
LIST_ASK: Table = {1: Field("filter", "message", FILTER)}
IMAGE: Table = {1: Field("image", "text"), 18: Field("user_specified_image", "text")}
METADATA: Table = {1: Field("name", "text")}
CONTAINER: Table = {
    1: Field("id", "text"),
    2: Field("pod_sandbox_id", "text"),
    3: Field("metadata", "message", METADATA),
    6: Field("state", "int"),
    7: Field("created_at", "int"),
}
LIST: Table = {1: Field("containers", "message", CONTAINER, many=True)}
STATUS_ASK: Table = {1: Field("container_id", "text"), 2: Field("verbose", "bool")}
MOUNT: Table = {
    1: Field("container_path", "text"),
    2: Field("host_path", "text"),
    3: Field("readonly", "bool"),
    5: Field("propagation", "int"),
}
LINUX_RESOURCES: Table = {
    1: Field("cpu_period", "int"),
    2: Field("cpu_quota", "int"),
    3: Field("cpu_shares", "int"),
    4: Field("memory_limit", "int"),
    6: Field("cpuset_cpus", "text"),
    10: Field("swap_limit", "int"),
}
RESOURCES: Table = {1: Field("linux", "message", LINUX_RESOURCES)}
LINUX_USER: Table = {1: Field("uid", "int")}
USER: Table = {1: Field("linux", "message", LINUX_USER)}
CONTAINER_STATUS: Table = {
    1: Field("id", "text"),
    2: Field("metadata", "message", METADATA),
    3: Field("state", "int"),
    4: Field("created_at", "int"),
    5: Field("started_at", "int"),
    6: Field("finished_at", "int"),
    7: Field("exit_code", "int"),
    8: Field("image", "message", IMAGE),
    9: Field("image_ref", "text"),
    12: Field("labels", "map"),
    13: Field("annotations", "map"),
    14: Field("mounts", "message", MOUNT, many=True),
    16: Field("resources", "message", RESOURCES),
    17: Field("image_id", "text"),
    18: Field("user", "message", USER),
}
STATUS: Table = {1: Field("status", "message", CONTAINER_STATUS), 2: Field("info", "map")}

POD_METADATA: Table = {1: Field("name", "text"), 2: Field("uid", "text"), 3: Field("namespace", "text")}
NETWORK: Table = {1: Field("ip", "text")}
NAMESPACE_OPTIONS: Table = {1: Field("network", "int"), 2: Field("pid", "int"), 3: Field("ipc", "int")}
NAMESPACES: Table = {2: Field("options", "message", NAMESPACE_OPTIONS)}
POD_LINUX: Table = {1: Field("namespaces", "message", NAMESPACES)}
POD_STATUS: Table = {
    1: Field("id", "text"),
    2: Field("metadata", "message", POD_METADATA),
    3: Field("state", "int"),
    4: Field("created_at", "int"),
    5: Field("network", "message", NETWORK),
    6: Field("linux", "message", POD_LINUX),
    7: Field("labels", "map"),
    8: Field("annotations", "map"),
}
POD: Table = {1: Field("id", "text"), 3: Field("state", "int")}
POD_LIST: Table = {1: Field("items", "message", POD, many=True)}
POD_ASK: Table = {1: Field("pod_sandbox_id", "text"), 2: Field("verbose", "bool")}
POD_ANSWER: Table = {1: Field("status", "message", POD_STATUS), 2: Field("info", "map")}

STATS_ASK: Table = {1: Field("container_id", "text")}
COUNT: Table = {1: Field("value", "int")}
USAGE: Table = {3: Field("used_bytes", "message", COUNT)}
CONTAINER_STATS: Table = {4: Field("writable_layer", "message", USAGE)}
STATS: Table = {1: Field("stats", "message", CONTAINER_STATS)}

EVENT: Table = {
    1: Field("container_id", "text"),
    2: Field("type", "int"),
    3: Field("created_at", "int"),
}

# States, kinds of events, namespace modes, mount propagations.
RUNNING = 1
POD_READY = 0
EVENT_STARTED, EVENT_STOPPED, EVENT_DELETED = 1, 2, 3
OF_THE_NODE = 2
PROPAGATIONS = {0: "private", 1: "rslave", 2: "rshared"}

# ---- containerd

NAMESPACES_SERVICE = "containerd.services.namespaces.v1.Namespaces/"
CONTAINERS_SERVICE = "containerd.services.containers.v1.Containers/"
IMAGES_SERVICE = "containerd.services.images.v1.Images/"
TASKS_SERVICE = "containerd.services.tasks.v1.Tasks/"
EVENTS_SERVICE = "containerd.services.events.v1.Events/"

NAMED: Table = {1: Field("name", "text")}
NAMESPACE_LIST: Table = {1: Field("namespaces", "message", NAMED, many=True)}
ID: Table = {1: Field("id", "text")}
CONTAINERD_CONTAINER: Table = {
    1: Field("id", "text"),
    2: Field("labels", "map"),
    3: Field("image", "text"),
    5: Field("spec", "message", ANY),
    8: Field("created_at", "message", TIMESTAMP),
    11: Field("sandbox", "text"),
}
CONTAINERD_GET: Table = {1: Field("container", "message", CONTAINERD_CONTAINER)}
DESCRIPTOR: Table = {2: Field("digest", "text"), 3: Field("size", "int")}
CONTAINERD_IMAGE: Table = {1: Field("name", "text"), 3: Field("target", "message", DESCRIPTOR)}
IMAGE_GET: Table = {1: Field("image", "message", CONTAINERD_IMAGE)}
PROCESS: Table = {
    1: Field("container_id", "text"),
    2: Field("id", "text"),
    3: Field("pid", "int"),
    4: Field("status", "int"),
}
TASK_ASK: Table = {1: Field("container_id", "text"), 2: Field("exec_id", "text")}
TASK: Table = {1: Field("process", "message", PROCESS)}
TASK_LIST: Table = {1: Field("tasks", "message", PROCESS, many=True)}
TASK_RUNNING = 2
FILTERS: Table = {1: Field("filters", "text", many=True)}
ENVELOPE: Table = {
    1: Field("timestamp", "message", TIMESTAMP),
    2: Field("namespace", "text"),
    3: Field("topic", "text"),
    4: Field("event", "message", ANY),
}
TASK_START: Table = {1: Field("container_id", "text"), 2: Field("pid", "int")}
TASK_EXIT: Table = {
    1: Field("container_id", "text"),
    2: Field("id", "text"),
    3: Field("pid", "int"),
    4: Field("exit_status", "int"),
}
TASK_EXEC: Table = {1: Field("container_id", "text"), 2: Field("exec_id", "text"), 3: Field("pid", "int")}
CONTAINER_DELETE: Table = {1: Field("id", "text")}
