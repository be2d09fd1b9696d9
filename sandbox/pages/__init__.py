"""The page a person sees: the platforms' screens, drawn on the server."""
