"""YAML as people write it, with a place for every value and a problem for every defect."""
