"""Figures of the real ratings, with the targets of statistics.md 7."""

from collections.abc import Iterator, Sequence
from statistics import fmean, geometric_mean

from benchmarks.quality.real import Results
from benchmarks.quality.rules import AS_CODED, AS_DOCUMENTED, OURS, RULES
from benchmarks.quality.splits import SIZES
from benchmarks.quality.targets import Figure, Target

LOSS_TARGETS = {50: 0.91, 200: 0.85, 1000: 0.865, 0: 0.91}
FEW = (5, 20)
REGRET_TARGETS = {50: 0.42, 200: 0.14, 1000: 0.035}
WRONG_TARGETS = {"strong": 0.005, "moderate": 0.05, "weak": 0.18}


def figures(results: Results, names: Sequence[str]) -> list[Figure]:
    """Return all figures of the sets, ours first, then the rivals'."""
    return [
        *_losses(results, names),
        *_regrets(results, names),
        *_coverage(results, names),
        *_claims(results),
        *_calibration(results, names),
    ]


def size_name(size: int) -> str:
    """Return how a number of ratings is called in the table."""
    return f"N = {size or 'all'}"


def _ratios(results: Results, names: Sequence[str], size: int, rule: str, base: str) -> dict[str, float]:
    return {
        name: fmean(results.loss[name, size, rule]) / fmean(results.loss[name, size, base])
        for name in names
        if results.loss.get((name, size, rule))
    }


def _losses(results: Results, names: Sequence[str]) -> Iterator[Figure]:
    subject = "Log loss on unseen prompts, relative to imgen as coded (geometric mean over the sets)"
    for rule in RULES:
        for size in SIZES:
            parts = _ratios(results, names, size, rule.name, AS_CODED.name)
            if parts and rule != AS_CODED:
                target = Target(high=LOSS_TARGETS[size]) if rule == OURS and size in LOSS_TARGETS else None
                yield Figure(subject, f"{rule.name}, {size_name(size)}", geometric_mean(parts.values()), target, parts)
    yield from _with_all_ratings(results, names)
    subject = "Log loss with few ratings"
    parts = _ratios(results, names, FEW[0], OURS.name, AS_CODED.name)
    if parts:
        name = f"worst set against {AS_CODED.name}, {size_name(FEW[0])}"
        yield Figure(subject, name, max(parts.values()), Target(high=1.02), parts)
    for size in FEW:
        parts = _ratios(results, names, size, OURS.name, AS_DOCUMENTED.name)
        if parts:
            name = f"against {AS_DOCUMENTED.name}, {size_name(size)}"
            yield Figure(subject, name, geometric_mean(parts.values()), Target(high=0.70), parts)


def _with_all_ratings(results: Results, names: Sequence[str]) -> Iterator[Figure]:
    """Yield what would be reached if nothing were left to learn: how far targets are from what the sets allow."""
    subject = f"For comparison: {OURS.name} after all ratings, relative to {AS_CODED.name} after N"
    for size in LOSS_TARGETS:
        parts = {
            name: fmean(results.loss[name, 0, OURS.name]) / fmean(results.loss[name, size, AS_CODED.name])
            for name in names
            if size and results.loss.get((name, size, AS_CODED.name))
        }
        if parts:
            yield Figure(subject, size_name(size), geometric_mean(parts.values()), None, parts)


def _regrets(results: Results, names: Sequence[str]) -> Iterator[Figure]:
    subject = "Regret of the recommended level on unseen prompts, relative to a random one (mean over the sets)"
    for rule in RULES:
        for size in SIZES:
            parts = {
                name: fmean(results.regret[name, size, rule.name]) / fmean(results.random_regret[name])
                for name in names
                if results.regret.get((name, size, rule.name))
            }
            if parts:
                target = Target(high=REGRET_TARGETS[size]) if rule == OURS and size in REGRET_TARGETS else None
                yield Figure(subject, f"{rule.name}, {size_name(size)}", fmean(parts.values()), target, parts)


def _coverage(results: Results, names: Sequence[str]) -> Iterator[Figure]:
    subject = "Coverage of 95 % intervals on held-out prompts, chance in the held-out ratings allowed for"
    targets = {"level": Target(0.93, 0.98), "difference": Target(low=0.92)}
    for kind, target in targets.items():
        every: list[float] = []
        exact: list[float] = []
        below: list[Figure] = []
        cases = 0
        for scope in ("overall", "keyword"):
            for size in SIZES:
                keys = [(name, size, scope, kind) for name in names if results.made[name, size, scope, kind]]
                parts = {key[0]: results.allowed[key] / results.made[key] for key in keys}
                if parts:
                    made = sum(results.made[key] for key in keys)
                    name = f"{kind}s, {scope}, {size_name(size)}"
                    below.append(Figure(subject, name, fmean(parts.values()), None, parts, made))
                    every += parts.values()
                    exact += [results.held[key] / results.made[key] for key in keys]
                    cases += made
        if every:
            yield Figure(subject, f"{kind}s, mean over sets and sizes", fmean(every), target, None, cases)
            yield Figure(subject, f"{kind}s, the same without that allowance", fmean(exact), None, None, cases)
        yield from below


def _claims(results: Results) -> Iterator[Figure]:
    for scope, of in (("overall", "levels over all keywords"), ("keyword", "levels inside one keyword")):
        subject = f"Claims about {of}: the held-out difference has the other sign"
        for strength in ("strong", "moderate", "weak", "none"):
            keys = [key for key in results.made if key[2:] == (scope, strength)]
            made = sum(results.made[key] for key in keys)
            if not made:
                continue
            wrong = 1.0 - sum(results.held[key] for key in keys) / made
            beyond = 1.0 - sum(results.allowed[key] for key in keys) / made
            has_target = scope == "overall" and strength in WRONG_TARGETS
            target = Target(high=WRONG_TARGETS[strength]) if has_target else None
            yield Figure(subject, f"{strength}, wrong", wrong, target, {"beyond chance": beyond}, made)


def _calibration(results: Results, names: Sequence[str]) -> Iterator[Figure]:
    subject = "Calibration error of predicted rates (mean over sets and sizes from 50 on)"
    sizes = [size for size in SIZES if size not in FEW]
    for rule in RULES:
        keys = [(name, size, rule.name) for name in names for size in sizes]
        errors = [results.calibration[key].error(results.predicted[key]) for key in keys if results.predicted[key]]
        if errors:
            yield Figure(subject, rule.name, fmean(errors))
