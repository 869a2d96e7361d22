"""What a credential looks like: words, value filters and provider formats, as data."""
