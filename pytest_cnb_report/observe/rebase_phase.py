"""Carry out a case of rebaser, and observe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_cnb_report.drive.cases import Case, Rebase
from pytest_cnb_report.drive.shapes import RunImage, build_run_image
from pytest_cnb_report.drive.situation import ImageTraits, of_rebase
from pytest_cnb_report.images.model import Image
from pytest_cnb_report.observe.app_image import derive_app, unreachable
from pytest_cnb_report.observe.bench import Bench, RunImageNames, user_variables
from pytest_cnb_report.observe.build_phase import export_app, observe_after
from pytest_cnb_report.observe.inputs import read_inputs
from pytest_cnb_report.observe.json_text import read_object
from pytest_cnb_report.observe.observation import Asked, Observation, RunEntry, RunImageFacts
from pytest_cnb_report.observe.report_plan import plan_report
from pytest_cnb_report.observe.watched_call import watched_call
from pytest_cnb_report.values import Phase


@dataclass(frozen=True)
class Stage:
    """Everything that a rebase starts from.

    `app` is put under a name of its own; of `names`, the app image lists `listed` and `mirror`.
    """

    app: Image
    old: RunImage
    new: RunImage
    names: RunImageNames

    def given(self, ask: Rebase) -> str | None:
        """Return the run image as the platform gives it; None where it leaves that open."""
        if ask.given == "default":
            return None
        if ask.run_name == "tag-and-digest":
            return f"{self.names.listed}@{self.new.content.digest}"
        return {
            "listed": self.names.listed,
            "mirror": self.names.mirror,
            "unlisted": self.names.unlisted,
        }[ask.run_name]


def carry_out_rebase(bench: Bench, case: Case, ask: Rebase) -> Observation:
    """Rebase one app image as the case asks.

    Raises BlockedError where there is no app image to rebase.
    """
    exported = export_app(bench, ask.old)
    names = replace(exported.names, unlisted=bench.draw_name())
    new = exported.old
    if not ask.same_run_image:
        new = build_run_image(ask.new, edition=bench.names.edition("new"))
    stage = Stage(exported.image, exported.old, new, names)
    flags = by_flags(ask)
    if flags == ask:
        return rebase_app(bench, case, ask, stage)
    # what cannot be done by flags says nothing of the other ways to ask for it
    control = rebase_app(bench, replace(case, ask=flags), flags, stage)
    return replace(rebase_app(bench, case, ask, stage), control=control)


def by_flags(ask: Rebase) -> Rebase:
    """Return the same with every input given by its flag."""
    return replace(
        ask,
        given="default" if ask.given == "default" else "flag",
        force=None if ask.force is None else "flag",
        daemon="flag",
    )


def rebase_app(bench: Bench, case: Case, ask: Rebase, stage: Stage) -> Observation:
    """Rebase a copy of an app image that is there, with the edits that the case asks for.

    `ask.old` and `ask.new` are not looked at: the run images are those of the stage. Raises
    BlockedError where the app image has not the metadata that the edits start from.
    """
    stage = replace(stage, app=derive_app(stage.app, ask, stage.names))
    names = bench.draw_names(ask.images + 1)
    first = rebase_once(bench, case, ask, stage, names)
    if ask.again:
        return replace(first, again=rebase_once(bench, case, ask, stage, names, put_app=False))
    if ask.repeat_from_start:
        names = bench.draw_names(ask.images + 1)
        return replace(first, again=rebase_once(bench, case, ask, stage, names))
    return first


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
    images = (apart,) if ask.previous_image else tuple(written)
    if put_app:
        bench.put(stage.app, app)
    plan = plan_report(ask.report, folder, None)
    asked = Asked(
        images=images,
        run_image=RunImageFacts.of(stage.new, _names_of(stage, ask)),
        expect=case.expect,
        given=stage.given(ask),
        listed=(_listed(stage.names, ask),),
        report_path=str(plan.path),
        report_before=plan.before,
        previous_image=app if ask.previous_image else None,
        old_run_image=None
        if ask.same_run_image
        else RunImageFacts.of(stage.old, (stage.names.listed, stage.names.mirror)),
        forced=ask.force is not None,
    )
    before = bench.read(tuple(dict.fromkeys([app, *images])))
    arguments, environment = _inputs(bench, ask, stage)
    inputs = read_inputs(folder)
    own = (app,) if put_app else ()
    staged = bench.staged((stage.names.listed, stage.names.mirror, *_names_of(stage, ask), *own))
    mark = bench.host.mark()
    watched = watched_call(
        bench,
        ask,
        asked,
        staged,
        lambda: bench.call(
            Phase.REBASER,
            [
                *plan.arguments,
                *arguments,
                *(("-previous-image", app) if ask.previous_image else ()),
                *images,
            ],
            environment={**user_variables(Phase.REBASER), **plan.environment, **environment},
            directory=folder,
        ),
    )
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
            requests=bench.host.requests(mark),
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
    listed = (stage.names.listed, stage.names.mirror)
    if ask.run_name == "unlisted":
        bench.put(stage.old.content, *listed)
        bench.put(stage.new.content, stage.names.unlisted)
    else:
        bench.put(stage.old.content, *listed)
        tried = ask.run_name == "mirror" and ask.given not in {"flag", "default"}
        moved = (stage.names.mirror,) if tried else listed
        bench.put(stage.new.content, *moved)


def _names_of(stage: Stage, ask: Rebase) -> tuple[str, ...]:
    """Every name under which the platform knows the new run image."""
    if ask.run_name == "unlisted":
        return (stage.names.unlisted,)
    entry = _listed(stage.names, ask)
    return tuple(dict.fromkeys((stage.names.listed, stage.names.mirror, entry.image)))


def _listed(names: RunImageNames, ask: Rebase) -> RunEntry:
    if ask.given == "default" and ask.default_from == "mirror":
        return RunEntry(unreachable(names), (names.mirror,))
    return RunEntry(names.listed, (names.mirror,))


def _inputs(bench: Bench, ask: Rebase, stage: Stage) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Say the run image, the force and the daemon in the way that the case asks for."""
    arguments: list[str] = []
    environment: dict[str, str] = {}
    given = stage.given(ask)
    if given is not None:
        if ask.given == "environment":
            environment["CNB_RUN_IMAGE"] = given
        else:
            flag = "-image" if ask.given == "deprecated-flag" else "-run-image"
            arguments += [flag, given]
        if ask.given == "flag-over-environment":
            environment["CNB_RUN_IMAGE"] = stage.names.listed
    if ask.force == "flag":
        arguments.append("-force")
    elif ask.force == "environment":
        environment["CNB_FORCE_REBASE"] = "true"
    if bench.at_daemon:
        if ask.daemon == "flag":
            arguments.append("-daemon")
        else:
            environment["CNB_USE_DAEMON"] = "true"
    return tuple(arguments), environment
