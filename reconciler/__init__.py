"""Keeps a Genesys Cloud organisation's prompts, flows and menus equal to the YAML in git."""

__version__ = "0.1.0"
