"""The official SDK as a user of the sandbox: nothing of our client is in these tests.

The SDK takes `host` for API and login alike when it does not begin with `api.`; the sandbox serves both there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.clock import ManualClock
from tests.contract.sdk.guest import Guest
from tests.sandboxes import served

SETTINGS = "[general]\nlive_reload_config = false\n"
"""Otherwise the SDK watches the whole home directory from a thread that nobody can stop."""


@pytest.fixture(scope="session")
def _sdk(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The package, with a home directory that holds nothing but its settings."""
    home: Path = tmp_path_factory.mktemp("home")
    (home / ".genesyscloudpython").mkdir()
    (home / ".genesyscloudpython" / "config").write_text(SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        import PureCloudPlatformClientV2 as sdk  # reads its file now and never again
    return sdk


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[tuple[str, ManualClock]]:
    with served() as found:
        yield found


@pytest.fixture
def guest(_sdk: Any, _sandbox: tuple[str, ManualClock]) -> Iterator[Guest]:
    """A new organisation, and somebody logged in to it by the SDK."""
    guest = Guest(_sdk, *_sandbox)
    yield guest
    guest.close()
