from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def falco() -> Path:
    """The folder of test data shared/falco."""
    for at in (Path(__file__).parents[4] / "shared", Path("/work/shared")):
        if (at / "falco").is_dir():
            return at / "falco"
    pytest.skip("the folder shared/falco is not here")
