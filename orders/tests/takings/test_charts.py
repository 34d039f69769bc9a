"""Charts: drawn to scale, safe whatever the words are, and readable without colour and without eyes."""

from xml.etree import ElementTree

import pytest

from orders.dashboard.charts import HEIGHT, Point, columns, lying_bars, round_step

SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg):
    """Also shows that it is well-formed."""
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def bars(picture, role):
    return [rect for rect in picture.iter(f"{SVG}rect") if rect.get("class") == role]


def words(picture):
    return [text.text for text in picture.iter(f"{SVG}text")]


def standing(*points, least=0.0):
    return drawn(columns("sales", "Sales", "Most: Monday.", points, lambda value: f"{value:g}", least=least))


def test_bars_are_as_high_as_their_values():
    picture = standing(Point("a", "a", 10), Point("b", "b", 40), Point("c", "c", 20))

    heights = [float(bar.get("height")) for bar in bars(picture, "chart-up")]
    assert heights[1] == pytest.approx(4 * heights[0], abs=0.3)
    assert heights[2] == pytest.approx(2 * heights[0], abs=0.3)


def test_the_axis_begins_at_nothing_and_goes_beyond_the_highest():
    assert words(standing(Point("a", "Mon", 43)))[:4] == ["0", "20", "40", "60"]


def test_a_second_series_hangs_below_the_line_and_is_hatched():
    picture = standing(Point("a", "a", 30, 10))

    (up,), (down,) = bars(picture, "chart-up"), bars(picture, "chart-down")
    assert float(down.get("y")) == pytest.approx(float(up.get("y")) + float(up.get("height")), abs=0.2)
    assert [rect.get("fill") for rect in picture.iter(f"{SVG}rect")].count("url(#sales-hatch)") == 1
    assert any(pattern.get("id") == "sales-hatch" for pattern in picture.iter(f"{SVG}pattern"))


def test_what_was_not_measured_has_no_bar():
    assert len(bars(standing(Point("a", "a", None), Point("b", "b", 0), Point("c", "c", 1)), "chart-up")) == 1


@pytest.mark.parametrize("points", [[], [Point("a", "a", 0)]])
def test_nothing_at_all_is_still_a_chart(points):
    assert bars(standing(*points), "chart-up") == []


def test_everything_stays_within_the_picture():
    picture = standing(*(Point(str(n), str(n), n * n, n) for n in range(100)))

    for rect in [*bars(picture, "chart-up"), *bars(picture, "chart-down")]:
        assert float(rect.get("y")) >= 0
        assert float(rect.get("y")) + float(rect.get("height")) <= HEIGHT


def test_many_points_have_few_names():
    picture = standing(*(Point("", f"day {n}", 1) for n in range(90)))

    names = [
        text for text in picture.iter(f"{SVG}text") if (text.get("class") or "").startswith("chart-name")
    ]
    assert len(names) <= 8
    assert [text.get("class") for text in names][:2] == ["chart-name", "chart-name chart-name--wide"]


def test_screen_readers_are_told_what_it_is_and_what_it_says():
    picture = standing(Point("Monday", "Mon", 1, told="Monday: 1"))

    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == "sales-title sales-summary"
    assert picture.find(f"{SVG}title").text == "Sales"
    assert picture.find(f"{SVG}desc").text == "Most: Monday."
    assert picture.find(f"{SVG}g/{SVG}title").text == "Monday: 1"


def test_titles_of_books_cannot_break_out():
    evil = '"><script>alert(1)</script>&'
    points = [Point(evil, evil, 1, told=evil)]

    for svg in (
        lying_bars("books", evil, evil, points, lambda value: evil),
        columns("books", evil, evil, points, lambda value: evil),
    ):
        assert "<script" not in svg
        assert drawn(svg).find(f"{SVG}title").text == evil


def test_long_titles_are_shortened():
    svg = drawn(lying_bars("books", "", "", [Point("The Posthumous Papers " * 5, "", 1)], str))

    assert words(svg)[0].endswith("…")
    assert len(words(svg)[0]) <= 52


@pytest.mark.parametrize(
    ("size", "step"), [(0.25, 0.5), (1, 1), (1.1, 2), (3, 5), (7, 10), (10, 10), (0.013, 0.02), (1200, 2000)]
)
def test_lines_of_the_grid_are_at_round_numbers(size, step):
    assert round_step(size) == pytest.approx(step)


def test_things_that_are_counted_have_no_halves():
    assert words(standing(Point("a", "Mon", 1), least=1))[:2] == ["0", "1"]
