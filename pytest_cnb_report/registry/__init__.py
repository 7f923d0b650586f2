"""An OCI registry in the process, and the way to any other registry."""
