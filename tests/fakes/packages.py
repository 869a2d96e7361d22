"""Makes an installed package with entry points: a dist-info and a module on `sys.path`."""

from pathlib import Path

GROUP = "hushflake.config_sources"


def install(folder: Path, module: str, code: str, entries: dict[str, str]) -> Path:
    """Install a package of one module.

    Args:
        folder: Where; the caller puts it on `sys.path`.
        module: The module's name, also that of the package.
        code: Its text.
        entries: Name of an entry point -> `module:attribute`.
    """
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {place}\n" for name, place in entries.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    return folder
