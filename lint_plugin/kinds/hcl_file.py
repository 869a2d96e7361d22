"""Terraform and OpenTofu: variables, their values, and resources."""

from ._configuration import Configuration


class Terraform(Configuration):
    name = "terraform"
    suffixes = (".tf", ".tfvars", ".hcl", ".tofu", ".tfvars.example", ".auto.tfvars")
    form = "hcl"
    instead = "a sensitive variable without a default"
