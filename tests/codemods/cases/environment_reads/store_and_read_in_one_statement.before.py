import os

if __name__ == "__main__":
    os.environ["A"] = "a"
    print(os.getenv("B"))
