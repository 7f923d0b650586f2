"""Call a phase of the lifecycle, and observe what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Literal

import pytest

from pytest_cnb_report.drive.cases import AppEdits, Build, Case, Expect, How, Rebase, ReportFlow
from pytest_cnb_report.drive.hypothesis_repr import ReprForHypothesis
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.observe.bench import Bench, RunImageNames
from pytest_cnb_report.observe.build_phase import build_app
from pytest_cnb_report.observe.carry_out import attempt
from pytest_cnb_report.observe.rebase_phase import Stage, rebase_app
from pytest_cnb_report.public.choices import check_choices
from pytest_cnb_report.public.lab import Lab
from pytest_cnb_report.public.observed import Observed, Standing
from pytest_cnb_report.public.overrides import require
from pytest_cnb_report.public.run_images import MadeRunImage, RunImageFixture, TargetName
from pytest_cnb_report.values import Phase, Target

__tracebackhide__ = True  # what goes wrong in here is the caller's line's to show

OWN = "own"
"""The name of a case that is a test's own."""

BuildBy = Literal["listed", "mirror", "second", "tag-and-digest", "unlisted"]
RebaseBy = Literal["listed", "mirror", "tag-and-digest", "unlisted"]
RunImageOption = Literal["flag", "environment", "deprecated-flag", "default"]
DefaultFrom = Literal["image", "mirror", "stack"]
BuildReport = Literal["flag", "environment", "default"]
RebaseReport = Literal["flag", "environment"]
BuildExpect = Literal["success", "failure"]
RebaseExpect = Literal["success", "refusal", "failure"]


@dataclass(frozen=True, eq=False, repr=False)
class BuildFixture(ReprForHypothesis):
    """`cnb_export` and `cnb_create`: make an app image with the exporter or the creator.

    What is built is a small app with one launch layer; the exporter's call is preceded by one of
    the analyzer. Every call starts from empty folders and writes to names of its own.
    """

    lab: Lab
    phase: Phase

    def __repr__(self) -> str:
        return f"<the {self.phase.value} of {self.lab.lifecycle.given}>"

    def __call__(
        self,
        run_image: MadeRunImage | Shape | None = None,
        *,
        by: BuildBy = "listed",
        mirrors: bool = True,
        tags: int = 1,
        report: BuildReport = "flag",
        report_path: str | PathLike[str] | None = None,
        longer_report_before: bool = False,
        process_type: str | None = None,
        expect: BuildExpect = "success",
        target: TargetName | None = None,
    ) -> Observed:
        """Make an app image on a run image (a plain one where none is given), and observe it.

        `by` is the name that the run image is given by: its own, its mirror, its own as the second
        entry of `run.toml`, its own with its digest, or one that `run.toml` does not list;
        `mirrors` whether `run.toml` lists mirrors. `tags` is how many names the app image gets.
        `report` says how the lifecycle learns where its report goes (`default`: not at all) and
        `report_path` where that is: absolute, relative to the folder that the lifecycle is called
        in, or a place of the suite's own; `longer_report_before` leaves another file there first.
        `expect` is how the call has to end for `cnb_check`.

        Raises ValueError for what contradicts itself. The test is skipped where the lifecycle has
        no such phase, or the options leave it out.
        """
        check_choices(
            by=(by, BuildBy),
            report=(report, BuildReport),
            expect=(expect, BuildExpect),
            target=(target, TargetName),
        )
        _require_phase(self.lab, self.phase)
        if by == "mirror" and not mirrors:
            raise ValueError("by='mirror': the run image has no mirror with mirrors=False")
        made = _made(self.lab, run_image, target)
        _require_digest(by, made.target)
        bench = self.lab.bench(made.target)
        ask = Build(
            run_image=made.shape,
            run_name=by,
            mirrors=int(mirrors),
            tags=_at_least_one(tags),
            report=_flow(report, report_path, longer_report_before),
            process_type=process_type,
        )
        case = Case(OWN, "a test's own", self.phase, ask, Expect(expect))
        names = _names(bench, made, second=by == "second")
        try:
            observation = attempt(
                bench, case, lambda: build_app(bench, case, ask, made.built, names)
            )
        finally:
            self.lab.put_back(made.target, made.name, made.mirror)
        # what is listed later is the entry that the run image was given by
        listed = _names(bench, made)
        standing = Standing(made.place.host, made.built, listed, mirrors)
        return Observed(observation, case, standing, self.lab.lifecycle.given)


