"""Each guard of plans, recipes, runners, modes, what a plan lets a draft say, and documents in an archive.

See `guards` for what a row means.
"""

from tests.mutations.guards import Guard

DOCUMENTS = "tests/core/plans/test_plan_documents.py"
ATTRIBUTED = "tests/core/plans/test_attribution.py"
CONCLUDED = "tests/core/plans/test_conclude.py"
PROPOSED = "tests/core/plans/test_propose.py"
MODES = "tests/core/test_modes.py"
EXPORTS = "tests/core/recipes/test_plan_exports.py"
OWN = "tests/core/recipes/test_own_workflow.py"
RUNS = "tests/server/runners/test_run_plan.py"
ADDRESSES = "tests/server/runners/test_addresses.py"
COMMANDS = "tests/server/cli/test_plan_run_command.py::test_a_library_that_learns_nothing_runs_nothing"
DRAFTED = "tests/core/drafts/test_concluded.py"
ACCEPTED = "tests/acceptance/test_plans_and_profiles.py"
ARCHIVES = "tests/core/archive/test_pack_and_unpack.py"
HOSTILE = "tests/core/archive/test_hostile_archives.py"

FOLDER = "learning_core/plans/folder.py"
ATTRIBUTION = "learning_core/plans/attribution.py"
COMPARE = "learning_core/stats/paired_blocks.py"
CONCLUDE = "learning_core/plans/conclude.py"
BLOCKS = "learning_core/plans/rated_blocks.py"
PARAMETERS = "learning_core/plans/parameters.py"
VALUES = "learning_core/plans/values.py"
PLAN = "learning_core/plans/learning_plan.py"
CANDIDATES = "learning_core/plans/candidates.py"
DISCOVERED = "learning_core/plans/discovered.py"
LEARNING_MODES = "learning_core/modes.py"
JOBS = "learning_core/recipes/step_jobs.py"
OUTPUTS = "learning_core/recipes/outputs.py"
INPUT = "learning_core/recipes/input_image.py"
INVENTORY = "learning_core/recipes/inventory.py"
OWN_WORKFLOW = "learning_core/recipes/own_workflow.py"
ADDRESS = "server/runners/address.py"
CONNECTION = "server/runners/connection.py"
RUN = "server/runners/run.py"
RUN_COMMAND = "server/cli/plans/run.py"
OF_A_PLAN = "learning_core/drafts/concluded.py"
PROPOSING = "learning_core/drafts/proposing.py"
ARCHIVED = "learning_core/archive/documents.py"
PLACING = "learning_core/archive/placing.py"
UNPACK = "learning_core/archive/unpack.py"

