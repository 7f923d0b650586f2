"""The image as a registry stores it: what its manifest says of each blob."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pytest_cnb_report.drive.situation import Evidence
from pytest_cnb_report.judge.applicability import asks
from pytest_cnb_report.judge.preconditions import SuccessfulCall, require_success
from pytest_cnb_report.judge.rule import Rule, needs
from pytest_cnb_report.judge.text import Text
from pytest_cnb_report.judge.verdict import Verdict, broken, met, not_applicable, shown
from pytest_cnb_report.observe.image import AppImage, Form
from pytest_cnb_report.observe.json_text import read_object
from pytest_cnb_report.observe.observation import Observation

_OCI, _DOCKER = "application/vnd.oci.image.", "application/vnd.docker."
_LAYERS = (f"{_OCI}layer.", f"{_DOCKER}image.rootfs.")
_CONFIGS = (f"{_OCI}config.", f"{_DOCKER}container.image.")
_MANIFESTS = (f"{_OCI}manifest.", f"{_OCI}index.", f"{_DOCKER}distribution.manifest.")
_FORMS: Mapping[str, Form] = {
    "+gzip": "gzip",
    "+zstd": "zstd",
    ".tar.gzip": "gzip",
    ".tar.zstd": "zstd",
    ".tar": "tar",
}
"""How a layer is stored, by the end of its media type."""


@dataclass(frozen=True)
class _Described:
    """A blob that a manifest describes.

    `says` is its descriptor, `size` how many bytes it has and `form` how a layer is stored; `form`
    is None of the config.
    """

    what: str
    says: Mapping[str, Any]
    size: int
    form: Form | None = None


def _described(image: AppImage) -> Iterator[_Described]:
    """Return what the manifest says of each blob, apart from those that are missing or damaged.

    Of these, the requirements about layers say so.
    """
    manifest = read_object(image.manifest or b"{}")
    yield _Described("the config", manifest["config"], len(image.config))
    for number, (says, facts) in enumerate(zip(manifest["layers"], image.layers, strict=False)):
        if facts.size is not None and facts.diff_id is not None:
            yield _Described(f"layer {number}", says, facts.size, facts.form)


_Wrong: TypeAlias = tuple[object, object]
"""What was expected, and what was found."""


def _judge_each(
    done: SuccessfulCall, check: Callable[[_Described], _Wrong | None], message: str
) -> Verdict:
    """Judge every blob of the image under every name that was given."""
    wrong: dict[str, _Wrong] = {}
    for name in done.asked.images:
        image = done.observation.after.get(name)
        if not isinstance(image, AppImage):
            continue  # for the requirement that every name leads to the app image
        if any(layer.diff_id is not None and layer.size is None for layer in image.layers):
            return not_applicable("how the blobs are stored was not recorded")
        for each in _described(image):
            found = check(each)
            if found is not None:
                wrong.setdefault(each.what, found)
    if not wrong:
        return met()
    return broken(
        message,
        expected={what: shown(expected) for what, (expected, _) in wrong.items()},
        actual={what: shown(actual) for what, (_, actual) in wrong.items()},
    )


def _wrong_size(described: _Described) -> _Wrong | None:
    size = described.says.get("size")
    right = isinstance(size, int) and not isinstance(size, bool) and size == described.size
    return None if right else (described.size, size)


def _wrong_media_type(described: _Described) -> _Wrong | None:
    """Return what is wrong with a media type; one that nobody here knows may mean anything."""
    media_type = described.says.get("mediaType")
    if not isinstance(media_type, str) or not media_type:
        return "a media type", media_type
    if described.form is None:
        return ("a config", media_type) if media_type.startswith(_LAYERS + _MANIFESTS) else None
    if media_type.startswith(_CONFIGS + _MANIFESTS):
        return "a layer", media_type
    ends = (form for end, form in _FORMS.items() if media_type.endswith(end))
    said = next(ends, None) if media_type.startswith(_LAYERS) else None
    return None if said in {None, described.form} else (described.form, media_type)


def size(observation: Observation, _: Text) -> Verdict:
    """Judge that each descriptor has the size of its blob."""
    done = require_success(observation)
    return _judge_each(done, _wrong_size, "a size in the manifest is not that of the stored blob")


def media_type(observation: Observation, _: Text) -> Verdict:
    """Judge that each descriptor has a media type that the blob can have."""
    done = require_success(observation)
    return _judge_each(
        done, _wrong_media_type, "a media type in the manifest is not that of the stored blob"
    )


_CONTENT = needs(Evidence.LAYER_CONTENT)

RULES: Mapping[str, Rule] = {
    "image.descriptors.size": Rule(size, asks.success, _CONTENT),
    "image.descriptors.media-type": Rule(media_type, asks.success, _CONTENT),
}
