import os
a=os . environ [ 'A' ];b= not'B'in os.environ;c=[0,1][os.getenv('C')is None]
d = os.getenv("D"
              "D2",
              """x
y""")
e = lambda: (yield os.environ[(yield)])
f = os.environ[x := "F"]
g = os.getenv("G") in os.environ
h = f'{os.environ["H"]}{f"{os.getenv(chr(72))}"}'
i = "I" in os.environ and not "J" not in os.environ
j = -1 if"K"in os.environ else+1
k = os.getenv("L") if os.getenv("M") else os.getenv("N", os.getenv("O"))
@os.getenv("P")
def l(*, a=os.environ["Q"], **kw: os.getenv("R")): return os.environ.get("S") in kw
async def m():
    async with x(os.environ["T"]) as y: return [await z async for z in os.getenv("U")]
while (n := os.getenv("V")) is not None: assert n not in os.environ, os.getenv("W")
try: raise E(os.getenv("X")) from os.environ["Y"]
except os.environ["Z"]: pass
x = os.environ["A"][os.environ["B"]:os.environ["C"]]
print(*os.getenv("A"), **os.getenv("B"))
