"""A plugin of pytest: a failing property test says so at once, without looking for its smallest example."""

from hypothesis import Phase, settings

settings.register_profile("without_shrinking", phases=[Phase.explicit, Phase.generate])
settings.load_profile("without_shrinking")
