"""Dockerfiles. What `ENV` and `ARG` set stays in every image that is built from one."""

from ._configuration import Configuration


class Dockerfile(Configuration):
    name = "dockerfile"
    suffixes = (".dockerfile", ".Dockerfile", ".containerfile")
    names = ("Dockerfile", "Containerfile", "dockerfile")
    beginnings = ("Dockerfile.", "Dockerfile-", "Containerfile.")
    form = "dockerfile"
    instead = "`RUN --mount=type=secret`, or a variable of the container"
