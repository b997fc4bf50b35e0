"""What an answer gives up to fit, and in which order."""

from questions import ask

from learning_core.answers.answer import Parameter
from learning_core.library import Library
from server.mcp.bounded import USUAL_BYTES, bounded
from server.mcp.shorter import shorter_what_works


def crowded(parameter: Parameter) -> Parameter:
    """Return a parameter of which nothing tells the values apart, with a row that takes its place."""
    rows = [row.model_copy(update={"setting": f"a checkpoint with a long name {'x' * 80}"}) for row in parameter.ranked]
    undecided = {"status": "not_separable", "strength": "none", "sentence": "No clear winner. " * 18}
    return parameter.model_copy(update=undecided | {"ranked": rows, "why": []})


def test_where_nothing_tells_values_apart_every_parameter_keeps_its_sentence(rated_library: Library) -> None:
    whole = ask(rated_library, "", limit=3)
    (first,) = [each for each in whole.parameters if each.by == "checkpoint"]
    parameters = [crowded(first).model_copy(update={"by": each.by}) for each in whole.parameters]
    answer = whole.model_copy(update={"parameters": parameters})
    written = bounded(answer, "answers/what_works.md.j2", shorter_what_works(), asks_again=False).written(lambda it: it)
    assert written.size <= USUAL_BYTES
    kept = written.structured["parameters"]
    assert [each["by"] for each in kept] == [each.by for each in whole.parameters]
    assert all(each["sentence"] and each["shown"] == len(each["ranked"]) == 0 for each in kept)
    assert any("`shown` and `total` tell" in note for note in written.structured["notes"])
