"""Carry out a case of exporter or creator, and observe it."""

from __future__ import annotations

from dataclasses import replace

from pytest_cnb_report.drive.cases import AppEdits, Build, Case
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.drive.shapes import RunImage, Shape, build_run_image
from pytest_cnb_report.drive.situation import of_build
from pytest_cnb_report.observe.app_image import edit_app, unreachable
from pytest_cnb_report.observe.bench import (
    Bench,
    BlockedError,
    Exported,
    RunImageNames,
    last_words,
    reason_of,
)
from pytest_cnb_report.observe.build_calls import BuildCall, analyze, export
from pytest_cnb_report.observe.build_contents import CONTENTS
from pytest_cnb_report.observe.build_inputs import give_to, write_inputs
from pytest_cnb_report.observe.image import AppImage, NoImage, as_image
from pytest_cnb_report.observe.input_traces import wrong_traces
from pytest_cnb_report.observe.inputs import read_inputs
from pytest_cnb_report.observe.observation import Asked, Observation, RunEntry, RunImageFacts
from pytest_cnb_report.observe.references import references_in
from pytest_cnb_report.observe.report_file import read_report
from pytest_cnb_report.observe.report_plan import plan_report
from pytest_cnb_report.observe.watched_call import watched_call
from pytest_cnb_report.values import Phase

PLAIN_BUILD = Build()


def carry_out_build(bench: Bench, case: Case, ask: Build) -> Observation:
    """Export or create one app image as the case asks.

    Raises BlockedError where the phase itself could not be reached.
    """
    run_image = build_run_image(ask.run_image, edition=bench.names.edition("old"))
    # an input that is ignored has to lead to another run image
    apart = ask.given in {"environment", "flag-over-environment"}
    observation = _observed(bench, case, ask, run_image, apart=apart)
    plain = by_flags(ask)
    if plain == ask or _shows_its_inputs(observation):
        return observation
    # what cannot be done by flags says nothing of the other ways to ask for it
    control = _observed(bench, replace(case, ask=plain), plain, run_image, apart=apart)
    return observation if control.declined is not None else replace(observation, control=control)


def _shows_its_inputs(observation: Observation) -> bool:
    """Whether a build did all that can be seen of what it was asked, under every name."""
    written = {
        each.digest or each.image_id if isinstance(each, AppImage) else None
        for each in observation.after.values()
    }
    return (
        did_as_asked(observation)
        and observation.wrote
        and len(written) == 1
        and not wrong_traces(observation)
    )


def by_flags(ask: Build) -> Build:
    """Return the same with every input given by its flag."""
    if ask.given != "run-file":
        ask = replace(ask, given="flag")
    return replace(ask, inputs="flags", daemon="flag")


def did_as_asked(observation: Observation) -> bool:
    """Whether a call that had to succeed did, with the run image that was asked for."""
    asked, app = observation.asked, observation.app
    return (
        asked is not None
        and observation.call is not None
        and observation.call.exit_code == 0
        and isinstance(app, AppImage)
        and asked.run_image.top_layer in app.diff_ids
    )


def _observed(
    bench: Bench, case: Case, ask: Build, run_image: RunImage, *, apart: bool
) -> Observation:
    try:
        names = bench.draw_run_image_names()
        return build_app(bench, case, ask, run_image, names, apart=apart)
    except BlockedError as blocked:
        return Observation(
            case=case.name,
            situation=of_build(case, ask, bench.host.target, bench.platform_api),
            blocked=str(blocked),
            blocked_by=blocked.cause,
            declined=reason_of(blocked),
            steps=blocked.steps,
        )


