"""Kind Flow: one Architect flow, written as an Archy YAML file."""
