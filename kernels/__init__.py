"""Other kernels: the probe and the live tests on kernels that this machine does not run.

`python -m kernels [NAME...]` takes each kernel's Debian package from the mirror that apt uses here, unpacks it below
`build/kernels`, and boots it in QEMU over this machine's own root file system: the same Python, the same compiled
modules, the same tests, another kernel below them. Nothing is installed.

    packages   catalogue row -> folder with the kernel and its modules
    initramfs  modules in the order they load, and `init`, as a cpio archive
    machine    one boot: a command in, its output and exit code out
    report     what the runs gave -> docs/reference/kernels.md

The guest's root is an overlay: this machine's `/` by 9p, read only, below a tmpfs. What a test writes is gone with the
guest. A second 9p folder carries the command in and the output out, so that a run can be watched while it goes on.
"""
