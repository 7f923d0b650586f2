"""Open questions on labels at a rebase."""

from __future__ import annotations

from pytest_cnb_report.drive.situation import RELEASE_DATE, RELEASED
from pytest_cnb_report.observe.observation import Observation
from pytest_cnb_report.requirements.rebase_labels.label_changes import is_near_miss

from .editing import (
    Edit,
    Json,
    app_of,
    asked_of,
    at_api,
    before_of,
    with_before,
    with_labels,
    with_labels_before,
)
from .readings_row import (
    FAIL,
    NA,
    PASS,
    Row,
    untouched,
)

STACK, BASE = "io.buildpacks.stack.", "io.buildpacks.base."
LEFT_OVER = STACK + "left-over"
OLD_DATE = "old 2020-05-12T05:17:02.390472"


def run_labels(seen: Observation, prefix: str) -> dict[str, str]:
    """Return the labels with a prefix that the new run image alone has."""
    labels, own = asked_of(seen).run_image.labels, before_of(seen).labels
    return {
        key: value for key, value in labels.items() if key.startswith(prefix) and key not in own
    }


def without_labels(prefix: str) -> Edit:
    return lambda seen: with_labels(seen, dict.fromkeys(run_labels(seen, prefix)))


def near_misses_copied(seen: Observation) -> Observation:
    run_image = asked_of(seen).run_image.labels
    keys = {*run_image, *before_of(seen).labels}
    near = [key for key in keys if is_near_miss(key, (STACK, BASE))]
    both = {key: run_image.get(key) for key in near}
    gone = {key for key in near if key not in run_image and key not in app_of(seen).labels}
    return with_labels(seen, {key: value for key, value in both.items() if key not in gone})


def app_of_api(api: str) -> Edit:
    def change(config: Json) -> None:
        config["config"]["Env"] = [f"CNB_PLATFORM_API={api}"]

    return lambda seen: with_before(seen, change)


ROWS = (
    Row(
        "stale-labels",
        "gone",
        "rebaser twice",
        untouched,
        {"rebase.labels.stack.removed": (PASS, FAIL, PASS)},
    ),
    Row(
        "stale-labels",
        "kept",
        "rebaser twice",
        lambda seen: with_labels(seen, {LEFT_OVER: "to be removed"}),
        {"rebase.labels.stack.removed": (FAIL, PASS, PASS)},
    ),
    Row(
        "stale-labels",
        "with a third value",
        "rebaser twice",
        lambda seen: with_labels(seen, {LEFT_OVER: "new"}),
        {"rebase.labels.stack.removed": (FAIL, FAIL, FAIL)},
    ),
    Row(
        "stale-labels",
        "a base label kept",
        "rebaser twice",
        lambda seen: with_labels(
            with_labels_before(seen, {BASE + "left-over": "x"}), {BASE + "left-over": "x"}
        ),
        {"rebase.labels.base.removed": (FAIL, PASS, PASS)},
    ),
    Row(
        "if-present",
        "all arrive",
        "rebaser twice",
        untouched,
        {
            "rebase.labels.stack.added": (PASS, FAIL, PASS),
            "rebase.labels.base.added": (PASS, FAIL, PASS),
        },
    ),
    Row(
        "if-present",
        "none arrives",
        "rebaser twice",
        without_labels("io.buildpacks."),
        {
            "rebase.labels.stack.added": (FAIL, PASS, PASS),
            "rebase.labels.base.added": (FAIL, PASS, PASS),
        },
    ),
    Row(
        "release-date-label",
        "release_date is old",
        "rebaser named-release-date",
        lambda seen: with_labels(seen, {RELEASE_DATE: OLD_DATE}),
        {"rebase.labels.stack.named": (FAIL, PASS, PASS)},
    ),
    Row(
        "release-date-label",
        "released is old",
        "rebaser named-release-date",
        lambda seen: with_labels(seen, {RELEASED: OLD_DATE}),
        {"rebase.labels.stack.named": (PASS, FAIL, PASS)},
    ),
    Row(
        "release-date-label",
        "both are old",
        "rebaser named-release-date",
        lambda seen: with_labels(seen, {RELEASED: OLD_DATE, RELEASE_DATE: OLD_DATE}),
        {"rebase.labels.stack.named": (FAIL, FAIL, FAIL)},
    ),
    Row(
        "label-prefix",
        "near misses left alone",
        "rebaser labels-other",
        untouched,
        {"rebase.labels.boundary": (PASS, FAIL, PASS)},
    ),
    Row(
        "label-prefix",
        "near misses copied",
        "rebaser labels-other",
        near_misses_copied,
        {"rebase.labels.boundary": (FAIL, PASS, PASS)},
    ),
    Row(
        "differing-platform-apis",
        "base labels copied onto an older app",
        "rebaser twice",
        app_of_api("0.11"),
        {
            "rebase.labels.base.added": (PASS, NA, NA),
            "rebase.labels.base.copied": (PASS, NA, NA),
            "rebase.labels.other.not-copied": (PASS, FAIL, PASS),
            "rebase.target.unchanged": (NA, NA, NA),
        },
    ),
    Row(
        "differing-platform-apis",
        "base labels not copied onto an older app",
        "rebaser twice",
        lambda seen: without_labels(BASE)(app_of_api("0.11")(seen)),
        {
            "rebase.labels.base.added": (FAIL, NA, NA),
            "rebase.labels.other.not-copied": (PASS, PASS, PASS),
        },
    ),
    Row(
        "differing-platform-apis",
        "an older rebaser",
        "rebaser twice",
        lambda seen: at_api(app_of_api("0.15")(seen), "0.11"),
        {
            "rebase.labels.base.added": (NA, PASS, NA),
            "rebase.target.unchanged": (NA, PASS, NA),
        },
    ),
)
