"""The kinds of block a capture is made of, and how long things in them may be.

A capture is a row of blocks (a cousin of pcapng): kind u32, length u32 of the whole block, content padded to four bytes,
length once more. All numbers are little endian. First comes a section header, then tables of what was there when the
recording began, then events. A newer layout of a table got a new kind until version 1.2 of the format; since then
tables grow at the end of their rows, which say how long they are. (Falco libs 0.25.4, scap_savefile.h)
"""

from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef enum:
    SECTION_MAGIC = 0x1A2B3C4D
    MAX_MAJOR = 1

    # No block may be longer: what a reader holds in memory at once.
    MAX_BLOCK = 64 * 1024 * 1024
    # Behind the block's header; only blocks of large events may be longer.
    MAX_SMALL_EVENT = 64 * 1024
    BLOCK_HEADER = 8
    TRAILER = 4
    EVENT_HEADER = 26              # ts u64, tid u64, length u32 from here on, type u16, number of parameters u32
    EVENT_HEADER_V1 = 22           # without the number of parameters

    # Behind an event, within its block: options as pcapng has them, code u16, length u16, value, padding to four bytes.
    # Those of ours have the bit that marks what is nobody else's business.
    OPTION_HEADER = 4
    OPTION_TRUE_PATH = 0x8001      # Event.true_path
    OPTION_FILE = 0x8002           # Event.file

    # Strings and lists in tables, in bytes.
    MAX_PATH = 1024
    MAX_LIST = 4096
    MAX_CREDENTIAL = 255


# Numbers of 2**31 and more: the kinds of before the format was published.
cdef enum Block:
    SECTION = 0x0A0D0D0A
    MACHINE = 0x201
    MACHINE_INT = 0x8002ABCD
    PROCESSES_V1 = 0x202
    PROCESSES_V1_INT = 0x8000ABCD
    PROCESSES_V2 = 0x207
    PROCESSES_V2_INT = 0x8013ABCD
    PROCESSES_V3 = 0x209
    PROCESSES_V3_INT = 0x8014ABCD
    PROCESSES_V4 = 0x210
    PROCESSES_V5 = 0x211
    PROCESSES_V6 = 0x212
    PROCESSES_V7 = 0x213
    PROCESSES_V8 = 0x214
    PROCESSES_V9 = 0x215
    FDS = 0x203
    FDS_INT = 0x8001ABCD
    FDS_V2 = 0x218
    INTERFACES = 0x205
    INTERFACES_INT = 0x8011ABCD
    INTERFACES_V2 = 0x219
    USERS = 0x206
    USERS_INT = 0x8012ABCD
    USERS_V2 = 0x220
    EVENT = 0x204
    EVENT_INT = 0x8010ABCD
    EVENT_FLAGS = 0x208
    EVENT_V2 = 0x216
    EVENT_FLAGS_V2 = 0x217
    EVENT_LARGE = 0x221
    EVENT_FLAGS_LARGE = 0x222
    SUPPLEMENT = 0x80005443        # Tiercel's own, "TC": supplement.pyx; others skip it


# Blocks start anywhere in the buffer: numbers are copied out, never read through a pointer of their type.
cdef inline uint16_t load16(const char *p) noexcept nogil:
    cdef uint16_t v
    memcpy(&v, p, 2)
    return v


cdef inline uint32_t load32(const char *p) noexcept nogil:
    cdef uint32_t v
    memcpy(&v, p, 4)
    return v


cdef inline uint64_t load64(const char *p) noexcept nogil:
    cdef uint64_t v
    memcpy(&v, p, 8)
    return v
