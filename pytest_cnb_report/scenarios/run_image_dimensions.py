"""What can vary about a run image, for a build and for either side of a rebase."""

from __future__ import annotations

from pytest_cnb_report.platform_apis import RUN_FILE
from pytest_cnb_report.scenarios.space import Dimension, Never, Value, seldom, where
from pytest_cnb_report.values import Target

REGISTRY = (Target.REGISTRY,)


_IN_INDEX = (
    ("first", "the first of two platforms in an index"),
    ("attested", "in an index, after an entry for platform unknown/unknown"),
    ("only", "the only one in an index"),
    ("after-other-os", "in an index, after an image for another operating system"),
)
INDEXES = ("index", *(name for name, _ in _IN_INDEX))
"""Values of the dimension `index` with which a run image is in one."""


def image_dimensions(which: str) -> tuple[Dimension, ...]:
    """Return the dimensions of one run image; `which` begins their names and says which it is."""

    def dimension(name: str, words: str, *values: Value) -> Dimension:
        side = "run image" if which == "run" else f"{which} run image"
        return Dimension(f"{which}-{name}", f"{words} of the {side}", values)

    return (
        dimension(
            "layers",
            "number of layers",
            Value("2", "two layers"),
            Value("1", "a single layer"),
            Value("5", "five layers"),
            # a daemon takes seconds for each image of that many layers
            Value("40", "forty layers", targets=REGISTRY, rare=True),
            Value("most", "127 layers", targets=REGISTRY, rare=True),
        ),
        dimension(
            "top",
            "top layer",
            Value("unique", "a top layer that occurs once"),
            Value("repeated", "the top layer's diff ID also occurs further down"),
        ),
        dimension(
            "history",
            "history",
            Value("full", "an entry for each layer"),
            Value("none", "no history"),
            Value("empty-layers", "history with entries that have no layer"),
        ),
        dimension(
            "compression",
            "stored layers",
            Value("gzip", "compressed with gzip"),
            Value("zstd", "compressed with zstd", targets=REGISTRY),
            Value("none", "not compressed", targets=REGISTRY),
        ),
        dimension(
            "types",
            "media types",
            Value("docker", "Docker media types"),
            Value("oci", "OCI media types", targets=REGISTRY),
        ),
        dimension(
            "index",
            "place in an index",
            Value("single", "a manifest of its own"),
            Value("index", "the second of two platforms in an index", targets=REGISTRY),
            *(Value(name, words, targets=REGISTRY, rare=True) for name, words in _IN_INDEX),
        ),
        dimension(
            "stack",
            "stack labels",
            Value("there", "io.buildpacks.stack.id and mixins"),
            Value("absent", "no stack ID and no mixins", since=RUN_FILE),
        ),
        dimension(
            "config",
            "config",
            Value("few", "only PATH in its environment"),
            Value(
                "own",
                "its own environment, user, command, working directory and author; no created time",
            ),
        ),
    )


def image_nevers(which: str) -> tuple[Never, ...]:
    """Return what a run image cannot be."""
    return (
        Never(
            where(**{f"{which}_compression": "zstd", f"{which}_types": "docker"}),
            "Docker media types have no name for a zstd layer",
        ),
        Never(
            where(**{f"{which}_layers": "1", f"{which}_top": "repeated"}),
            "a single layer cannot occur below itself",
        ),
    )


NAMING = seldom(
    "naming",
    "what the names of the app image look like",
    Value("usual", "a repository of two parts and a version as its tag"),
    Value("deep", "a repository of five parts"),
    Value("single", "a repository of one part"),
    Value("upper-case", "a tag with upper-case letters and an underscore"),
    Value("beside-run-image", "a tag in the repository of the run image"),
)

REPORT_NAME = seldom(
    "report-name",
    "name of the report's file",
    Value("usual", "report.toml"),
    Value("unusual", "with spaces and letters beyond ASCII"),
)

TAKEN = seldom(
    "taken",
    "what the additional names refer to before",
    Value("no", "nothing"),
    Value("yes", "images not built by a lifecycle"),
)

NAMES = (
    Value("1", "one name", dear=True),
    Value("2", "two tags"),
    Value("3", "three tags"),
    Value("2-repositories", "names in two repositories"),
    Value("2-same-tag", "the same tag in two repositories", rare=True),
    Value("2-longer-tag", "two tags, one of which begins with the other", rare=True),
    Value("4", "four tags", rare=True),
)
"""How many names an image gets, and how they are alike."""

SEVERAL = tuple(value.name for value in NAMES[1:])
"""Values with more than one name."""

REPORT_BY = (
    Value("flag", "-report"),
    Value("environment", "CNB_REPORT_PATH"),
    Value("both", "-report, and CNB_REPORT_PATH names another"),
)

VARIANT = Value("none", "no architecture variant"), Value("v1", "architecture variant v1")

DISTRIBUTION = (
    Value("both", "labels with the distribution's name and version"),
    Value("name", "a label with the distribution's name alone"),
    Value("none", "no label about a distribution"),
)

REPORT_BEFORE = Dimension(
    "report-before",
    "what is at the report's path before the invocation",
    (
        Value("nothing", "nothing"),
        Value("longer", "a longer report with tables and keys of its own"),
    ),
)

DAEMON_BY = Dimension(
    "daemon-by",
    "how the lifecycle is told to use the daemon",
    (
        Value("flag", "-daemon"),
        Value("environment", "CNB_USE_DAEMON", targets=(Target.DAEMON,)),
    ),
)
