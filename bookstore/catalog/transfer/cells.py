"""Text in cells that no spreadsheet takes for a formula, and back."""

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
"""What makes a spreadsheet read a cell as a formula (OWASP, CSV Injection)."""


def is_risky(text: str) -> bool:
    return text.startswith(FORMULA_STARTS) or text.lstrip().startswith(FORMULA_STARTS)


def harmless(text: str) -> str:
    """With an apostrophe before what would be a formula, be it behind blanks."""
    return f"'{text}" if is_risky(text) else text


def as_meant(text: str) -> str:
    """Without the apostrophe that `harmless` put there."""
    return text[1:] if text.startswith("'") and is_risky(text[1:]) else text
