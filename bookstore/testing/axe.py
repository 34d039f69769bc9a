"""What axe and the ruler say of a page, in light and dark, on a telephone and on a desk."""

from collections.abc import Mapping, Sequence
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

Options = Mapping[str, object]

NARROWEST = 320
WIDTHS = (360, 1280)
HEIGHT = 900
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OPTIONS: Options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# A frame is not a page of its own: it needs no heading of the first rank and no landmarks.
OPTIONS_OF_FRAMES: Options = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}

# The nearest background that can be seen behind a frame.
COLOUR_BEHIND = """
    frame => {
      let element = frame;
      while (getComputedStyle(element).backgroundColor === "rgba(0, 0, 0, 0)") element = element.parentElement;
      return getComputedStyle(element).backgroundColor;
    }
"""

STILL = """
    () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("* { transition: none !important }");
      document.adoptedStyleSheets = [sheet];
    }
"""


def complaints(page: Page, widths: Sequence[int] = WIDTHS) -> list[str]:
    """Empty for a page that is accessible in both schemes at these widths, and scrolls sideways at none of them.

    Nor may it scroll sideways on the narrowest telephone, 320 pixels. Colours that change slowly are judged when
    they have arrived.
    """
    page.wait_for_load_state()
    page.evaluate(STILL)
    found = []
    for width in sorted({NARROWEST, *widths}):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += _too_wide(page, width)
        for scheme in SCHEMES if width in widths else ():
            page.emulate_media(color_scheme=scheme)
            found += [f"{page.title()} ({scheme}, {width}): {words}" for words in _violations(page)]
    return found


def _too_wide(page: Page, width: int) -> list[str]:
    needed = page.evaluate("document.documentElement.scrollWidth")
    return [f"{page.title()} needs {needed} px where there are {width}"] if needed > width else []


def _violations(page: Page) -> list[str]:
    found = _violations_in(page.main_frame, OPTIONS)
    for frame in page.main_frame.child_frames:
        _give_background(frame)
        found += _violations_in(frame, OPTIONS_OF_FRAMES)
    return found


def _give_background(frame: Frame) -> None:
    """Axe cannot look through a frame at the page behind it, and would take what is transparent for white."""
    behind = frame.frame_element().evaluate(COLOUR_BEHIND)
    frame.evaluate("colour => { document.documentElement.style.backgroundColor = colour }", behind)


def _violations_in(frame: Frame, options: Options) -> list[str]:
    if frame.evaluate("typeof axe === 'undefined'"):
        frame.evaluate(AXE_SCRIPT)
    violations = frame.evaluate("async options => (await axe.run(document, options)).violations", options)
    return [
        f"{violation['id']}: {node['html'][:120]} – {node['failureSummary'][:200]}"
        for violation in violations
        for node in violation["nodes"]
    ]
