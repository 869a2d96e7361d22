import os

from hushflake.config import get_config_value

if __name__ == "__main__":
    os.environ["A"] = "a"
    print(get_config_value("B"))
