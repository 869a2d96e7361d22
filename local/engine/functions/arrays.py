"""Functions on arrays.

https://docs.snowflake.com/en/sql-reference/functions-semistructured
"""

from collections import Counter
from typing import Any

from ...language.errors import SqlError
from ...language.variants import UNDEFINED, decode, encode, key, same, sort_key
from ...language.variants import document as shown
from . import function

# A range longer than this is a slip, or hostile.
_LONGEST = 10_000_000


def array_of(text: str, what: str = "") -> list[Any]:
    """Return the elements of an array; of another VARIANT an array of one."""
    value = decode(text)
    if not isinstance(value, list):
        raise SqlError(f"Not an array: '{what or shown(value)[:60]}'", 100107, "22000")
    return value


@function("VARCHAR", "VARCHAR")
def array_append(array: str, element: str) -> str:
    return encode([*array_of(array), decode(element)])


@function("VARCHAR", "VARCHAR")
def array_prepend(array: str, element: str) -> str:
    return encode([decode(element), *array_of(array)])


@function("VARCHAR", "VARCHAR")
def array_cat(left: str, right: str) -> str:
    return encode([*array_of(left), *array_of(right)])


@function("VARCHAR")
def array_compact(array: str) -> str:
    return encode([item for item in array_of(array) if item is not UNDEFINED and item is not None])


@function("VARCHAR", "VARCHAR", returns="BOOLEAN", nulls=True)
def array_contains(element: str | None, array: str | None) -> bool | None:
    """Of no element: whether one is undefined, and null when none is."""
    if array is None:
        return None
    items = array_of(array)
    if element is None:
        return True if any(item is UNDEFINED for item in items) else None
    wanted = decode(element)
    return any(same(item, wanted) for item in items)


@function("VARCHAR", "VARCHAR", returns="BIGINT", nulls=True)
def array_position(element: str | None, array: str | None) -> int | None:
    """A null is found where the first null of the array stands."""
    if array is None:
        return None
    wanted = decode(element) if element is not None else UNDEFINED
    return next((i for i, item in enumerate(array_of(array)) if same(item, wanted)), None)


@function("VARCHAR")
def array_distinct(array: str) -> str:
    return encode(list({key(item): item for item in reversed(array_of(array))}.values())[::-1])


@function("VARCHAR", "VARCHAR")
def array_except(array: str, other: str) -> str:
    """As bags: each element of the second takes one away."""
    left = Counter(key(item) for item in array_of(other))
    kept = []
    for item in array_of(array):
        if left[key(item)] > 0:
            left[key(item)] -= 1
        else:
            kept.append(item)
    return encode(kept)


@function("VARCHAR", "VARCHAR")
def array_intersection(array: str, other: str) -> str:
    """As bags: as many of a value as the array with fewer of them has."""
    left = Counter(key(item) for item in array_of(other))
    kept = []
    for item in array_of(array):
        if left[key(item)] > 0:
            left[key(item)] -= 1
            kept.append(item)
    return encode(kept)


@function("VARCHAR", "VARCHAR", returns="BOOLEAN")
def arrays_overlap(array: str, other: str) -> bool:
    return not {key(item) for item in array_of(array)}.isdisjoint(
        key(item) for item in array_of(other)
    )


@function("VARCHAR")
def array_flatten(array: str) -> str | None:
    found: list[Any] = []
    items = array_of(array)
    if any(item is UNDEFINED or item is None for item in items):
        return None
    for item in items:
        if not isinstance(item, list):
            raise SqlError(
                "Not an array: 'Input argument to ARRAY_FLATTEN is not an array of arrays'",
                100107,
                "22000",
            )
        found += item
    return encode(found)


@function("BIGINT", "BIGINT", "BIGINT")
def array_generate_range(start: int, stop: int, step: int) -> str:
    if step == 0:
        raise SqlError("ARRAY_GENERATE_RANGE: the step must not be 0", 100304, "22023")
    numbers = range(start, stop, step)
    if len(numbers) > _LONGEST:
        raise SqlError("ARRAY_GENERATE_RANGE: the array is too large", 100082, "22000")
    return encode(list(numbers))


