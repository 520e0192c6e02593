"""The Archy language: reading, checking and comparing Genesys Cloud Architect flows written as YAML."""
