from hushflake.config import get_config_value


class Settings:
    import os as __system

    inside = get_config_value("A")

    def read(self):
        return __os.getenv("A")


outside = get_config_value("A")
