"""A folder of Markdown files with front matter as the side of the pages."""
