"""What the commands that put values somewhere say of the places that they know."""

# Of the help of `--to`. The page about stores lists all of them.
TARGETS = "SCHEME:NAME of Pulumi ESC, a keyring or another store, such as vault:MOUNT/PATH"
CREATE = "Create the environment or the secret in the target if it does not exist."
