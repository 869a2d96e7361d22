import ｏｓ
from os import ｅnviron

A = ｏｓ.ｇetenv("A")
B = os.getenv("B") or ｅｎｖｉｒｏｎ["B"]
C = ｏｓ.sep
