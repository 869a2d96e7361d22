import os as __os


class Settings:
    import os as __system

    inside = __system.getenv("A")

    def read(self):
        return __os.getenv("A")


outside = __os.getenv("A")
