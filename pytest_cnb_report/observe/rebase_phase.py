"""Carry out a case of rebaser, and observe it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pytest_cnb_report.drive.cases import Case, Expect, Rebase
from pytest_cnb_report.drive.shapes import RunImage, Shape, build_run_image
from pytest_cnb_report.drive.situation import ImageTraits, of_rebase
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.observe.app_image import derive_app, elsewhere, unreachable
from pytest_cnb_report.observe.bench import (
    Bench,
    BlockedError,
    DeclinedError,
    Exported,
    RunImageNames,
    last_words,
)
from pytest_cnb_report.observe.build_phase import did_as_asked, export_app, observe_after
from pytest_cnb_report.observe.image import AppImage, as_image
from pytest_cnb_report.observe.inputs import read_inputs
from pytest_cnb_report.observe.json_text import read_object
from pytest_cnb_report.observe.observation import Asked, Observation, RunEntry, RunImageFacts
from pytest_cnb_report.observe.rebase_calls import RebaseCall, rebase
from pytest_cnb_report.observe.report_plan import plan_report
from pytest_cnb_report.observe.watched_call import watched_call
from pytest_cnb_report.values import Phase

LAYERS = "rebase.layers"
"""The requirement that a rebase fails which leaves an image without the new run image's layers."""


@dataclass(frozen=True)
class Stage:
    """Everything that a rebase starts from.

    `app` is put under a name of its own; of `names`, the app image lists `listed` and `mirror`.
    `only_given` says that the name by which the run image is given is the only one that leads to
    the new run image.
    """

    app: Image
    old: RunImage
    new: RunImage
    names: RunImageNames
    only_given: bool = False

    def given(self, ask: Rebase) -> str | None:
        """Return the run image as the platform gives it; None where it leaves that open."""
        if ask.given == "default":
            return None
        if ask.run_name in {"tag-and-digest", "unlisted-digest"}:
            return f"{self.own_name(ask)}@{self.new.content.digest}"
        return self.names.mirror(ask.run_name) or self.own_name(ask)

    def own_name(self, ask: Rebase) -> str:
        """Return the tag reference that the new run image has beside the mirrors."""
        listed, unlisted = self.names.listed, self.names.unlisted
        return {
            "unlisted": unlisted,
            "unlisted-digest": unlisted,
            "unlisted-same-image": unlisted,
            "unlisted-longer": f"{listed}.1",
            "unlisted-shorter": listed[:-1],
            "unlisted-case": _other_case(listed),
        }.get(ask.run_name, listed)

    @property
    def listed(self) -> tuple[str, ...]:
        """Every name that the app image lists."""
        return (self.names.listed, *self.names.mirrors)


def _other_case(name: str) -> str:
    """Return a name with its tag in the other case."""
    repository, colon, tag = name.rpartition(":")
    return f"{repository}{colon}{tag.swapcase()}"


def carry_out_rebase(bench: Bench, case: Case, ask: Rebase) -> Observation:
    """Rebase one app image as the case asks.

    Raises BlockedError where there is no app image to rebase.
    """
    exported = rebased_app(bench, ask.old) if ask.rebased_before else export_app(bench, ask.old)
    further = tuple(bench.draw_name() for _ in range(ask.mirrors - len(exported.names.mirrors)))
    names = replace(
        exported.names,
        mirrors=(*exported.names.mirrors, *further)[: ask.mirrors],
        unlisted=bench.draw_name(),
    )
    new = exported.old
    if not ask.same_run_image:
        new = build_run_image(ask.new, edition=bench.names.edition("new"))
    return _with_controls(bench, case, ask, Stage(exported.image, exported.old, new, names))


def _with_controls(bench: Bench, case: Case, ask: Rebase, stage: Stage) -> Observation:
    """Rebase as asked; where it does not, rebase in plainer and plainer ways, as controls.

    What cannot be done by flags says nothing of the other ways to ask for it, and what cannot be
    done with the run image named says nothing of the default. The names lead to the same run images
    in a control: what is in a repository decides which blobs have to be pushed to it.
    """
    observation = rebase_app(bench, replace(case, ask=ask), ask, stage)
    plainer = by_flags(ask)
    if plainer == ask:
        plainer = replace(ask, given="flag")
    if plainer == ask or case.expect is not Expect.SUCCESS or did_as_asked(observation):
        return observation
    try:
        alike = replace(stage, only_given=only_given(ask, stage))
        return replace(observation, control=_with_controls(bench, case, plainer, alike))
    except DeclinedError:  # what failed has failed, whatever else the adapter cannot be asked
        return observation