@dataclass(frozen=True, eq=False, repr=False)
class RebaseFixture(ReprForHypothesis):
    """`cnb_rebase`: rebase a copy of an app image onto a run image.

    The app image that is given stays as it is, so that it can be rebased any number of times.
    """

    lab: Lab

    def __repr__(self) -> str:
        return f"<the rebaser of {self.lab.lifecycle.given}>"

    def __call__(
        self,
        app: Observed | None = None,
        *,
        run_image: MadeRunImage | Shape | None = None,
        by: RebaseBy | None = None,
        given: RunImageOption = "flag",
        default_from: DefaultFrom = "image",
        labels: Mapping[str, str | None] | None = None,
        config: Mapping[str, object] | None = None,
        metadata: Mapping[str, object] | None = None,
        platform: Mapping[str, str] | None = None,
        force: bool | How = False,
        daemon: How = "flag",
        previous_image: bool = False,
        tags: int = 1,
        twice: bool = False,
        repeated: bool = False,
        report: RebaseReport = "flag",
        report_path: str | PathLike[str] | None = None,
        longer_report_before: bool = False,
        expect: RebaseExpect = "success",
        target: TargetName | None = None,
    ) -> Observed:
        """Rebase an app image that was observed; without one, a plain one that was exported.

        `run_image` is the new one (a plain one where none is given). `by` is the name that it is
        given by: `listed`, the name that the app image lists, which is moved to it as its publisher
        would; that name's `mirror`; `tag-and-digest`, the name with the digest; or `unlisted`, its
        own name. None is `listed`, or `mirror` where that alone shows whether `given` is heeded.
        `given` is how: `-run-image`, `CNB_RUN_IMAGE`, `-image`, or not at all, and then
        `default_from` says which part of the app image's metadata leads to it.

        `labels`, `config`, `metadata` and `platform` are put into the app image before the rebase:
        labels, keys of its `config` object, top-level keys of its lifecycle metadata, and os,
        architecture or variant; None takes a label or a key away. `force` and `daemon` are given by
        a flag or by the variable that stands for it. With `previous_image` the app image is named
        by `-previous-image` and another name is written; else `tags` names are. `twice` makes the
        call again on what it left, `repeated` again on another copy. `report` and what follows it
        are as in `cnb_export`. `expect` is how the call has to end for `cnb_check`: `refusal` where
        the specification forbids it, `failure` where it cannot be done.

        Raises NotThereError where `app` left no app image, and ValueError for what contradicts
        itself, for an app image at another registry or daemon, and for one of `cnb_observe`. The
        test is skipped where the lifecycle has no rebaser, or the options leave it out.
        """
        check_choices(
            by=(by, RebaseBy),
            given=(given, RunImageOption),
            default_from=(default_from, DefaultFrom),
            force=(None if isinstance(force, bool) else force, How),
            daemon=(daemon, How),
            report=(report, RebaseReport),
            expect=(expect, RebaseExpect),
            target=(target, TargetName),
        )
        _require_phase(self.lab, Phase.REBASER)
        if app is None:
            made_for = run_image.target if isinstance(run_image, MadeRunImage) else None
            app = self._plain_app(made_for or self.lab.target(target))
        if target is not None and Target(target) is not app.target:
            raise ValueError(f"the app image is in a {app.target.value}, but target is {target}")
        base = _standing(app, self.lab)
        names = base.names
        new = _made(self.lab, run_image, app.target.value)
        by = by or _name_to_try(given, base)
        _require_digest(by, app.target)
        if by == "mirror" and not base.mirrored:
            raise ValueError("by='mirror': the app image lists no mirror of its run image")
        if previous_image and tags != 1:
            raise ValueError("previous_image allows only one tag: omit tags")
        ask = Rebase(
            same_run_image=new.digest == base.run_image.content.digest,
            app=AppEdits(labels or {}, config or {}, metadata or {}, platform or {}),
            given=given,
            run_name=by,
            default_from=default_from,
            force=_how(force),
            daemon=daemon,
            images=_at_least_one(tags),
            previous_image=previous_image,
            again=twice,
            repeat_from_start=repeated,
            report=_flow(report, report_path, longer_report_before),
        )
        bench = self.lab.bench(app.target)
        case = Case(OWN, "a test's own", Phase.REBASER, ask, Expect(expect))
        own = _names(bench, new)
        stage = Stage(
            app.image,
            base.run_image,
            new.built,
            replace(own, listed=names.listed, mirrors=names.mirrors, unlisted=new.name),
        )
        try:
            observation = attempt(bench, case, lambda: rebase_app(bench, case, ask, stage))
        finally:
            self.lab.put_back(app.target, names.listed, *names.mirrors, new.name, new.mirror)
        after = (
            Standing(new.place.host, new.built, own, mirrored=False)
            if by == "unlisted"
            else Standing(new.place.host, new.built, names, base.mirrored)
        )
        return Observed(observation, case, after, self.lab.lifecycle.given)

    def _plain_app(self, target: Target) -> Observed:
        export = self.lab.seen.call("cnb_export", BuildFixture(self.lab, Phase.EXPORTER))
        key = (self.lab.place(target), self.lab.lifecycle, _key(export))
        if key not in self.lab.plain_apps:
            made = require("cnb_export", export(target=target.value), Observed)
            self.lab.plain_apps[key] = made
        return self.lab.plain_apps[key]


