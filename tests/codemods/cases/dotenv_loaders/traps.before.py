from mine import load_dotenv
import dotenv as d


def f(d):
    d.load_dotenv()


load_dotenv()
callback = d.load_dotenv
path = d.find_dotenv()
try:
    from dotenv import load_dotenv as ld
    ld()
except ImportError:
    ld = None
