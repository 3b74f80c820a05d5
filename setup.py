"""The compiled core: every .pyx under src/ becomes an extension module beside it.

TIERCEL_SANITIZE=1 builds with AddressSanitizer (for `make fuzz`).
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

sanitize = os.environ.get("TIERCEL_SANITIZE") == "1"
flags = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-omit-frame-pointer"] if sanitize else ["-O3", "-g1"]
links = ["-fsanitize=address,undefined"] if sanitize else []


def extension(path: Path) -> Extension:
    name = ".".join(path.relative_to("src").with_suffix("").parts)
    return Extension(name, [str(path)], extra_compile_args=[*flags, "-Wno-unused-function"], extra_link_args=links)


setup(
    ext_modules=cythonize(
        [extension(p) for p in sorted(Path("src").rglob("*.pyx"))],
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
