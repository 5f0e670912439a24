"""The plot of README.md: accuracy by the share of multiply-accumulates that is left."""

LEFT, TOP, WIDTH, HEIGHT = 44, 14, 420, 210
# Line colours that are legible on white and on black.
LINES = [("secateur prune", ["measured"], "#2a9d4a"),
         ("ranked by output-energy, refitted", ["ranked, output-energy"], "#3b82c4"),
         ("ranked by taylor, refitted", ["ranked, taylor"], "#8a6fd1"),
         ("Torch-Pruning, the best of four ways", [f"Torch-Pruning, {criterion}, {scope}"
                                  for criterion in ("taylor", "l2") for scope in ("global", "local")], "#d1603d")]


def svg(results, network, shares, seeds):
    """Shares stand at equal distances; a line is the mean over the seeds."""
    def x(share):
        return LEFT + 14 + (WIDTH - 28) * shares.index(share) / (len(shares) - 1)

    def y(percent):
        return TOP + HEIGHT * (100 - percent) / 100

    drawn = []
    for percent in range(0, 101, 20):
        drawn.append(f'<path d="M{LEFT} {y(percent):.0f}h{WIDTH}" stroke="#8886"/>'
                     f'<text x="{LEFT - 6}" y="{y(percent) + 4:.0f}" text-anchor="end">{percent}</text>')
    for share in shares:
        drawn.append(f'<text x="{x(share):.0f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{share} %</text>')
    for number, (label, ways, colour) in enumerate(LINES):
        points = []
        for share in shares:
            means = [spread[0] for way in ways
                     if (spread := results.spread("accuracy", network, way, share, seeds=seeds))]
            if means:
                points.append(f"{x(share):.0f},{y(max(means)):.1f}")
        height = TOP + HEIGHT / 2 + 16 * number - 34
        drawn.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2"/>'
                     f'<text x="{LEFT + 176}" y="{height:.0f}" style="fill:{colour}">{label}</text>')
    total_width, total_height = LEFT + WIDTH + 10, TOP + HEIGHT + 40
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width} {total_height}" width="{total_width}">'
            "<style>text{font:12px sans-serif;fill:#888}</style>" + "".join(drawn)
            + f'<text x="{LEFT + WIDTH / 2:.0f}" y="{total_height - 6}" text-anchor="middle">'
            "multiply-accumulates that are left; accuracy in per cent</text></svg>\n")
