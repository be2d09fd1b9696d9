"""Door 2: machines over HTTP."""
