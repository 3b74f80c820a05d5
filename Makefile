# One command each. `make run` and `make test` do all the set-up on a machine with Python 3.11, gcc and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Of the probe: another version gives other bytes than the committed ones.
COMPILER := ziglang==0.17.1

.PHONY: run test check bench kernels docs build probe clean asan fuzz fuzz-short

run: build
	$(BIN)/tiercel demo

test: build
	$(BIN)/python -m pytest

check: build $(VENV)/compiler
	$(BIN)/ruff format --check src tests bench fuzz kernels setup.py
	$(BIN)/ruff check src tests bench fuzz kernels setup.py
	$(BIN)/mypy
	$(BIN)/python scripts/probe.py --check

bench: build
	$(BIN)/python -m bench

# The probe and the live tests on other kernels, in QEMU: an hour or more. See kernels/__init__.py.
kernels: build
	$(BIN)/python -m kernels --write $(KERNELS)

# Pages that follow from the code; `make docs CHECK=--check` only says which are not current, and fails where one is.
docs: build
	$(BIN)/python scripts/reference.py $(CHECK)
	$(BIN)/python scripts/cli_reference.py $(CHECK)

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "setuptools>=77" "Cython>=3.1,<4"
	TIERCEL_NO_CORE=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e ".[dev]"
	touch $@

build: $(VENV)/installed
	$(BIN)/python setup.py --quiet build_ext --inplace --parallel 2
	@$(BIN)/python -m compileall -q src  # where PYTHONDONTWRITEBYTECODE is set, each start would compile it all

# The kernel's part of the live sensor; its objects are committed, so that users need no compiler for it.
probe: $(VENV)/compiler
	$(BIN)/python scripts/probe.py

$(VENV)/compiler: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(COMPILER)
	touch $@

# The core with AddressSanitizer, in a folder of its own.
asan: $(VENV)/installed
	TIERCEL_SANITIZE=1 $(BIN)/python setup.py --quiet build_py --build-lib build/asan \
		build_ext --build-lib build/asan --build-temp build/asan-temp --parallel 2

# Mutated captures, audit logs and rules files by the ten thousands: about an hour on two cores. See fuzz/__init__.py.
fuzz: asan
	$(BIN)/python -m fuzz all

fuzz-short: asan
	$(BIN)/python -m fuzz all --short

clean:
	rm -rf build $(VENV)
	find src -name '*.c' -path '*tiercel*' -delete
	find src -name '*.so' -delete
