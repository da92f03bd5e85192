"""The JSON face, under /api/v1/: it translates requests into calls of the rules, and answers back."""