PLAN_GUARDS = (
    # -- documents
    Guard("a plan keeps its design", FOLDER, "if known.design_hash != plan.design_hash:", "if False:", (DOCUMENTS,)),
    Guard("a plan's folder has its id", FOLDER, "if not re.fullmatch(ID_PATTERN, plan_id):", "if False:", (DOCUMENTS,)),
    Guard(
        "an edited plan is a conflict", FOLDER,
        "if plan_id.startswith(PREFIX) and plan_id != PREFIX + plan.design_hash:", "if False:", (DOCUMENTS,),
    ),
    Guard("a value in its bounds", PARAMETERS, "if not one.low <= value <= one.high:", "if False:", (DOCUMENTS,)),
    Guard("a stage has its parameters", PARAMETERS, "if stage not in found.stages:", "if False:", (DOCUMENTS,)),
    Guard("a step of a range is above 0", VALUES, "if width <= 0:", "if width == 0:", (DOCUMENTS,)),
    Guard("a range runs upwards", VALUES, "if last < first:", "if False:", (DOCUMENTS,)),
    Guard(
        "img2img starts from an image", PLAN,
        'if plan.stage_sequence[0] != "txt2img" and plan.base_config.input_image is None:', "if False:", (DOCUMENTS,),
    ),
    # -- attribution and conclusion
    Guard("an image fits its step", ATTRIBUTION, "        if differs:\n", "        if False:\n", (ATTRIBUTED,)),
    Guard(
        "an image states what was planned", ATTRIBUTION, "for step, how in found if how.is_exact]",
        "for step, how in found if not how.differs]", (ATTRIBUTED,),
    ),
    Guard(
        "a screen is no proof", ATTRIBUTION, '    if plan.design == "screen":\n        evidence = "unproven"\n    elif',
        "    if", (ATTRIBUTED,),
    ),
    Guard(
        "a winner needs its Bayes factor", COMPARE,
        " and self.weighed.bayes_factor >= STRONG_BAYES_FACTOR * self.tries", "", (CONCLUDED,),
    ),
    Guard("few prompts conclude nothing", CONCLUDE, "blocks.prompts < LEAST_BLOCKS or ", "", (CONCLUDED,)),
    Guard(
        "what is not controlled concludes nothing", CONCLUDE,
        ' or any(each.startswith("not controlled") for each in blocks.missing)', "", (CONCLUDED,),
    ),
    Guard(
        "a comparison of models is a preference", CONCLUDE,
        'for focus in plan.foci):\n        return "review_only"', 'for focus in ()):\n        return "review_only"',
        (CONCLUDED,),
    ),
    Guard("a block is whole", BLOCKS, "    if not all(images):\n", "    if not any(images):\n", (CONCLUDED,)),
    Guard(
        "a block varies in its focus alone",
        BLOCKS, "        elif varying:\n", "        elif False:\n", (CONCLUDED,),
    ),
    Guard("an image counts once in a proposal", CANDIDATES, ", without=planned)", ")", (PROPOSED,)),
    Guard("two images are no group", DISCOVERED, " and len(own) >= LEAST_IMAGES", "", (ACCEPTED,)),
    Guard("a group is of no plan", DISCOVERED, ' & (snapshot.column("experiment")[rows] == 0)', "", (ACCEPTED,)),
    # -- modes, recipes, runners
    Guard("a run's own mode counts first", LEARNING_MODES, "return run or self", "return self", (MODES,)),
    Guard("learning that is off runs nothing", RUN_COMMAND, "    _refuse_when_off(library, plan)\n", "", (COMMANDS,)),
    Guard(
        "a job holds the plan of its id", JOBS, "if job.plan.plan_id != PREFIX + job.plan.design_hash:", "if False:",
        (EXPORTS,),
    ),
    Guard(
        "an image is logged once", OUTPUTS,
        "if not library.ask(lambda snapshot: snapshot.known_job(job.job_id)):", "if True:", (RUNS,),
    ),
    Guard(
        "an image without texts is no proof", OUTPUTS, '.model_copy(update={"evidence": "unproven"})', "", (RUNS,)
    ),
    Guard("only images are sent", INPUT, "format_of(content[:HEAD_BYTES]) is None or ", "", (RUNS,)),
    Guard("a plan keeps its input image", INPUT, "    if kept:\n", "    if False:\n", (RUNS,)),
    Guard("of equal titles the first", INVENTORY, "for each in reversed(listed)}", "for each in listed}", (ACCEPTED,)),
    Guard("a setting stands in one place", OWN_WORKFLOW, "if len(found) != 1:", "if not found:", (OWN,)),
    Guard(
        "only this computer is called",
        ADDRESS, "if not (found.is_loopback or elsewhere):", "if False:", (ADDRESSES,),
    ),
    Guard("no proxy is used", CONNECTION, "trust_env=False,", "trust_env=True,", (RUNS,)),
    Guard("no redirect is followed", CONNECTION, "follow_redirects=False,", "follow_redirects=True,", (RUNS,)),
    Guard("one run of a plan at a time", RUN, 'lock.held(folder / "run.lock", 0.0)', "suppress()", (RUNS,)),
    Guard("an interrupted step is taken back", RUN, "            server.cancel(step)\n", "            pass\n", (RUNS,)),
    # -- drafts out of plans
    Guard(
        "a plan that does not conclude drafts nothing", OF_A_PLAN,
        'if result.verdict in ("insufficient", "inconclusive") or result.best_value is None:',
        "if result.best_value is None and result.verdict is None:", (DRAFTED,),
    ),
    Guard("a screen drafts nothing", OF_A_PLAN, 'if plan.design == "screen":', "if False:", (DRAFTED,)),
    Guard("a preference drafts nothing", OF_A_PLAN, "if focus.parameter.is_model:", "if False:", (DRAFTED,)),
    Guard(
        "an equal value stays unless it is slower", OF_A_PLAN,
        "if present is not None and self._is_as_good(present):", "if False:", (DRAFTED,),
    ),
    Guard("a plan raises no rating against better values", OF_A_PLAN, "NEUTRAL if others else ", "", (DRAFTED,)),
    Guard(
        "a plan speaks for its own checkpoint",
        PROPOSING, "if target and find_base(", "if False and find_base(", (DRAFTED,),
    ),
    # -- documents in an archive
    Guard(
        "an archive holds known documents only",
        ARCHIVED, "return _KNOWN.fullmatch(name) is not None and", "return", (HOSTILE,),
    ),
    Guard(
        "what is left out of an archive", ARCHIVED,
        " and not any(_LEFT_OUT[part].fullmatch(name) for part in without)", "", (ARCHIVES,),
    ),
    Guard(
        "a document is never replaced",
        PLACING, "os.path.lexists(target) or not _folders", "not _folders", (ARCHIVES,),
    ),
    Guard("no link is gone through", PLACING, " or (depth > 1 and folder.is_symlink())", "", (ARCHIVES,)),
    Guard(
        "an archive brings no approval to carry out", UNPACK,
        "            _refuse_open_decisions(library, manifest, archive, stage)\n", "", (ARCHIVES,),
    ),
)  # fmt: skip
"""All guards of plans and of what follows from them."""
