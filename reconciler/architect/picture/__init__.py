"""Pictures of flows and of what depends on what: one model, rendered as Mermaid, DOT, SVG and JSON."""
