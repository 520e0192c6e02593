"""Python runs this first in every process that tests start: a sandbox among them is watched like those in our own.

`plugin` puts this directory on PYTHONPATH and names the directory for notes. Commands that are no sandbox go their
way untouched. A sandbox that cannot be watched does not start.
"""

import os
import sys
import traceback
from pathlib import Path

if (notes := os.environ.get("PLATFORM_CONTRACT_NOTES")) and sys.orig_argv[1:4] == [
    "-m",
    "reconciler.cli.main",
    "sandbox",
]:
    try:
        sys.path.insert(0, str(Path(__file__).parents[4]))
        from tests.contract.platform import watch

        watch.install(Path(notes))
    except Exception:
        traceback.print_exc()
        os._exit(70)  # an exception alone would be swallowed here
