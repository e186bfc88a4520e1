"""The read layer: typed views over the canonical store. Reads canonical, never a source."""
