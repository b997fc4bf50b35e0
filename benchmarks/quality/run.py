"""Measures how true the statistics are: `python -m benchmarks.quality --ratings FOLDER [--json FILE]`."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks.quality import real, real_figures, simulated
from benchmarks.quality.ratings import RatingsError, read_folder
from benchmarks.quality.targets import Figure, table


class Options(Struct, frozen=True):
    """What the command line asks for."""

    ratings: Path | None
    thresholds: Mapping[str, float]
    splits: int
    quick: bool


def _real(options: Options) -> list[Figure]:
    if options.ratings is None:
        raise RatingsError("Real ratings are measured with --ratings FOLDER (leave it out with --only).")
    sets = read_folder(options.ratings, options.thresholds)
    for each in sets:
        prompts = len(each.words.prompts.starts) - 1
        print(
            f"{each.name}: {len(each.level):,} ratings, {prompts} prompts, {len(each.level_names)} levels, "
            f"selected = {each.threshold} ({each.selected.mean():.0%})",
            file=sys.stderr,
        )
    return real_figures.figures(real.measure(sets, options.splits), [each.name for each in sets])


def _simulated(options: Options) -> list[Figure]:
    return simulated.figures(quick=options.quick)


SUBJECTS: dict[str, Callable[[Options], list[Figure]]] = {"real": _real, "simulated": _simulated}
"""What can be measured, by name, in the order in which it is; each returns figures with their targets."""


def main(given: Sequence[str] | None = None) -> None:
    """Read the arguments, measure, print the table and write the JSON file."""
    arguments = _arguments(given)
    options = Options(arguments.ratings, dict(arguments.threshold), arguments.splits, arguments.quick)
    only = arguments.only or [name for name in SUBJECTS if name != "real" or arguments.ratings]
    if not only:
        sys.exit("Nothing to measure: give --ratings FOLDER.")
    figures: list[Figure] = []
    try:
        for name in only:
            print(f"measuring {name} …", file=sys.stderr)
            figures += SUBJECTS[name](options)
    except RatingsError as error:
        sys.exit(str(error))
    print(table(figures))
    unmet = sum(figure.is_met is False for figure in figures)
    print(f"\n{sum(figure.target is not None for figure in figures) - unmet} targets met, {unmet} not.")
    if arguments.json:
        text = json.dumps({"figures": [figure.as_json() for figure in figures]}, indent=2, ensure_ascii=False)
        arguments.json.write_text(text + "\n", encoding="utf-8")


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality",
        description=__doc__,
        epilog="example: python -m benchmarks.quality --ratings ../shared/data/ratings --json quality.json",
    )
    parser.add_argument("--ratings", type=Path, help="folder of rating sets in normal form, one *.jsonl each")
    parser.add_argument("--only", choices=SUBJECTS, nargs="+", help="measure only these")
    parser.add_argument("--splits", type=int, default=120, help="random splits of each set (default 120, two minutes)")
    parser.add_argument(
        "--threshold",
        type=_threshold,
        action="append",
        default=[],
        metavar="SET=RATING",
        help="least rating of a set that counts as selected (default: 4 of 1 to 5, else the median)",
    )
    parser.add_argument("--quick", action="store_true", help="a few simulated worlds only: seconds, little meaning")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args(given)


def _threshold(text: str) -> tuple[str, float]:
    name, _, rating = text.partition("=")
    try:
        return name, float(rating)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not SET=RATING, such as tifa160=5") from None
