"""What the answers on plans give up first when they are too large."""

from collections.abc import Callable

from learning_core.plans.analysis import PlanAnalysis, PlanState
from learning_core.plans.filed_proposal import FiledProposal
from server.mcp.stepping import by_steps, left_out, noted

_PLANS = (40, 20, 10, 7, 5, 3, 2, 1)
_LINES = (50, 20, 10, 5, 3, 2, 1, 0)
_LONG = ("values", "comparisons", "equal_values", "missing", "not_taken")
"""Lists of a state that can be long."""

_HOW = "`whatworks plan` shows all"


def shorter_analysis(whole: PlanAnalysis) -> Callable[[PlanAnalysis], PlanAnalysis | None]:
    """Return the shortener: fewer of the oldest plans, or fewer lines of each list of one plan."""

    def of_list(plans: int) -> PlanAnalysis:
        kept = whole.plans[:plans]
        notes = noted(whole.notes, left_out(len(kept), whole.total, "plans are listed, the newest", _HOW))
        return whole.model_copy(update={"plans": kept, "shown": len(kept), "notes": notes})

    state = whole.state
    if state is None:
        return by_steps(_PLANS, of_list)

    def of_one(lines: int) -> PlanAnalysis:
        entries = [each.model_copy(update={"values": each.values[:lines]}) for each in whole.plans]
        notes = noted(whole.notes, _lines_left_out(state, lines))
        return whole.model_copy(update={"plans": entries, "state": _shorter_state(state, lines), "notes": notes})

    return by_steps(_LINES, of_one)


def shorter_proposal(whole: FiledProposal) -> Callable[[FiledProposal], FiledProposal | None]:
    """Return the shortener of a proposal: fewer beliefs, alternatives and values."""

    def cut(lines: int) -> FiledProposal:
        notes = noted(
            whole.notes,
            left_out(lines, len(whole.values), "values are named", _HOW),
            left_out(lines, len(whole.beliefs), "beliefs are listed"),
            left_out(lines, len(whole.alternatives), "alternatives are listed"),
            left_out(lines, len(whole.reasons), "reasons are given"),
        )
        kept = {name: getattr(whole, name)[:lines] for name in ("values", "beliefs", "alternatives", "reasons")}
        return whole.model_copy(update={**kept, "notes": notes})

    return by_steps(_LINES, cut)


def _shorter_state(state: PlanState, lines: int) -> PlanState:
    return state.model_copy(update={name: getattr(state, name)[:lines] for name in _LONG})


def _lines_left_out(state: PlanState, lines: int) -> str:
    longest = max(len(getattr(state, name)) for name in _LONG)
    return left_out(lines, longest, "lines of a list at most are given", _HOW)
