"""Notion's side: requests with patience, scans, and what pages look like."""
