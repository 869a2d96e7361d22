DB_PASSWORD = "hunter2x"
print("hunter2x", 'hunter\x32x', b"hunter2x")
print("the password is hunter2x!", f"or {DB_PASSWORD} is hunter2x")
# hunter2x
KEPT_PASSWORD = "hunter2x"  # hushflake: ignore[HSF301] printed on every box
print(f"{x}hunter2x", f"{x} hunter2x")
print("xhunter2x", "hunter2xx")


def connect():
    """Connects with hunter2x."""
    return {"hunter2x": 1}
