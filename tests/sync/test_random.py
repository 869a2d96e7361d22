"""Random people on both sides, random storms and crashes: see `sync_world` for the oracle."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sync_place import Place
from sync_world import ACTIONS, Crasher, CrashError, World, crashing, wipe

pytestmark = pytest.mark.slow

# Shrinking would run the two sides for minutes: the log of actions is in the failure's message.
BOUNDED = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SEEDS = st.integers(0, 10**6)
LISTS = st.lists(st.sampled_from(ACTIONS), min_size=10, max_size=24)


@pytest.fixture
def people(shared: Place) -> Place:
    shared.session.tag = "people"  # what they do is no step of the sync
    wipe(shared)
    return shared


def live(place: Place, seed: int, actions: list[str]) -> None:
    wipe(place)
    place.session.tag = "people"
    world = World(place, random.Random(seed))
    for name in ["row_new", "page_new", "row_new", *actions]:
        world.log.append(f"> {name}")
        world.act(name)
    world.converge()


def test_random_edits_and_faults_converge(shared: Place) -> None:
    @settings(BOUNDED, max_examples=1)
    @given(seed=SEEDS, actions=LISTS)
    def run(seed: int, actions: list[str]) -> None:
        live(shared, seed, actions)

    run()


@pytest.mark.slow
def test_many_random_edits_and_faults_converge(shared: Place) -> None:
    @settings(BOUNDED, max_examples=25)
    @given(seed=SEEDS, actions=LISTS)
    def run(seed: int, actions: list[str]) -> None:
        live(shared, seed + 1, actions)

    run()


@pytest.mark.parametrize(
    ("minutes", "seed"),
    [
        (minutes, seed)
        if (minutes, seed) == (-10, 3)
        # The rest are more of the same.
        else pytest.param(minutes, seed, marks=pytest.mark.slow)
        for minutes in (-10, 10)
        for seed in (3, 4, 5)
    ],
)
def test_clocks_that_differ_by_ten_minutes_change_nothing(
    shared: Place, minutes: int, seed: int
) -> None:
    """Notion's minutes, its Date header and the machine's clock each tell another time."""
    honest = shared.notion.clock_skew
    shared.notion.clock_skew = timedelta(minutes=minutes)
    try:
        live(shared, seed, ["page_edit", "cycle", "row_edit", "page_edit", "cycle"] * 3)
    finally:
        shared.notion.clock_skew = honest


def one_of_each(world: World) -> None:
    """Prepare rows and pages so that one cycle has something of every kind to do."""
    place = world.place
    world.born |= {"edit", "trash", "delete", "both", "back", "new"}
    for key in ("edit", "trash", "delete", "both", "back"):
        place.sql("INSERT INTO CORE.ITEMS (ITEM_ID, NAME, NOTES) VALUES (?, ?, 'x')", key, key)
    world.cycle()
    pages = {place.workspace.values(page)["sync_id"]: page for page in world.pages()}
    place.workspace.trash(pages["back"])
    world.cycle()
    place.workspace.advance(30)
    place.sql("INSERT INTO CORE.ITEMS (ITEM_ID, NAME) VALUES ('back', 'again'), ('new', 'new')")
    page = place.workspace.add_page(place.sources["ITEMS"], markdown="text", Name=world.token())
    world.born.add(page.replace("-", ""))
    place.workspace.edit(pages["edit"], Notes=world.token())
    place.sql("UPDATE CORE.ITEMS SET NAME = ? WHERE ITEM_ID = 'edit'", world.token())
    place.workspace.edit(pages["both"], Name=world.token())
    place.sql("UPDATE CORE.ITEMS SET NAME = ? WHERE ITEM_ID = 'both'", world.token())
    place.workspace.trash(pages["trash"])
    place.sql("DELETE FROM CORE.ITEMS WHERE ITEM_ID = 'delete'")


def crash_at(place: Place, step: int, *, after: bool) -> int:
    """Let a cycle with something of everything die at a step; return how many it took."""
    world = World(place, random.Random(step))
    one_of_each(world)
    crasher = Crasher(at=step, after=after)
    with crashing(crasher):
        try:
            world.cycle()
        except CrashError:
            assert crasher.dead
    # People go on before the next process starts.
    pages = {place.workspace.values(page)["sync_id"]: page for page in world.pages()}
    world.excused |= {
        place.workspace.values(pages["edit"])["Notes"],
        place.rows("ITEMS")["both"]["NAME"],
    }
    place.workspace.edit(pages["edit"], Notes=world.token())
    place.sql("UPDATE CORE.ITEMS SET NAME = ? WHERE ITEM_ID = 'both'", world.token())
    world.converge()
    rows = place.rows("ITEMS")
    assert "delete" not in rows
    assert "trash" not in rows
    assert {"edit", "both", "back", "new"} <= set(rows)
    return crasher.steps


@pytest.mark.parametrize(("step", "after"), [(28, True), (45, True)])
def test_a_crash_converges(people: Place, step: int, after: bool) -> None:
    assert crash_at(people, step, after=after) == step


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_a_crash_at_every_step_converges(people: Place, part: int) -> None:
    """Before the step, or after it and before its answer, in turn."""
    for step in range(1 + part, 200, 6):
        wipe(people)
        if crash_at(people, step, after=step % 2 == 0) < step:
            return
    raise AssertionError("the cycle has more steps than were tried")
