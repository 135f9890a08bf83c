"""Tables in documents, between marks that stand there twice: <!-- name -->"""

import sys


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def replace(path, mark, lines):
    """Puts the lines between the two marks of a document."""
    mark = f"<!-- {mark} -->\n"
    parts = open(path, encoding="utf-8").read().split(mark)
    if len(parts) != 3:
        sys.exit(f"{path}: {mark.strip()} stands there {len(parts) - 1} times, not twice")
    parts[1] = "\n".join(lines) + "\n"
    open(path, "w", encoding="utf-8").write(mark.join(parts))