def rebased_app(bench: Bench, shape: Shape) -> Exported:
    """Return an app image that the lifecycle exported and has rebased once, onto a like image.

    Once for a bench. Raises BlockedError where it could not.
    """
    key = f"rebased onto {shape!r}"
    if key not in bench.exported:
        try:
            bench.exported[key] = _rebased_app(bench, export_app(bench, shape), shape)
        except BlockedError as blocked:
            bench.exported[key] = blocked
    found = bench.exported[key]
    if isinstance(found, BlockedError):
        raise found
    return found


def _rebased_app(bench: Bench, exported: Exported, shape: Shape) -> Exported:
    between = build_run_image(shape, edition=bench.names.edition("between"))
    ask = Rebase(old=shape, new=shape)
    case = Case("earlier", "the rebase before the one that is judged", Phase.REBASER, ask)
    stage = Stage(exported.image, exported.old, between, exported.names)
    name, apart = bench.draw_name(), bench.draw_name()
    observation = rebase_once(
        bench, case, ask, replace(stage, app=derive_app(stage.app, ask, stage.names)), (name, apart)
    )
    call = observation.call
    steps = (*exported.steps, *(() if call is None else (call,)))
    stored = bench.host.fetch(name)
    state = observation.app
    if not did_as_asked(observation) or stored is None or not isinstance(state, AppImage):
        why, cause = "the earlier rebase of the app image failed", None
        if call is not None and call.exit_code != 0:
            why += f": {last_words(call, Phase.REBASER)}"
        elif call is not None:
            why += ": its image is wrong"
            cause = LAYERS if isinstance(state, AppImage) else None
        raise BlockedError(why, steps, cause=cause)
    try:
        return Exported(as_image(stored, state), between, exported.names, steps)
    except ValueError as damage:
        raise BlockedError(f"the rebaser left an image that is damaged: {damage}", steps) from None


def by_flags(ask: Rebase) -> Rebase:
    """Return the same with every input given by its flag."""
    return replace(
        ask,
        given="default" if ask.given == "default" else "flag",
        force=None if ask.force is None else "flag",
        force_denied=ask.force_denied and ask.force is None,
        daemon="flag",
    )


def rebase_app(bench: Bench, case: Case, ask: Rebase, stage: Stage) -> Observation:
    """Rebase a copy of an app image that is there, with the edits that the case asks for.

    `ask.old` and `ask.new` are not looked at: the run images are those of the stage. Raises
    BlockedError where the app image has not the metadata that the edits start from.
    """
    stage = replace(stage, app=derive_app(stage.app, ask, stage.names))
    names = _draw_names(bench, ask, stage)
    first = rebase_once(bench, case, ask, stage, names)
    try:
        if ask.again:
            return replace(first, again=rebase_once(bench, case, ask, stage, names, put_app=False))
        if ask.repeat_from_start:
            names = _draw_names(bench, ask, stage)
            return replace(first, again=rebase_once(bench, case, ask, stage, names))
    except DeclinedError:
        if did_as_asked(first):
            raise
    return first


def _draw_names(bench: Bench, ask: Rebase, stage: Stage) -> tuple[str, ...]:
    """Draw the names of the app image, and one more for what is not to be written over it."""
    names = bench.draw_names(
        ask.images + 1,
        run_image=stage.names.listed,
        repositories=ask.repositories,
        alike=ask.alike,
        naming=ask.naming,
    )
    return (bench.draw_name(), *names[1:]) if ask.previous_elsewhere else names


