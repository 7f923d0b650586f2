"""Carry out a case of exporter or creator, and observe it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytest_cnb_report.drive.cases import Build, Case
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.drive.shapes import RunImage, Shape, build_run_image
from pytest_cnb_report.drive.situation import of_build
from pytest_cnb_report.observe.bench import (
    Bench,
    BlockedError,
    Exported,
    RunImageNames,
    last_words,
    user_variables,
)
from pytest_cnb_report.observe.build_inputs import BuildFolder, give_to, write_inputs
from pytest_cnb_report.observe.image import AppImage, NoImage, as_image, read_image
from pytest_cnb_report.observe.inputs import read_inputs
from pytest_cnb_report.observe.observation import Asked, Observation, RunEntry, RunImageFacts
from pytest_cnb_report.observe.references import references_in
from pytest_cnb_report.observe.report_file import read_report
from pytest_cnb_report.observe.report_plan import ReportPlan, plan_report
from pytest_cnb_report.observe.watched_call import watched_call
from pytest_cnb_report.values import Phase

PLAIN_BUILD = Build()


def carry_out_build(bench: Bench, case: Case, ask: Build) -> Observation:
    """Export or create one app image as the case asks.

    Raises BlockedError where the phase itself could not be reached.
    """
    run_image = build_run_image(ask.run_image, edition=bench.names.edition("old"))
    return build_app(bench, case, ask, run_image, bench.draw_run_image_names())


def build_app(
    bench: Bench, case: Case, ask: Build, run_image: RunImage, names: RunImageNames
) -> Observation:
    """Export or create one app image on a run image that is there, put under these names.

    `ask.run_image` is not looked at. Raises BlockedError where the phase itself could not be
    reached.
    """
    folder = bench.place()
    given = _place_run_images(bench, names, run_image, ask)
    entries = _entries(names, ask)
    build = write_inputs(
        folder, case.phase, bench.platform_api, entries, buildpack=bench.names.buildpack()
    )
    plan = plan_report(ask.report, folder, build.layers)
    give_to(case.phase, folder)
    images = bench.draw_names(ask.tags)
    asked = Asked(
        images=images,
        run_image=RunImageFacts.of(
            run_image,
            _names_of(names, ask, given),
        ),
        expect=case.expect,
        given=given,
        listed=entries,
        report_path=str(plan.path),
        report_before=plan.before,
    )
    before = bench.read(images)
    steps: tuple[Invocation, ...] = ()
    if case.phase is Phase.EXPORTER:
        steps = (_analyze(bench, build, folder, given, images),)
    inputs = read_inputs(folder)
    listed = (name for entry in entries for name in (entry.image, *entry.mirrors))
    staged = bench.staged((*listed, *asked.run_image.names))
    mark = bench.host.mark()
    watched = watched_call(
        bench,
        ask,
        asked,
        staged,
        lambda: _export(
            bench,
            case.phase,
            ask=ask,
            build=build,
            folder=folder,
            plan=plan,
            given=given,
            images=images,
        ),
    )
    return observe_after(
        bench,
        Observation(
            case=case.name,
            situation=of_build(case, ask, bench.host.target, bench.platform_api),
            asked=asked,
            steps=steps,
            call=watched.done,
            before=before,
            requests=bench.host.requests(mark),
            inputs=inputs,
            staged=staged,
            existing_before=watched.before,
            existing_after=watched.after,
        ),
    )


def observe_after(bench: Bench, observation: Observation) -> Observation:
    """Complete an observation with what can be seen once the phase has ended."""
    asked = observation.asked
    if asked is None:
        return observation
    report = read_report(asked.report_path)
    names = dict.fromkeys([*asked.images, *observation.before])
    stored = bench.fetch(names)
    after = {name: read_image(found) for name, found in stored.items()}
    references = references_in(report, after[asked.images[0]])
    found = bench.resolve(references)
    moved = {}
    if references:
        bench.put(bench.decoy.content, *bench.staged(asked.run_image.names))
        moved = bench.resolve(references)
    return replace(
        observation,
        report=report,
        after=after,
        found=found,
        found_later=moved,
        left={name: image for name, image in stored.items() if image and bench.keeps_images},
    )


def export_app(bench: Bench, shape: Shape) -> Exported:
    """Export an app image on a run image of this shape, once for a bench.

    The lifecycle under test makes it, so that its rebaser is judged on its own images. Raises
    BlockedError where it could not.
    """
    key = repr(shape)
    if key not in bench.exported:
        try:
            bench.exported[key] = _export_app(bench, shape)
        except BlockedError as blocked:
            bench.exported[key] = blocked
    found = bench.exported[key]
    if isinstance(found, BlockedError):
        raise found
    return found


def _export_app(bench: Bench, shape: Shape) -> Exported:
    folder = bench.place()
    names = bench.draw_run_image_names()
    ask = replace(PLAIN_BUILD, run_image=shape)
    old = build_run_image(shape, edition=bench.names.edition("old"))
    given = _place_run_images(bench, names, old, ask)
    entries = _entries(names, ask)
    build = write_inputs(
        folder, Phase.EXPORTER, bench.platform_api, entries, buildpack=bench.names.buildpack()
    )
    plan = plan_report(ask.report, folder, build.layers)
    images = bench.draw_names(1)
    analyzed = _analyze(bench, build, folder, given, images)
    call = _export(
        bench,
        Phase.EXPORTER,
        ask=ask,
        build=build,
        folder=folder,
        plan=plan,
        given=given,
        images=images,
    )
    if call.exit_code != 0:
        why = f"the app image to rebase could not be exported: {last_words(call, Phase.EXPORTER)}"
        raise BlockedError(why, (analyzed, call))
    stored = bench.host.fetch(images[0])
    state = read_image(stored)
    steps = (analyzed, call)
    if stored is None or not isinstance(state, AppImage):
        why = state.why if isinstance(state, NoImage) else "there is no image"
        raise BlockedError(f"the exporter exited 0, but left nothing to rebase: {why}", steps)
    try:
        return Exported(as_image(stored, state), old, names, steps)
    except ValueError as damage:
        raise BlockedError(f"the exporter left an image that is damaged: {damage}", steps) from None


def _place_run_images(bench: Bench, names: RunImageNames, run_image: RunImage, ask: Build) -> str:
    """Put run images under every name that the run file lists; return the name to give."""
    other = build_run_image(Shape(layers=3), edition=bench.names.edition("other entry"))
    used = run_image.content
    if ask.run_name == "second":
        bench.put(other.content, names.listed, names.mirror)
        bench.put(used, names.second, names.second_mirror)
        return names.second
    bench.put(used, names.listed, names.mirror)
    bench.put(other.content, names.second, names.second_mirror)
    if ask.run_name == "unlisted":
        # the very image that the first entry names, so that each name is a true one
        bench.put(used, names.unlisted)
        return names.unlisted
    if ask.run_name == "mirror":
        return names.mirror
    if ask.run_name == "tag-and-digest":
        return f"{names.listed}@{used.digest}"
    return names.listed


def _entries(names: RunImageNames, ask: Build) -> tuple[RunEntry, ...]:
    if not ask.mirrors:
        return (RunEntry(names.listed), RunEntry(names.second))
    return (
        RunEntry(names.listed, (names.mirror,)),
        RunEntry(names.second, (names.second_mirror,)),
    )


def _names_of(names: RunImageNames, ask: Build, given: str) -> tuple[str, ...]:
    """Every name under which the platform knows the run image that was given."""
    if ask.run_name == "second":
        return (names.second, names.second_mirror)
    own = (names.listed, names.mirror) if ask.mirrors else (names.listed,)
    return (*own, names.unlisted) if given == names.unlisted else own


def _analyze(
    bench: Bench, build: BuildFolder, folder: Path, given: str, images: tuple[str, ...]
) -> Invocation:
    tags = [word for image in images[1:] for word in ("-tag", image)]
    daemon = ["-daemon"] if bench.at_daemon else []
    call = bench.call(
        Phase.ANALYZER,
        ["-layers", str(build.layers), "-run-image", given, *tags, *daemon, images[0]],
        environment=user_variables(Phase.ANALYZER),
        directory=folder,
    )
    if call.exit_code != 0:
        raise BlockedError(last_words(call, Phase.ANALYZER), (call,))
    return call


def _export(
    bench: Bench,
    phase: Phase,
    *,
    ask: Build,
    build: BuildFolder,
    folder: Path,
    plan: ReportPlan,
    given: str,
    images: tuple[str, ...],
) -> Invocation:
    common = [
        *("-layers", str(build.layers)),
        *("-app", str(build.app)),
        *("-launcher", str(build.launcher)),
        *build.run_file,
        *plan.arguments,
        *(("-daemon",) if bench.at_daemon else ()),
        *(("-process-type", ask.process_type) if ask.process_type else ()),
    ]
    if phase is Phase.EXPORTER:
        arguments = [*common, "-group", str(build.layers / "group.toml"), *images]
    else:
        arguments = [
            *common,
            *("-platform", str(build.platform)),
            *("-buildpacks", str(build.buildpacks)),
            *("-order", str(build.order)),
            *("-run-image", given),
            *(word for image in images[1:] for word in ("-tag", image)),
            images[0],
        ]
    environment = {**user_variables(phase), **plan.environment}
    return bench.call(phase, arguments, environment=environment, directory=folder)
