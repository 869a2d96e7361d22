"""Where values come from: one file a source, behind the protocol in `base`."""
