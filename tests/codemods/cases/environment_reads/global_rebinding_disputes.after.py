import os


def patch():
    global os
    os = None


A = os.getenv("A")