def rebase_once(
    bench: Bench,
    case: Case,
    ask: Rebase,
    stage: Stage,
    names: tuple[str, ...],
    *,
    put_app: bool = True,
) -> Observation:
    """Put the images in place, call the rebaser, and look at what it left.

    `names` are those of the app image, and one more for what is not to be written over it.
    """
    folder = bench.place()
    _place_run_images(bench, stage, ask)
    *written, apart = names
    app = written[0]
    images = (apart, *written[1:]) if ask.previous_image else tuple(written)
    if put_app:
        if ask.taken:
            bench.put(bench.decoy.content, *images)
        bench.put(stage.app, app)
    plan = plan_report(ask.report, folder, None, bench.names)
    asked = Asked(
        images=images,
        run_image=RunImageFacts.of(stage.new, _names_of(stage, ask)),
        expect=case.expect,
        given=stage.given(ask),
        listed=(_listed(stage.names, ask),),
        report_path=str(plan.path),
        report_before=plan.before,
        previous_image=app if ask.previous_image else None,
        old_run_image=None if ask.same_run_image else RunImageFacts.of(stage.old, stage.listed),
        forced=ask.force is not None,
    )
    before = bench.read(tuple(dict.fromkeys([app, *images])))
    making = RebaseCall(
        ask,
        folder,
        plan,
        given=asked.given,
        other_run_image=stage.names.listed,
        previous=_previous(stage, ask, app),
        images=images,
    )
    inputs = read_inputs(folder)
    own = (app,) if put_app else ()
    staged = bench.staged((*stage.listed, *_names_of(stage, ask), *own))
    mark = bench.host.mark()
    watched = watched_call(bench, ask, asked, staged, lambda: rebase(bench, making))
    return observe_after(
        bench,
        Observation(
            case=case.name,
            situation=of_rebase(
                case,
                ask,
                bench.host.target,
                bench.platform_api,
                app=ImageTraits.of_config(read_object(stage.app.config)),
                new=ImageTraits.of_run_image(stage.new),
            ),
            asked=asked,
            call=watched.done,
            before=before,
            requests=bench.requests(mark),
            inputs=inputs,
            staged=staged,
            existing_before=watched.before,
            existing_after=watched.after,
        ),
    )


def _place_run_images(bench: Bench, stage: Stage, ask: Rebase) -> None:
    """Move the names to the new run image; an unlisted one leaves the listed names alone.

    Where it is tried how the run image is given, only that name is moved: an input that is not
    heeded then leads to the old run image.
    """
    if ask.run_name.startswith("unlisted"):
        same = ask.run_name == "unlisted-same-image"
        bench.put(stage.new.content if same else stage.old.content, *stage.listed)
        bench.put(stage.new.content, stage.own_name(ask))
        return
    bench.put(stage.old.content, *stage.listed)
    if nearest(ask):
        bench.put(stage.new.content, *stage.names.mirrors)
        return
    given = stage.given(ask)
    bench.put(stage.new.content, *([given] if given and only_given(ask, stage) else stage.listed))


def only_given(ask: Rebase, stage: Stage) -> bool:
    """Whether no name but the one that is given leads to the new run image."""
    tried = stage.only_given or ask.given not in {"flag", "default"}
    return tried and stage.given(ask) in stage.names.mirrors


def _previous(stage: Stage, ask: Rebase, app: str) -> str:
    """Return the app image that is rebased as the platform gives it."""
    return f"{app.rpartition(':')[0]}@{stage.app.digest}" if ask.previous_by_digest else app


def _names_of(stage: Stage, ask: Rebase) -> tuple[str, ...]:
    """Every name under which the platform knows the new run image."""
    if ask.run_name.startswith("unlisted"):
        return (stage.own_name(ask),)
    entry = _listed(stage.names, ask)
    if nearest(ask):
        return entry.names
    return tuple(dict.fromkeys((*stage.listed, entry.image)))


def nearest(ask: Rebase) -> bool:
    """Whether the run image is left to the label, and only its mirrors are the new one."""
    return ask.given == "default" and ask.default_from == "nearest"


def _listed(names: RunImageNames, ask: Rebase) -> RunEntry:
    if ask.given == "default" and ask.default_from == "mirror":
        return RunEntry(unreachable(names), names.mirrors)
    if nearest(ask):
        return RunEntry(elsewhere(names), names.mirrors)
    return RunEntry(names.listed, names.mirrors)
