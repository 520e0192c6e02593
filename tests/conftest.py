"""What all tests share: every sandbox they start is held against the contract of the platform's API."""

pytest_plugins = ["pytester", "tests.contract.platform.plugin"]
