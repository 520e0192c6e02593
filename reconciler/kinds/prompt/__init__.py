"""Kind Prompt: a user prompt with its languages, spoken from text or played from a WAV file."""
