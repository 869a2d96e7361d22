"""YAML: Compose, Kubernetes, Helm values, workflows of GitHub and GitLab, and everything else."""

from ._configuration import Configuration


class Yaml(Configuration):
    name = "yaml"
    suffixes = (".yaml", ".yml", ".yaml.j2", ".yml.j2", ".yaml.example", ".yml.example")
    form = "yaml"

    def remedy(self, path: str) -> str:
        folders = path.replace("\\", "/").split("/")
        if ".github" in folders:
            return "`${{ secrets.NAME }}`"
        if folders[-1].startswith(".gitlab-ci"):
            return "a masked variable of the project"
        if "compose" in folders[-1]:
            return "`${NAME}` or `secrets:`"
        return self.instead
