"""Joining and tidying paths as Falco does: "." and ".." resolved, doubled slashes removed, unprintable bytes replaced."""

from libc.stdint cimport uint32_t

cdef enum:
    PATH_SIZE = 1024     # room for any joined path with its NUL

# Writes `path`, seen from the directory `base` (which ends in "/"), into `to` (PATH_SIZE bytes) with a NUL; returns its
# length. An absolute path stands alone; an empty one gives "". `base` itself is taken as it is. Where both together are
# longer than the room, the result is "/DIR_TOO_LONG/FILENAME_TOO_LONG".
cdef uint32_t path_join(char *to, const char *base, uint32_t nbase, const char *path, uint32_t npath) noexcept nogil
