"""Settings that every test shares."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Derandomised by default: a run says the same thing twice, here and on another machine.
# To look for new examples: HYPOTHESIS_PROFILE=explore pytest …
settings.register_profile(
    "default",
    derandomize=True,
    deadline=None,  # the first example pays for SymPy's caches
    max_examples=100,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files from what comes out now")


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Is this run to rewrite the golden files?"""
    return bool(request.config.getoption("--update"))
