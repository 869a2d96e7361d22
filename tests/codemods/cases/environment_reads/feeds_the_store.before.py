"""What is about to be put into a secret store is read where it comes from."""

import os
import subprocess

import keyring
from keyring import set_password as remember

keyring.set_password("shop", "token", os.environ["A"])
remember("shop", "token", os.getenv("B", ""))
client.put_secret_value(SecretId="shop", SecretString=os.environ["C"])
token = os.environ["D"]
vault.secrets.kv.v2.create_or_update_secret(path="shop", secret={"token": token})
subprocess.run(["esc", "env", "set", "acme/shop/dev", "token", os.environ["E"], "--secret"])
subprocess.run(["gh", "secret", "set", "TOKEN"], input=os.environ["F"].encode())
os.system(f"vault kv put secret/shop token={os.environ['G']}")
command = ["pulumi", "env", "set", "acme/shop/dev", "token", "--secret"]
subprocess.run(command, input=os.environ["K"], text=True, check=True)


def sync(name):
    value = os.getenv(name)
    told = ["vault", "kv", "put", "secret/shop", "-"]
    program = subprocess.Popen(told, stdin=subprocess.PIPE, text=True)
    program.communicate(value)
    more = os.getenv(name + "_MORE")
    program.communicate(input=more)


# No store is written.
user.set_password(os.environ["H"])
subprocess.run(["esc", "env", "get", os.environ["I"]])
client.get_secret_value(SecretId=os.environ["J"])
asked = ["pulumi", "env", "get", "acme/shop/dev"]
subprocess.run(asked, input=os.environ["L"], text=True, check=True)
