from hushflake.config import get_config_value, has_config_value, require_config_value
a=require_config_value( 'A' );b= not has_config_value('B');c=[0,1][get_config_value('C')is None]
d = get_config_value("D"
              "D2",
              """x
y""")
e = lambda: (yield require_config_value((yield)))
f = require_config_value(x := "F")
g = has_config_value(get_config_value("G"))
h = f'{require_config_value("H")}{f"{get_config_value(chr(72))}"}'
i = has_config_value("I") and not not has_config_value("J")
j = -1 if has_config_value("K") else+1
k = get_config_value("L") if get_config_value("M") else get_config_value("N", get_config_value("O"))
@get_config_value("P")
def l(*, a=require_config_value("Q"), **kw: get_config_value("R")): return get_config_value("S") in kw
async def m():
    async with x(require_config_value("T")) as y: return [await z async for z in get_config_value("U")]
while (n := get_config_value("V")) is not None: assert not has_config_value(n), get_config_value("W")
try: raise E(get_config_value("X")) from require_config_value("Y")
except require_config_value("Z"): pass
x = require_config_value("A")[require_config_value("B"):require_config_value("C")]
print(*get_config_value("A"), **get_config_value("B"))
