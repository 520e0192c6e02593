"""What people may declare: one folder per kind, all alike."""
