"""The one room that names concrete adapters, and that joins kinds to their remote sides. Decides nothing."""
