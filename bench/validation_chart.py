"""Draws what bench/validation.py measured as SVG: on the left records a second by record size, on the right how close the
largest blocks come to what the hash kernel reaches alone."""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1000, 470
TOP, BOTTOM = 112, 400
LEFT_PANEL, RIGHT_PANEL = (70, 590), (690, 975)
INK, MUTED, GRID = "#1f2328", "#59636e", "#d1d9e0"
RULE_COLOR, LIMIT_COLOR, CACHE_COLOR = "#9aa4af", "#bc4c00", "#e8a06a"
BLOCK_COLORS = ["#9ecbff", "#3b8eea", "#0a3e8c"]


def text(x, y, content, size=12, color=INK, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(content)}</text>')


def line(x1, y1, x2, y2, color=GRID, width=1.0, dash=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="{width}"'
            + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")


def bar(x, y, width, color):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BOTTOM - y:.1f}" fill="{color}" rx="1.5"/>'


def short(value):
    """Three characters or so: 19M, 3.2M, 640k."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * unit:
            return f"{value / unit:.{1 if value < 9.95 * unit else 0}f}{name}"
    return f"{value:.0f}"


def size_name(size):
    return f"{size} B" if size < 1024 else f"{size // 1024} KiB"


def groups(results):
    """By record size: the rule's figure, then one for each kind of block, from few records to many."""
    sizes = sorted({row["bytes"] for row in results["ledgers"]})
    return [(size, sorted((row for row in results["ledgers"] if row["bytes"] == size), key=lambda row: row["per_block"]))
            for size in sizes]


def records_panel(results):
    left, right = LEFT_PANEL
    values = [row[key] for row in results["ledgers"] for key in ("rule", "verify")]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def y(value):
        return BOTTOM - (math.log10(value) - low) / (high - low) * (BOTTOM - TOP)

    parts = [text(left, TOP - 20, "Records validated a second (logarithmic)", 13, weight="600")]
    for power in range(low, high + 1):
        parts.append(line(left, y(10 ** power), right, y(10 ** power)))
        parts.append(text(left - 8, y(10 ** power) + 4, short(10 ** power).replace(".0", ""), 11, MUTED, "end"))
    by_size = groups(results)
    step = (right - left) / len(by_size)
    width = min(26.0, step * 0.86 / 4)
    for place, (size, rows) in enumerate(by_size):
        bars = [(max(row["rule"] for row in rows), RULE_COLOR)]
        bars += [(row["verify"], color) for row, color in zip(rows, BLOCK_COLORS)]
        start = left + step * (place + 0.5) - width * len(bars) / 2
        for number, (value, color) in enumerate(bars):
            x = start + number * width
            parts.append(bar(x + 1, y(value), width - 2, color))
            parts.append(text(x + width / 2, y(value) - 4, short(value), 9, INK, "middle"))
        parts.append(text(left + step * (place + 0.5), BOTTOM + 18, size_name(size), 12, INK, "middle"))
    parts.append(line(left, BOTTOM, right, BOTTOM, INK))
    parts.append(text((left + right) / 2, BOTTOM + 36, "size of a record", 11, MUTED, "middle"))
    legend = [("CPython rule, 1 core", RULE_COLOR), ("1 record a block", BLOCK_COLORS[0]), ("16", BLOCK_COLORS[1]),
              ("1,000, or a full block", BLOCK_COLORS[2])]
    x = left
    for name, color in legend:
        parts.append(f'<rect x="{x:.1f}" y="{BOTTOM + 47}" width="11" height="11" fill="{color}" rx="1.5"/>')
        parts.append(text(x + 16, BOTTOM + 57, name, 11))
        x += 34 + 6.1 * len(name)
    return parts


def speed_panel(results):
    left, right = RIGHT_PANEL
    by_size = groups(results)
    verify = [rows[-1]["verify"] * size / 1e9 for size, rows in by_size]
    limit = [results["limits"][str(size)] / 1e3 for size, _ in by_size]
    cached = [results["cache_limits"][str(size)] / 1e3 for size, _ in by_size]
    rule = [max(row["rule"] for row in rows) * size / 1e9 for size, rows in by_size]
    high = max(verify + limit + cached) * 1.12
    step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if high / step <= 7)

    def point(place, value):
        return left + (right - left) * (place + 0.5) / len(by_size), BOTTOM - value / high * (BOTTOM - TOP)

    parts = [text(left, TOP - 20, "GB of records a second, full blocks", 13, weight="600")]
    tick = 0.0
    while tick <= high:
        y = point(0, tick)[1]
        parts.append(line(left, y, right, y))
        parts.append(text(left - 8, y + 4, f"{tick:g}", 11, MUTED, "end"))
        tick += step
    labels = []
    for values, color, dash, name in (
            (cached, CACHE_COLOR, "2 4", "hash kernel alone, in its cache"),
            (limit, LIMIT_COLOR, "5 4", "hash kernel alone, from memory"), (verify, BLOCK_COLORS[2], "", "cairn verify"),
            (rule, RULE_COLOR, "", "CPython rule")):
        points = [point(place, value) for place, value in enumerate(values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2.2"'
                     + (f' stroke-dasharray="{dash}"' if dash else "") + "/>")
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{color}"/>' for x, y in points]
        labels.append((points[-1][1] - 9, name, color))
    # From the top down, none over another.
    bottom = 0.0
    for y, name, color in sorted(labels):
        bottom = max(y, bottom + 14)
        parts.append(text(right, bottom, name, 11, color, "end", "600"))
    for place, (size, _) in enumerate(by_size):
        parts.append(text(point(place, 0)[0], BOTTOM + 18, size_name(size), 11, INK, "middle"))
    parts.append(line(left, BOTTOM, right, BOTTOM, INK))
    parts.append(text((left + right) / 2, BOTTOM + 36, "size of a record", 11, MUTED, "middle"))
    return parts


def draw(results):
    cores = f"{results['cores']} core" + ("" if results["cores"] == 1 else "s")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" role="img">',
        "<title>Validation of whole ledgers by cairn verify</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(24, 34, f"Validating a whole ledger: cairn verify on {cores}, page cache warm", 18, weight="600"),
        text(24, 56, f"{results['machine']}; {results['kernels'][0]['kernel']}. Best of the rounds of one run of "
             "bench/validation.py." + (" Seconds are those that a process had its core." if results["per_core"] else ""),
             12, MUTED)]
    return "\n".join(parts + records_panel(results) + speed_panel(results) + ["</svg>", ""])
