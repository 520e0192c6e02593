"""Kind Environment: what differs from one organisation to the next; only its shape lives here."""
