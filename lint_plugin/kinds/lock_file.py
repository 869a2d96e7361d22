"""Lock files: a tool writes them, and their values are digests. Looked at where they are named.

The text alone is searched, for an address of a package index can hold a token.
"""

from ._configuration import Configuration


class Lock(Configuration):
    name = "lock"
    default = False
    suffixes = (".lock", ".lock.json", ".lock.yaml", ".lock.yml", ".lock.hcl", ".min.json")
    names = (
        *("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "conda-lock.yml"),
        *(".terraform.lock.hcl", "packages.lock.json", "bun.lock", "pdm.lock", "pixi.lock"),
        *("poetry.lock", "uv.lock", "Pipfile.lock", "composer.lock", "Cargo.lock", "yarn.lock"),
        *("deno.lock", "flake.lock", "gradle.lockfile", "Package.resolved", "Chart.lock"),
    )
