"""What tests with the fixtures may name: the types of the fixtures, and what they give."""

from __future__ import annotations

from pytest_cnb_report.drive.hosts import Resolution
from pytest_cnb_report.drive.process import Invocation
from pytest_cnb_report.drive.shapes import Shape
from pytest_cnb_report.judge.verdict import Verdict
from pytest_cnb_report.observe.image import AppImage
from pytest_cnb_report.observe.observation import Observation, RunImageFacts
from pytest_cnb_report.public.calls import BuildFixture, RebaseFixture
from pytest_cnb_report.public.check import CheckFixture, NotConformantError
from pytest_cnb_report.public.labs import CnbLab, MakeLabFixture
from pytest_cnb_report.public.lifecycle import LifecycleFixture
from pytest_cnb_report.public.observe import CannotObserveError, ObserveFixture
from pytest_cnb_report.public.observed import NotThereError, Observed
from pytest_cnb_report.public.run_images import MadeRunImage, RunImageFixture
from pytest_cnb_report.public.targets import DaemonFixture, RegistryFixture
from pytest_cnb_report.requirements.catalogue import Requirement, UnknownRequirementError
from pytest_cnb_report.requirements.judging import Judgement
from pytest_cnb_report.values import Level, Outcome, Phase, PlatformApi, Profile, Target

__all__ = [
    "AppImage",
    "BuildFixture",
    "CannotObserveError",
    "CheckFixture",
    "CnbLab",
    "DaemonFixture",
    "Invocation",
    "Judgement",
    "Level",
    "LifecycleFixture",
    "MadeRunImage",
    "MakeLabFixture",
    "NotConformantError",
    "NotThereError",
    "Observation",
    "ObserveFixture",
    "Observed",
    "Outcome",
    "Phase",
    "PlatformApi",
    "Profile",
    "RebaseFixture",
    "RegistryFixture",
    "Requirement",
    "Resolution",
    "RunImageFacts",
    "RunImageFixture",
    "Shape",
    "Target",
    "UnknownRequirementError",
    "Verdict",
]
