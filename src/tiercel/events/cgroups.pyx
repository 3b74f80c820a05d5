"""Cgroup paths of container engines.

Most engines put a container's 64 hex digits between a prefix and a suffix, the last of their kind in the path; the first
twelve are its id. (Container plugin of Falco, its matchers)
"""

from libc.string cimport memcmp, strlen

from tiercel.events.containers cimport CT_BPM, CT_LIBVIRT_LXC, CT_LXC

cdef enum:
    LONG_ID = 64
    SHORT_ID = 12
    NOWHERE = 0xFFFFFFFF

cdef struct Layout:
    const char *prefix
    const char *suffix

cdef Layout[13] LAYOUTS
LAYOUTS[:] = [
    # podman
    Layout(b"/libpod-", b".scope"),
    Layout(b"/libpod-", b".scope/container"),
    Layout(b"/libpod-", b""),
    Layout(b"/libpod-payload-", b".scope"),
    Layout(b"/libpod-payload-", b".scope/container"),
    Layout(b"/libpod-payload-", b""),
    # docker, containerd without systemd
    Layout(b"/", b""),
    Layout(b"/docker-", b".scope"),
    # CRI
    Layout(b"/crio-", b""),
    Layout(b"/cri-containerd-", b".scope"),
    Layout(b"/crio-", b".scope"),
    Layout(b":cri-containerd:", b""),
    Layout(b"/nerdctl-", b".scope"),
]


cdef uint32_t find_first(const char *p, uint32_t n, const char *what, uint32_t begin) noexcept nogil:
    cdef uint32_t k = <uint32_t> strlen(what), i
    if n < k:
        return NOWHERE
    for i in range(begin, n - k + 1):
        if memcmp(p + i, what, k) == 0:
            return i
    return NOWHERE


cdef uint32_t find_last(const char *p, uint32_t n, const char *what, uint32_t k) noexcept nogil:
    cdef uint32_t i = n
    if n < k:
        return NOWHERE
    i = n - k
    while memcmp(p + i, what, k):
        if i == 0:
            return NOWHERE
        i -= 1
    return i


cdef bint ends_with(const char *p, uint32_t n, const char *what) noexcept nogil:
    cdef uint32_t k = <uint32_t> strlen(what)
    return n >= k and memcmp(p + n - k, what, k) == 0


cdef inline bint is_hex(char c) noexcept nogil:
    return c'0' <= c <= c'9' or c'a' <= c <= c'f' or c'A' <= c <= c'F'


cdef inline bint is_alnum(char c) noexcept nogil:
    return c'0' <= c <= c'9' or c'a' <= c <= c'z' or c'A' <= c <= c'Z'


cdef bint match_between(
    const char *p, uint32_t n, const char *prefix, uint32_t n_prefix, const char *suffix, bint any_name, Match *m
) noexcept nogil:
    cdef uint32_t begin = find_last(p, n, prefix, n_prefix)
    cdef uint32_t end = n, i
    if begin == NOWHERE:
        return False
    begin += n_prefix
    if suffix[0]:
        end = find_last(p, n, suffix, <uint32_t> strlen(suffix))
        if end == NOWHERE:
            return False
    if end <= begin or end - begin > LONG_ID:
        return False
    m.id = p + begin
    m.type = -1
    if end - begin == LONG_ID:
        # Falco asks where the first other character is in the whole path, so one that is far enough in does no harm.
        i = begin
        while i < n and is_hex(p[i]):
            i += 1
        if i == n or i >= LONG_ID:
            m.n = SHORT_ID
            return True
    if any_name and not ends_with(p, n, b".service") and not ends_with(p, n, b".slice") and not ends_with(p, n, b".scope"):
        m.n = end - begin if end - begin < SHORT_ID else SHORT_ID
        return True
    return False


cdef bint match_containerd(const char *p, uint32_t n, Match *m) noexcept nogil:
    # /namespace/name, where a namespace is words joined by one of ". _ -" and the name is any.
    cdef uint32_t i = 0, k
    cdef bint word
    while i < n:
        if p[i] != c'/':
            i += 1
            continue
        k = i + 1
        word = False
        while k < n:
            if is_alnum(p[k]):
                word = True
            elif word and (p[k] == c'.' or p[k] == c'_' or p[k] == c'-'):
                word = False
            else:
                break
            k += 1
        if word and k < n and p[k] == c'/':
            return match_between(p, n, p + i, k + 1 - i, b"", True, m)
        i += 1
    return False


cdef bint match_lxc(const char *p, uint32_t n, Match *m) noexcept nogil:
    cdef uint32_t at, end
    at = find_first(p, n, b"/lxc/", 0)
    if at != NOWHERE:
        at += 5
    else:
        at = find_first(p, n, b"/lxc.payload/", 0)
        if at == NOWHERE:
            at = find_first(p, n, b"/lxc.payload.", 0)
        if at == NOWHERE:
            return False
        at += 13
    end = find_first(p, n, b"/", at)
    m.id = p + at
    m.n = (end if end != NOWHERE else n) - at
    m.type = CT_LXC
    return True


cdef bint match_libvirt(const char *p, uint32_t n, Match *m) noexcept nogil:
    cdef uint32_t at = find_first(p, n, b".libvirt-lxc", 0), end, k
    m.type = CT_LIBVIRT_LXC
    if at != NOWHERE and at + 12 == n:
        k = find_last(p, n, b"/", 1)
        if k != NOWHERE:
            m.id = p + k + 1
            # A "/" behind the suffix is out of the question: the suffix ends the path.
            m.n = at - k - 1 if at > k else 0
            return True
    at = find_first(p, n, b"-lxc\\x2", 0)
    if at != NOWHERE:
        k = 14 if find_first(p, n, b".scope/libvirt", 0) != NOWHERE else 6
        end = find_first(p, n, b".scope/libvirt" if k == 14 else b".scope", 0)
        if end != NOWHERE and end + k == n:
            # One character more belongs to the escape: "\x2d".
            at += 8
            m.id = p + (at if at < n else n)
            m.n = end - at if end > at else (n - at if at < n and end < at else 0)
            return True
    at = find_first(p, n, b"/libvirt/lxc/", 0)
    if at != NOWHERE:
        m.id = p + at + 13
        m.n = n - at - 13
        return True
    return False


cdef bint match_bpm(const char *p, uint32_t n, Match *m) noexcept nogil:
    cdef uint32_t at = find_first(p, n, b"bpm-", 0), end, i
    if at == NOWHERE:
        return False
    at += 4
    end = find_first(p, n, b".scope", at)
    if end == NOWHERE:
        end = n
    if end == at:
        return False
    for i in range(at, end):
        if not (is_alnum(p[i]) or p[i] == c'.' or p[i] == c'_' or p[i] == c'-'):
            return False
    m.id = p + at
    m.n = end - at
    m.type = CT_BPM
    return True


cdef bint cgroup_match(const char *path, uint32_t n, Match *m) noexcept nogil:
    cdef int i
    for i in range(13):
        if match_between(path, n, LAYOUTS[i].prefix, <uint32_t> strlen(LAYOUTS[i].prefix), LAYOUTS[i].suffix, False, m):
            return True
    return match_containerd(path, n, m) or match_lxc(path, n, m) or match_libvirt(path, n, m) or match_bpm(path, n, m)
