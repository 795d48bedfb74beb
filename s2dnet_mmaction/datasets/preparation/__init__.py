"""Making data sets: what the scripts of tools/data run."""
