"""The compiled core: every .pyx under src/ becomes an extension module beside it.

TIERCEL_NO_CORE=1 leaves the core out: for installing what it needs before it is built in place.
TIERCEL_SANITIZE=1 builds with AddressSanitizer and UndefinedBehaviorSanitizer, and with `fuzz.probe` besides: for
`make fuzz`, which puts that build into a folder of its own.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

# Left out of "undefined": the size of what a pointer points to is AddressSanitizer's already.
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize=object-size", "-fno-sanitize-recover=undefined"]

# As Debian builds Python's extensions; so that what compiles here compiles there.
FORMATS = ["-Wformat", "-Werror=format-security"]

sanitize = os.environ.get("TIERCEL_SANITIZE") == "1"
flags = ["-O1", "-g1", *SANITIZERS, "-fno-omit-frame-pointer"] if sanitize else ["-O3", "-g1"]
links = SANITIZERS if sanitize else []


def extension(path: Path, root: str = "src") -> Extension:
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    return Extension(
        name,
        [str(path)],
        extra_compile_args=[*flags, "-Wno-unused-function", "-Wno-sign-compare", *FORMATS],
        extra_link_args=links,
    )


extensions = [extension(p) for p in sorted(Path("src").rglob("*.pyx"))]
if os.environ.get("TIERCEL_NO_CORE") == "1":
    extensions = []
if sanitize:
    extensions.append(extension(Path("fuzz/probe.pyx"), "."))

setup(
    ext_modules=cythonize(
        extensions,
        nthreads=2,
        include_path=["src"],
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
            "embedsignature": True,
            "freethreading_compatible": False,
        },
    ),
)
