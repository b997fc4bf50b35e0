"""pandas asked the same questions: categories for names, an indexed frame of the keywords of prompts."""

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import asked
from benchmarks.rows import COLUMNS, Rows

_SETTINGS = ("checkpoint", "sampler", "scheduler", "steps", "cfg_scale", "size")


class Pandas:
    """Frames in memory with all rows."""

    def __init__(self, rows: Rows) -> None:
        import pandas as pd

        self._pandas = pd
        columns = zip(*rows.images, strict=True)
        images = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
        for name in ("checkpoint", "sampler", "scheduler", "size"):
            images[name] = images[name].astype("category")
        self._used = (
            images[["job", "loras"]].explode("loras").drop_duplicates().set_index("job").loras.astype("category")
        )
        self._images = images.drop(columns="loras").set_index("job", drop=False)
        self._images["stars"] = self._images.stars.astype("float32")
        self._images["selected"] = self._images.selected.astype("float32")
        self._images["day"] = (self._images.time // 86_400).astype("int32")
        self._images["liked"] = self._images.stars >= asked.LEAST_STARS
        self._images["rejected"] = self._images.selected == 0
        words = [(word, number) for number, (_, each) in enumerate(rows.prompts, 1) for word in each]
        postings = pd.DataFrame(words, columns=["word", "prompt"])
        self._prompts_of = postings.groupby("word").prompt.apply(lambda each: each.to_numpy()).to_dict()
        self._postings = postings.astype({"word": "category"})
        self._texts = [text for text, _ in rows.prompts]

    def questions(self, texts: dict[str, tuple[str, ...]], places: dict[int, float]) -> dict[str, Callable[[], Any]]:
        """Return how to answer each question, as `DuckDB.questions`."""
        found: dict[str, Callable[[], Any]] = {
            asked.COUNTS: lambda: self._counts_by_value(filtered=False),
            asked.COUNTS_FILTERED: lambda: self._counts_by_value(filtered=True),
            asked.KEYWORD_BY_CHECKPOINT: self._keyword_by_checkpoint,
            asked.CHECKPOINT_BY_LORA: self._checkpoint_by_lora,
            asked.BY_DAY: lambda: self._trend(self._images, "day"),
            asked.BY_MONTH: self._by_month,
        }
        for number, place in places.items():
            found[asked.page_name(number)] = self._page(place)
        for name, words in texts.items():
            found[name] = self._text(words)
        return found

    def _of_word(self, word: str) -> Any:
        return self._images.prompt.isin(self._prompts_of[word])

    def _within_steps(self) -> Any:
        return self._images.steps.between(asked.FIRST_STEPS, asked.LAST_STEPS)

    def _counts_by_value(self, *, filtered: bool) -> list[tuple[Any, ...]]:
        mask = self._of_word(asked.SUBJECT) & self._images.stars.notna()
        matched = self._images[mask & self._within_steps() if filtered else mask]
        columns = {"n": ("stars", "size"), "good": ("liked", "sum"), "mean": ("stars", "mean")}
        found: list[tuple[Any, ...]] = []
        for setting in _SETTINGS:
            counted = matched.groupby(setting, observed=True).agg(**columns)
            found += [(setting, *row) for row in counted.itertuples()]
        counted = matched.join(self._used).groupby("loras", observed=True).agg(**columns)
        return found + [("lora", *row) for row in counted.itertuples()]

    def _counted(self, frame: Any, keys: list[str]) -> Any:
        return frame.groupby(keys, observed=True).agg(
            jobs=("job", "size"),
            rated=("stars", "count"),
            liked=("liked", "sum"),
            stars=("stars", "sum"),
            selected=("selected", "sum"),
            rejected=("rejected", "sum"),
        )

    def _judged(self) -> Any:
        return self._images[self._images.stars.notna() | self._images.selected.notna()]

    def _keyword_by_checkpoint(self) -> Any:
        by_prompt = self._counted(self._judged(), ["prompt", "checkpoint"]).reset_index().assign(prompts=1)
        spread = self._postings.merge(by_prompt, on="prompt")
        return spread.drop(columns="prompt").groupby(["word", "checkpoint"], observed=True).sum()

    def _checkpoint_by_lora(self) -> Any:
        spread = self._judged().join(self._used)
        prompts = spread.drop_duplicates(["checkpoint", "loras", "prompt"]).groupby(
            ["checkpoint", "loras"], observed=True
        )
        return self._counted(spread, ["checkpoint", "loras"]).assign(prompts=prompts.size())

    def _trend(self, frame: Any, key: Any) -> list[tuple[Any, ...]]:
        counted = frame.groupby(key).agg(
            jobs=("job", "size"),
            rated=("stars", "count"),
            mean=("stars", "mean"),
            judged=("selected", "count"),
            selected=("selected", "sum"),
        )
        return list(counted.itertuples(name=None))

    def _by_month(self) -> list[tuple[Any, ...]]:
        matched = self._images[self._of_word(asked.SUBJECT)]
        return self._trend(matched, self._pandas.to_datetime(matched.time, unit="s").dt.strftime("%Y-%m"))

    def _page(self, place: float) -> Callable[[], Any]:
        def ask() -> Any:
            mask = (self._images.stars >= asked.LEAST_STARS) & self._within_steps()
            return self._newest(self._images[mask & (self._images.time < place)]), int(mask.sum())

        return ask

    def _text(self, words: Sequence[str]) -> Callable[[], Any]:
        def ask() -> Any:
            mask = self._images.stars >= asked.LEAST_STARS
            for word in words:
                mask &= self._of_word(word)
            return self._newest(self._images[mask]), int(mask.sum())

        return ask

    def _newest(self, frame: Any) -> list[tuple[Any, ...]]:
        page = frame.nlargest(asked.PAGE_LENGTH, "time")
        rows = page.itertuples(index=False, name=None)
        return [(*row, self._used.loc[[row[0]]].tolist(), self._texts[row[8] - 1]) for row in rows]
