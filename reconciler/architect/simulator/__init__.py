"""A model of what the platform does with a call, for asking questions before anything is published."""
