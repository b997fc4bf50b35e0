"""A library with one draft that waits, made once and copied for each test."""

from pathlib import Path

import pytest
from decisions import copied
from drafted_library import drafted_library, propose

from learning_core.library import Library


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = drafted_library(tmp_path_factory.mktemp("template"))
    propose(library)
    return library


@pytest.fixture
def library(template: Library, tmp_path: Path) -> Library:
    return copied(template, tmp_path)
