"""Where processes are: their directory and their root."""


from tiercel.events.codes cimport CHDIR_X, CHROOT_X, FCHDIR_X, GETCWD_X
from tiercel.events.event cimport Bytes, Event, result
from tiercel.events.process cimport Thread
from tiercel.events.state cimport State
from tiercel.events.text cimport text_set
from tiercel.events.threads cimport thread_main
from tiercel.events.transitions.paths cimport Base, base_cwd, move_to, path_set
from tiercel.events.transitions.transition cimport is_na, param_text, register
from tiercel.events.truth cimport cwd_truth
from tiercel.events.utf8 cimport utf8_clean

cdef enum:
    CLEAN_SIZE = 1024


cdef void told(Event *e) noexcept nogil:
    cdef Thread *main = thread_main(e.thread)
    if main != NULL:
        cwd_truth(main, e.true_path)


cdef void moved(State *s, Event *e) noexcept nogil:
    # chdir, and getcwd, which tells where the process is should that have been lost.
    if e.thread != NULL and result(e) >= 0:
        move_to(e.thread, param_text(e, 1))
        told(e)


cdef void moved_to_fd(State *s, Event *e) noexcept nogil:
    cdef Bytes path
    if e.fd != NULL and result(e) >= 0:
        path.p = e.fd.name.p
        path.n = e.fd.name.n
        move_to(e.thread, path)
        told(e)


cdef void rooted(State *s, Event *e) noexcept nogil:
    cdef char clean[CLEAN_SIZE]
    cdef Base b
    cdef Bytes path
    if e.thread == NULL or result(e) != 0:
        return
    path = param_text(e, 1)
    if path.n and path.p[0] != c'/' and not is_na(path):
        base_cwd(&b, e.thread)
        path_set(&e.thread.root, &b, path)
        if e.thread.root.n:
            return
    text_set(&e.thread.root, clean, utf8_clean(clean, CLEAN_SIZE - 1, path.p, path.n))


register(CHDIR_X, moved)
register(GETCWD_X, moved)
register(FCHDIR_X, moved_to_fd)
register(CHROOT_X, rooted)