def build_app(
    bench: Bench,
    case: Case,
    ask: Build,
    run_image: RunImage,
    names: RunImageNames,
    *,
    apart: bool = False,
) -> Observation:
    """Export or create one app image on a run image that is there, put under these names.

    With `apart`, of a run image and its mirrors only the mirror that is given leads to it.
    `ask.run_image` is not looked at. Raises BlockedError where the phase itself could not be
    reached.
    """
    folder = bench.place()
    given = _place_run_images(bench, names, run_image, ask, apart=apart)
    entries = _entries(names, ask)
    build = write_inputs(
        folder,
        case.phase,
        bench.platform_api,
        entries,
        names=bench.names,
        contents=CONTENTS[ask.contents],
    )
    plan = plan_report(ask.report, folder, build.layers, bench.names)
    give_to(case.phase, folder)
    images = bench.draw_names(
        ask.tags,
        run_image=names.listed,
        repositories=ask.repositories,
        alike=ask.alike,
        naming=ask.naming,
    )
    previous = bench.draw_name() if ask.previous_elsewhere else images[0]
    _put_previous(bench, ask, previous)
    if ask.taken:
        bench.put(bench.decoy.content, *images[1:])
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
        previous_image=previous if ask.previous_elsewhere else None,
    )
    making = BuildCall(
        ask,
        build,
        folder,
        plan,
        given,
        _other_name(names, ask),
        images,
        previous=asked.previous_image,
    )
    before = bench.read(tuple(dict.fromkeys([previous, *images])))
    steps: tuple[Invocation, ...] = ()
    if case.phase is Phase.EXPORTER:
        steps = (analyze(bench, making),)
        if ask.moved:
            bench.put(bench.decoy.content, *bench.staged(asked.run_image.names))
    inputs = read_inputs(folder)
    listed = (name for entry in entries for name in (entry.image, *entry.mirrors))
    staged = bench.staged((*listed, *asked.run_image.names))
    mark = bench.host.mark()
    watched = watched_call(
        bench,
        ask,
        asked,
        staged,
        lambda: export(bench, case.phase, making),
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
            requests=bench.requests(mark),
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
    after = bench.understood(stored)
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

    The lifecycle under test makes it, so that its rebaser is judged on its own images, unless the
    bench has another lifecycle for that. Raises BlockedError where it could not.
    """
    key = repr(shape)
    if key not in bench.exported:
        try:
            bench.exported[key] = _export_app(bench.for_exports(), shape)
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
        folder,
        Phase.EXPORTER,
        bench.platform_api,
        entries,
        names=bench.names,
        contents=CONTENTS[ask.contents],
    )
    plan = plan_report(ask.report, folder, build.layers, bench.names)
    images = (bench.draw_name(),)
    making = BuildCall(ask, build, folder, plan, given, names.second, images)
    analyzed = analyze(bench, making)
    call = export(bench, Phase.EXPORTER, making)
    if call.exit_code != 0:
        why = f"the app image to rebase could not be exported: {last_words(call, Phase.EXPORTER)}"
        raise BlockedError(why, (analyzed, call))
    stored = bench.host.fetch(images[0])
    state = bench.understood({images[0]: stored})[images[0]]
    steps = (analyzed, call)
    if stored is None or not isinstance(state, AppImage):
        why = state.why if isinstance(state, NoImage) else "there is no image"
        raise BlockedError(f"the exporter exited 0, but left nothing to rebase: {why}", steps)
    try:
        listed = replace(names, mirrors=names.mirrors[: ask.mirrors])
        return Exported(as_image(stored, state), old, listed, steps)
    except ValueError as damage:
        raise BlockedError(f"the exporter left an image that is damaged: {damage}", steps) from None


def previous_shape(ask: Build) -> Shape | None:
    """Return the run image of the app image that is there before; None where there is none."""
    if ask.previous in {"none", "foreign"}:
        return None
    return replace(ask.run_image, labels={}) if ask.previous == "same" else Shape(layers=4)


def _put_previous(bench: Bench, ask: Build, name: str) -> None:
    """Put an app image under the name that is built, as an earlier build would have left it."""
    if ask.previous == "foreign":
        bench.put(bench.decoy.content, name)
        return
    shape = previous_shape(ask)
    if shape is None:
        return
    earlier = export_app(bench, shape)
    # another label, so that the new image cannot be the same byte for byte
    bench.put(edit_app(earlier.image, AppEdits(labels={"com.example.build": "16"})), name)


def _place_run_images(
    bench: Bench, names: RunImageNames, run_image: RunImage, ask: Build, *, apart: bool = False
) -> str | None:
    """Put run images under every name that the run file lists; return the name to give.

    None where the platform leaves it to the run file.
    """
    other = build_run_image(Shape(layers=3), edition=bench.names.edition("other entry")).content
    used = run_image.content
    if ask.run_name in {"second", "mirror-of-second"}:
        bench.put(other, names.listed, *names.mirrors)
        bench.put(used, names.second, *names.second_mirrors)
    else:
        bench.put(used, names.listed, *names.mirrors)
        bench.put(other, names.second, *names.second_mirrors)
    if ask.run_name == "unlisted":
        # the very image that the first entry names, so that each name is a true one
        bench.put(used, names.unlisted)
    if ask.given == "run-file":
        return None
    given = _name_to_give(names, run_image, ask)
    if apart:
        for entry in ((names.listed, *names.mirrors), (names.second, *names.second_mirrors)):
            if given in entry[1:]:
                # the image itself stays in each repository, so that its digest leads to it there
                bench.put(other, *(name for name in entry if name != given))
    return given


def _name_to_give(names: RunImageNames, run_image: RunImage, ask: Build) -> str:
    if ask.run_name == "tag-and-digest":
        return f"{names.listed}@{run_image.content.digest}"
    mirror = names.mirror(ask.run_name)
    if mirror is not None:
        return mirror
    return {
        "listed": names.listed,
        "second": names.second,
        "mirror-of-second": names.second_mirrors[0],
        "unlisted": names.unlisted,
    }[ask.run_name]


def _other_name(names: RunImageNames, ask: Build) -> str:
    """Return a name that leads to another run image than the one that is given."""
    return names.listed if ask.run_name in {"second", "mirror-of-second"} else names.second


def _entries(names: RunImageNames, ask: Build) -> tuple[RunEntry, ...]:
    """Return what the run file lists; what only a mirror leads to has an image that is nowhere."""
    first = names.listed
    if ask.given == "run-file" and ask.run_name == "mirror":
        first = unreachable(names)
    return (
        RunEntry(first, names.mirrors[: ask.mirrors]),
        RunEntry(names.second, names.second_mirrors[: ask.mirrors]),
    )


def _names_of(names: RunImageNames, ask: Build, given: str | None) -> tuple[str, ...]:
    """Every name under which the platform knows the run image that was given."""
    if ask.run_name in {"second", "mirror-of-second"}:
        return (names.second, *names.second_mirrors[: ask.mirrors])
    first = _entries(names, ask)[0]
    own = tuple(dict.fromkeys((names.listed, *first.names)))
    return (*own, names.unlisted) if given == names.unlisted else own
