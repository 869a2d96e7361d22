"""RANDOM with a seed: the 64-bit Mersenne Twister (MT19937-64) that Snowflake documents.

https://docs.snowflake.com/en/sql-reference/functions/random
"""

import threading
from array import array
from collections.abc import Iterator
from functools import lru_cache

from . import function

_SIZE, _SHIFT = 312, 156
_ALL = (1 << 64) - 1
_HIGH, _LOW = 0xFFFFFFFF80000000, 0x7FFFFFFF
_LOCK = threading.Lock()


@function("BIGINT", "BIGINT", returns="BIGINT")
def random(seed: int, place: int) -> int:
    """Return the number at a place, from 0, of the sequence of a seed."""
    with _LOCK:
        numbers, more = _sequence(seed)
        while len(numbers) <= place:
            numbers.append(next(more))
        return numbers[place]


@lru_cache(maxsize=4)
def _sequence(seed: int) -> tuple["array[int]", Iterator[int]]:
    return array("q"), _twister(seed)


def _twister(seed: int) -> Iterator[int]:
    state = [seed & _ALL]
    for index in range(1, _SIZE):
        last = state[-1]
        state.append((6364136223846793005 * (last ^ (last >> 62)) + index) & _ALL)
    while True:
        for index in range(_SIZE):
            mixed = (state[index] & _HIGH) | (state[(index + 1) % _SIZE] & _LOW)
            twisted = (mixed >> 1) ^ (0xB5026F5AA96619E9 if mixed & 1 else 0)
            state[index] = state[(index + _SHIFT) % _SIZE] ^ twisted
        yield from map(_tempered, state)


def _tempered(number: int) -> int:
    number ^= (number >> 29) & 0x5555555555555555
    number ^= (number << 17) & 0x71D67FFFEDA60000
    number ^= (number << 37) & 0xFFF7EEE000000000
    number ^= number >> 43
    return number - (1 << 64) if number >> 63 else number
