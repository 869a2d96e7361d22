"""A program that forks while other threads read: run by itself, for a tracer's own lock in the
middle of a fork (coverage has one) would hang the child whatever hushflake does.

`python forking.py ENVIRONMENT FORKS`: status 0 when every child read what the parent can read.
"""

import os
import sys
import threading
import warnings

import hushflake.config as hc


def main(environment: str, forks: int) -> int:
    warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads, on purpose
    hc.configure(esc=environment)
    stop = threading.Event()

    def read() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            hc.get_config_value(f"NOPE_{number % 5000}")

    threads = [threading.Thread(target=read, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    wrong = 0
    for _ in range(forks):
        pid = os.fork()
        if pid == 0:
            ok = hc.get_config_value("ONLY_ESC") == "from-esc" and hc.get_config_value("X") is None
            os._exit(0 if ok else 1)
        wrong += os.waitpid(pid, 0)[1] != 0
    stop.set()
    for thread in threads:
        thread.join()
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
