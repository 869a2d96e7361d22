"""Known secrets kept out of logs and output."""
