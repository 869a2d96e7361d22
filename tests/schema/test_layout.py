"""No line runs behind a box, boxes keep apart, everything is inside the picture."""

import random
import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.diagram import LINEAGE, draw, graph_of
from hushflake.schema.entity_diagram import entity_diagram
from hushflake.schema.layout import Arrangement, Line, Point, Size, arrange
from hushflake.schema.project import find_project
from hushflake.schema.state import Desired


def random_graph(seed: int) -> tuple[dict[int, Size], list[Line[int]]]:
    dice = random.Random(seed)
    count = dice.randint(1, 40)
    boxes = {n: Size(dice.randint(60, 240), dice.randint(30, 150)) for n in range(count)}
    lines = []
    for _ in range(dice.randint(0, 2 * count)):
        start, end = dice.randrange(count), dice.randrange(count)
        port = dice.choice([None, 5.0, boxes[start].height - 5])
        label = dice.choice([None, None, Size(dice.randint(20, 90), 16)])
        lines.append(Line(start, end, port=port, label=label if start != end else None))
    return boxes, lines


def steps(points: tuple[Point, ...]) -> list[Point]:
    """Points along a route, close enough to hit any box that it crosses."""
    found: list[Point] = []
    for index, (a, b) in enumerate(pairwise(points)):
        bend = (b.x - a.x) / 2 if index % 2 else (b.x - a.x) / 3
        for part in range(41):
            t = part / 40
            weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            xs = a.x, a.x + bend, b.x - bend, b.x
            ys = a.y, a.y, b.y, b.y
            found.append(
                Point(
                    sum(w * x for w, x in zip(weights, xs, strict=True)),
                    sum(w * y for w, y in zip(weights, ys, strict=True)),
                )
            )
    return found


def assert_legible(boxes: dict[int, Size], lines: list[Line[int]], found: Arrangement[int]) -> None:
    assert found.corners.keys() == boxes.keys()
    areas = {
        n: (c.x, c.y, c.x + boxes[n].width, c.y + boxes[n].height) for n, c in found.corners.items()
    }
    for n, (x1, y1, x2, y2) in areas.items():
        assert x1 >= 0 and y1 >= 0 and x2 <= found.size.width and y2 <= found.size.height  # noqa: PT018
        for m, (u1, v1, u2, v2) in areas.items():
            apart = x2 <= u1 or u2 <= x1 or y2 <= v1 or v2 <= y1
            assert n == m or apart, (n, m)
    for line, route in zip(lines, found.routes, strict=True):
        assert route.is_loop == (line.start == line.end)
        if route.is_loop:
            assert max(point.x for point in route.points) + 26 <= found.size.width
            continue
        for x, y in steps(route.points):
            assert 0 <= x <= found.size.width
            assert 0 <= y <= found.size.height
            for n, (x1, y1, x2, y2) in areas.items():
                inside = x1 + 0.5 < x < x2 - 0.5 and y1 + 0.5 < y < y2 - 0.5
                assert not inside, f"{line.start} -> {line.end} runs behind {n}"
        if line.label is not None:
            assert route.label is not None
            assert all(
                route.label.x + line.label.width / 2 <= x1
                or route.label.x - line.label.width / 2 >= x2
                or route.label.y + 8 <= y1
                or route.label.y - 8 >= y2
                for x1, y1, x2, y2 in areas.values()
            )
        start, end = found.corners[line.start], found.corners[line.end]
        assert route.points[0].x in (start.x, start.x + boxes[line.start].width)
        assert route.points[-1].x in (end.x, end.x + boxes[line.end].width)
        if line.port is not None:
            assert route.points[0].y == pytest.approx(start.y + line.port)


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs(seed: int) -> None:
    boxes, lines = random_graph(seed)
    found = arrange(boxes, lines)
    assert_legible(boxes, lines, found)
    assert arrange(boxes, lines) == found


def test_a_circle_and_a_loop_are_drawn() -> None:
    boxes = {n: Size(100, 40) for n in range(3)}
    lines = [Line(0, 1), Line(1, 2), Line(2, 0), Line(1, 1)]
    assert_legible(boxes, lines, arrange(boxes, lines))


@pytest.fixture(scope="module")
def desired(tmp_path_factory: pytest.TempPathFactory) -> Desired:
    project = find_project(tmp_path_factory.mktemp("elsewhere"), "foundation")
    return compile_stack(project, load_stack(project, "local"))


def test_entities_are_folded_and_shown_in_full(desired: Desired) -> None:
    folded = graph_of(desired, LINEAGE)
    assert {node.name for node in folded.nodes if node.kind == "entity"} == set(desired.entities)
    assert not any(node.kind == "task" for node in folded.nodes)
    unfolded = graph_of(desired, LINEAGE, unfolded=True)
    inside = {key for node in folded.nodes for key in node.inside}
    assert len(unfolded.nodes) == len(folded.nodes) - len(desired.entities) + len(inside)
    # What a drawing leaves out is still reached through another node.
    assert len(folded.edges) < 60


@pytest.mark.parametrize("unfolded", [False, True])
def test_a_drawing_is_xml_with_a_dark_variant_and_a_size(desired: Desired, unfolded: bool) -> None:
    drawing = draw(graph_of(desired, unfolded=unfolded), "svg")
    root = ET.fromstring(drawing)
    assert "prefers-color-scheme:dark" in drawing
    assert int(root.attrib["width"]) < 2_400


def test_what_names_hold_stays_text(desired: Desired) -> None:
    entity = next(iter(desired.entities.values()))
    import dataclasses

    evil = dataclasses.replace(entity, name='</text><script>"&\x1b\u202e')
    drawing = entity_diagram([evil])
    ET.fromstring(drawing)
    assert "<script>" not in drawing
    assert not re.search("[\x1b\u202e]", drawing)