def _key(export: Callable[..., object]) -> object:
    """Return what tells one way to export from another; the plugin's own is made anew each time."""
    return BuildFixture if isinstance(export, BuildFixture) else export


def _require_phase(lab: Lab, phase: Phase) -> None:
    if phase in lab.lifecycle.lifecycle.commands:
        return
    if lab.settings.phases_named:
        pytest.skip(f"--cnb-phase excludes the {phase.value}")
    pytest.skip(
        f"{lab.lifecycle.given} has no {phase.value}; use make_cnb_lab(lifecycle=…) for a"
        " lifecycle that has one"
    )


def _standing(app: Observed, lab: Lab) -> Standing:
    """Return what an app image stands on, which a rebase of a copy has to find where it is."""
    standing = app.standing
    if standing is None:
        raise ValueError(
            "cnb_rebase needs an app image from cnb_export, cnb_create or cnb_rebase; this one was"
            " made elsewhere and observed by cnb_observe"
        )
    if standing.host is not lab.host(app.target):
        raise ValueError(
            f"the app image is at {app.images[0]}, but this lab uses"
            f" {lab.place(app.target)!r}: omit registry and daemon in make_cnb_lab, so that both"
            " use the same one"
        )
    return standing


def _require_digest(by: BuildBy, target: Target) -> None:
    if by == "tag-and-digest" and target is Target.DAEMON:
        raise ValueError(
            "by='tag-and-digest': an image that is loaded into a daemon has no digest there"
        )


def _made(
    lab: Lab, run_image: MadeRunImage | Shape | None, target: TargetName | None
) -> MadeRunImage:
    """Return the run image that was given, at the target where it is wanted."""
    if isinstance(run_image, MadeRunImage):
        if target is not None and Target(target) is not run_image.target:
            raise ValueError(
                f"the run image is in the {run_image.target.value}, but is needed in the"
                f" {target}: make it with cnb_run_image(target={target!r})"
            )
        if run_image.place is not lab.place(run_image.target):
            raise ValueError(
                f"the run image is at {run_image.place!r}, but this lab uses"
                f" {lab.place(run_image.target)!r}: make it with the lab's own run_image"
            )
        return run_image
    make = lab.seen.call("cnb_run_image", RunImageFixture(lab))
    made = make(run_image, target=lab.target(target).value)
    return require("cnb_run_image", made, MadeRunImage)


def _names(bench: Bench, run_image: MadeRunImage, *, second: bool = False) -> RunImageNames:
    """Name what `run.toml` lists: the run image in its first entry or its second, and others."""
    other, other_mirrors = bench.draw_name(), (bench.draw_name(),)
    own, own_mirrors = run_image.name, (run_image.mirror,)
    if second:
        own, own_mirrors, other, other_mirrors = other, other_mirrors, own, own_mirrors
    return RunImageNames(own, own_mirrors, other, other_mirrors, unlisted=bench.draw_name())


def _name_to_try(given: RunImageOption, base: Standing) -> RebaseBy:
    tried = given in {"environment", "deprecated-flag"} and base.mirrored
    return "mirror" if tried else "listed"


def _how(force: bool | How) -> How | None:
    if isinstance(force, bool):
        return "flag" if force else None
    return force


def _flow(
    how: BuildReport,
    path: str | PathLike[str] | None,
    longer_before: bool,
) -> ReportFlow:
    if path is not None and how == "default":
        raise ValueError("report='default' means the default path: omit report_path")
    return ReportFlow(how, longer_before, None if path is None else str(Path(fspath(path))))


def _at_least_one(tags: int) -> int:
    if tags < 1:
        raise ValueError(f"tags={tags}: give a number of at least 1")
    return tags