@function("VARCHAR", "BIGINT", "VARCHAR")
def array_insert(array: str, position: int, element: str) -> str:
    """Beyond the end undefined elements come between, before the start after the new one."""
    items = array_of(array)
    if abs(position) > _LONGEST:
        raise SqlError("ARRAY_INSERT: the array is too large", 100082, "22000")
    if position >= 0:
        items += [UNDEFINED] * (position - len(items))
        return encode([*items[:position], decode(element), *items[position:]])
    missing = -position - len(items)
    if missing > 0:
        return encode([decode(element), *[UNDEFINED] * missing, *items])
    place = len(items) + position
    return encode([*items[:place], decode(element), *items[place:]])


def _extreme(array: str, *, largest: bool) -> str | None:
    items = [item for item in array_of(array) if item is not UNDEFINED]
    if not items:
        return None
    return encode(max(items, key=sort_key) if largest else min(items, key=sort_key))


@function("VARCHAR")
def array_max(array: str) -> str | None:
    return _extreme(array, largest=True)


@function("VARCHAR")
def array_min(array: str) -> str | None:
    return _extreme(array, largest=False)


@function("VARCHAR", "VARCHAR")
def array_remove(array: str, element: str) -> str:
    wanted = decode(element)
    return encode([item for item in array_of(array) if not same(item, wanted)])


@function("VARCHAR", "BIGINT")
def array_remove_at(array: str, position: int) -> str:
    items = array_of(array)
    if -len(items) <= position < len(items):
        del items[position]
    return encode(items)


@function("VARCHAR")
def array_reverse(array: str) -> str:
    return encode(array_of(array)[::-1])


@function("VARCHAR", returns="BIGINT")
def array_size(array: str) -> int | None:
    value = decode(array)
    return len(value) if isinstance(value, list) else None


@function("VARCHAR", "BIGINT", "BIGINT")
def array_slice(array: str, start: int, stop: int) -> str:
    return encode(array_of(array)[start:stop])


@function("VARCHAR", "BOOLEAN", "BOOLEAN")
def array_sort(array: str, ascending: bool, nulls_first: bool) -> str:
    items = array_of(array)
    missing = [item for item in items if item is UNDEFINED]
    found = sorted(
        (item for item in items if item is not UNDEFINED), key=sort_key, reverse=not ascending
    )
    return encode([*missing, *found] if nulls_first else [*found, *missing])


@function("VARCHAR", "VARCHAR")
def array_to_string(array: str, separator: str) -> str:
    return separator.join("" if item is None else text_of(item) for item in array_of(array))


def text_of(value: Any) -> str:
    """Return a value as TO_VARCHAR prints it."""
    from ...language.variants import Marked, float_text

    if isinstance(value, str):
        return value
    if isinstance(value, Marked):
        return value.text
    if value is UNDEFINED:
        return ""
    return float_text(value) if isinstance(value, float) else shown(value)


@function("VARCHAR[]", nulls=True)
def arrays_zip(arrays: list[str | None] | None) -> str | None:
    """Objects whose keys are the places of the arrays; what one lacks is null."""
    if arrays is None or any(array is None for array in arrays):
        return None
    columns = [array_of(str(array)) for array in arrays]
    longest = max((len(column) for column in columns), default=0)
    if longest == 0:
        return encode([{}])
    made = [
        {
            f"${place}": column[row] if row < len(column) else None
            for place, column in enumerate(columns, 1)
        }
        for row in range(longest)
    ]
    return encode([{k: None if v is UNDEFINED else v for k, v in item.items()} for item in made])


@function("VARCHAR", "VARCHAR")
def arrays_to_object(keys: str, values: str) -> str:
    names, items = array_of(keys), array_of(values)
    if len(names) != len(items):
        raise SqlError(
            "Key array and value array had unequal lengths in ARRAYS_TO_OBJECT", 215001, "22000"
        )
    made = {}
    for name, item in zip(names, items, strict=True):
        if name is UNDEFINED:
            continue
        if not isinstance(name, str):
            raise SqlError(
                "Key supplied for ARRAYS_TO_OBJECT does not have string type", 215002, "22000"
            )
        made[name] = None if item is UNDEFINED else item
    return encode(made)


@function("VARCHAR[]")
def variant_greatest(values: list[str | None]) -> str | None:
    return _of_all(values, largest=True)


@function("VARCHAR[]")
def variant_least(values: list[str | None]) -> str | None:
    return _of_all(values, largest=False)


def _of_all(values: list[str | None], *, largest: bool) -> str | None:
    if any(value is None for value in values):
        return None
    found = [decode(str(value)) for value in values]
    return encode(max(found, key=sort_key) if largest else min(found, key=sort_key))
