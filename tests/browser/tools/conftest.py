"""A server whose tools reach small stand-ins for what they ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.database import Database
from tests.browser.analysts import HousedLab, lab
from tests.processes import Server
from tests.scripted_model import ScriptedModel


@pytest.fixture(scope="package")
def house(
    tmp_path_factory: pytest.TempPathFactory, model_server: ScriptedModel
) -> Iterator[HousedLab]:
    with lab(tmp_path_factory.mktemp("tools"), OPENAI_BASE_URL=model_server.base_url) as made:
        yield made


@pytest.fixture
def server(house: HousedLab) -> Iterator[Server]:
    yield from house.watched()


@pytest.fixture
def database(house: HousedLab) -> Database:
    return house.emptied()
