"""What a job of GitHub Actions or GitLab CI is given: a place for comments, and an identity."""
