"""Kind CallRoute: an IVR configuration, the numbers that lead to flows."""
