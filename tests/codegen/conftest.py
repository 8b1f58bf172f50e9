"""What tests of compiled code share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from c_formulas import needs_compiler


@pytest.fixture(scope="module")
def empty_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """An empty cache of compiled code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMDERIVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def compiled(empty_cache: None) -> None:
    """An empty cache, where there is a compiler."""
    needs_compiler()


@pytest.fixture(scope="module", params=["numpy", "c", "torch", "jax"])
def target(request: pytest.FixtureRequest, empty_cache: None) -> str:
    """Each target that is there, in float64 too."""
    name = str(request.param)
    if name in ("torch", "jax"):
        pytest.importorskip(name)
    if name == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
    if name == "c":
        needs_compiler()
    return name
