"""Bots that answer turn by turn, and messages from both sides."""
