"""Kind Menu: a call menu in a few lines, expanded into a Flow and perhaps a CallRoute."""
