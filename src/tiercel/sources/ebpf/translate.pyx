"""The tables of `native.py`, as compiled code uses them."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from tiercel.sources.ebpf.native import TRANSLATIONS

cdef enum:
    MAX_TRANSLATIONS = 64
    MAX_ROWS = 64


cdef struct Translation:
    uint64_t mask          # value & mask == equals: `gives` is set
    uint64_t equals
    uint64_t gives


cdef struct TranslationTable:
    uint32_t n
    uint64_t otherwise     # where no row fits
    Translation rows[MAX_ROWS]


cdef TranslationTable[MAX_TRANSLATIONS] translations

# Names of translations to their numbers, 1 and more; 0 is none.
TRANSLATION_NUMBERS = {name: i + 1 for i, name in enumerate(TRANSLATIONS)}


def _fill():
    cdef int i, k
    if len(TRANSLATIONS) + 1 > <int> MAX_TRANSLATIONS:
        raise ValueError("too many translations")
    for name, rows in TRANSLATIONS.items():
        i = TRANSLATION_NUMBERS[name]
        if len(rows) > <int> MAX_ROWS:
            raise ValueError(f"too many rows in {name}")
        k = 0
        for mask, equals, gives in rows:
            if mask == 0:
                translations[i].otherwise = gives
                continue
            translations[i].rows[k].mask = mask
            translations[i].rows[k].equals = equals
            translations[i].rows[k].gives = gives
            k += 1
        translations[i].n = k


_fill()


cdef uint64_t translated(uint8_t table, uint64_t value) noexcept nogil:
    cdef uint64_t out = 0
    cdef uint32_t i
    cdef bint fits = False
    cdef TranslationTable *t
    if table == 0 or table >= MAX_TRANSLATIONS:
        return value
    t = &translations[table]
    for i in range(t.n):
        if value & t.rows[i].mask == t.rows[i].equals:
            out |= t.rows[i].gives
            fits = True
    return out if fits else t.otherwise


def translate(name, value):
    """What the table of this name makes of `value`."""
    return translated(<uint8_t> TRANSLATION_NUMBERS[name], <uint64_t> value)
