"""Mistakes in which labels a rebase copies, keeps and removes."""

from __future__ import annotations

from pytest_cnb_report.reference.fault import BELOW_0_12, faults_of
from pytest_cnb_report.reference.inputs import RUN_TOML
from pytest_cnb_report.reference.rebased import BASE_LABELS, STACK_LABELS, RebasedLabels

NAMED_LABELS = (
    "io.buildpacks.stack.maintainer",
    "io.buildpacks.stack.homepage",
    "io.buildpacks.stack.distro.name",
    "io.buildpacks.stack.distro.version",
    "io.buildpacks.stack.version",
    "io.buildpacks.stack.release_date",
    "io.buildpacks.stack.description",
    "io.buildpacks.stack.metadata",
)

STACK_ADDED = ("rebase.labels.stack.added",)
STACK_REPLACED = ("rebase.labels.stack.replaced",)
STACK_REMOVED = ("rebase.labels.stack.removed",)
BASE_ADDED = ("rebase.labels.base.added",)
BASE_REPLACED = ("rebase.labels.base.replaced",)
BASE_REMOVED = ("rebase.labels.base.removed",)
NAMED = ("rebase.labels.stack.named",)
PRESERVED = ("rebase.labels.other.preserved",)
NOT_COPIED = ("rebase.labels.other.not-copied",)
BOUNDARY = ("rebase.labels.boundary",)


# What is copied.


class _OnlyTheEightNamedLabels(RebasedLabels):
    """Only the eight stack labels that RFC 0050 names are copied."""

    trips = STACK_ADDED

    def is_copied(self, key: str) -> bool:
        if key.startswith(STACK_LABELS):
            return key in NAMED_LABELS
        return super().is_copied(key)


class _KeysCutAtEquals(RebasedLabels):
    """The key of a copied label is cut at its first `=`, and the rest becomes part of the value."""

    trips = STACK_ADDED + BASE_ADDED

    def copied(self) -> dict[str, str]:
        pairs = (f"{key}={value}".partition("=") for key, value in super().copied().items())
        return {key: value for key, _, value in pairs}


class _EmptyValuesSkipped(RebasedLabels):
    """Labels with empty values are not copied."""

    trips = STACK_ADDED + BASE_ADDED

    def is_copied(self, key: str) -> bool:
        return super().is_copied(key) and bool(self.new[key])


class _NewStackLabelsForgotten(RebasedLabels):
    """Stack labels that the app image never had are not copied."""

    trips = STACK_ADDED

    def is_copied(self, key: str) -> bool:
        forgotten = key.startswith(STACK_LABELS) and key not in self.old
        return super().is_copied(key) and not forgotten


class _NewBaseLabelsForgotten(RebasedLabels):
    """Base labels that the app image never had are not copied."""

    trips = BASE_ADDED
    also = ("rebase.target.forced",)

    def is_copied(self, key: str) -> bool:
        forgotten = key.startswith(BASE_LABELS) and key not in self.old
        return super().is_copied(key) and not forgotten


class _OnlyHundredLabelsCopied(RebasedLabels):
    """Only the first hundred labels are copied."""

    trips = STACK_ADDED + BASE_ADDED
    also = ("rebase.labels.stack.named",)

    def copied(self) -> dict[str, str]:
        return dict(list(super().copied().items())[:100])


class _LastLabelForgotten(RebasedLabels):
    """The last label by name is not copied."""

    trips = STACK_ADDED + NAMED
    also = ("rebase.labels.base.added", "rebase.target.forced")

    def copied(self) -> dict[str, str]:
        copied = super().copied()
        return {key: copied[key] for key in sorted(copied)[:-1]}


class _OneNameMisspelt(RebasedLabels):
    """The release date label is looked up with a hyphen instead of an underscore."""

    trips = NAMED

    def is_copied(self, key: str) -> bool:
        return super().is_copied(key) and key != "io.buildpacks.stack.release_date"


class _DistroOfTheAppKept(RebasedLabels):
    """The stack's distribution labels keep the app image's values."""

    trips = NAMED

    def value(self, key: str) -> str:
        kept = key.startswith(f"{STACK_LABELS}distro.") and key in self.old
        return self.old[key] if kept else super().value(key)


# What wins where both images have a label.


class _StackLabelsNotReplaced(RebasedLabels):
    """If both images have a stack label, the app image's value is kept."""

    trips = (*STACK_REPLACED, *NAMED)

    def value(self, key: str) -> str:
        kept = key.startswith(STACK_LABELS) and key in self.old
        return self.old[key] if kept else super().value(key)


class _BaseLabelsNotReplaced(RebasedLabels):
    """If both images have a base label, the app image's value is kept."""

    trips = (*BASE_REPLACED, "rebase.target.forced")

    def value(self, key: str) -> str:
        kept = key.startswith(BASE_LABELS) and key in self.old
        return self.old[key] if kept else super().value(key)


class _StackValueKeptWhereNewIsEmpty(RebasedLabels):
    """If the new run image's stack label is empty or blank, the app image's value is kept."""

    trips = STACK_REPLACED

    def value(self, key: str) -> str:
        new = super().value(key)
        kept = key.startswith(STACK_LABELS) and not new.strip()
        return self.old.get(key, new) if kept else new


class _BaseValueKeptWhereNewIsEmpty(RebasedLabels):
    """If the new run image's base label is empty or blank, the app image's value is kept."""

    trips = BASE_REPLACED

    def value(self, key: str) -> str:
        new = super().value(key)
        kept = key.startswith(BASE_LABELS) and not new.strip()
        return self.old.get(key, new) if kept else new


# What goes.


class _StaleStackLabelsKept(RebasedLabels):
    """Stack labels that the new run image does not have stay on the app image."""

    trips = STACK_REMOVED

    def is_kept(self, key: str) -> bool:
        return super().is_kept(key) or key.startswith(STACK_LABELS)


class _StaleBaseLabelsKept(RebasedLabels):
    """Base labels that the new run image does not have stay on the app image."""

    trips = BASE_REMOVED

    def is_kept(self, key: str) -> bool:
        return super().is_kept(key) or (key.startswith(BASE_LABELS) and self.api >= RUN_TOML)


class _StaleBaseLabelsKeptWhereNoneIsNew(RebasedLabels):
    """Base labels that only the app image has stay if the new run image has no base label."""

    trips = BASE_REMOVED
    scenarios = ("labels-only-removed",)

    def is_kept(self, key: str) -> bool:
        none_is_new = not any(new.startswith(BASE_LABELS) for new in self.new)
        return super().is_kept(key) or (none_is_new and key.startswith(BASE_LABELS))


class _StaleLabelsKept(RebasedLabels):
    """Labels of the old run image that the new one does not have stay on the app image."""

    trips = STACK_REMOVED + BASE_REMOVED

    def labels(self) -> dict[str, str]:
        labels = super().labels()
        stale = {key: value for key, value in self.old.items() if key not in labels}
        return {**labels, **stale}


class _StaleLabelsEmptied(RebasedLabels):
    """Stack labels that the new run image does not have stay with an empty value."""

    trips = STACK_REMOVED

    def labels(self) -> dict[str, str]:
        emptied = {key: "" for key in self.old if key.startswith(STACK_LABELS)}
        return {**emptied, **super().labels()}


# Which labels are meant.


class _BaseLabelsNotSynced(RebasedLabels):
    """Base labels keep the app image's values, as before platform API 0.12."""

    trips = (*BASE_ADDED, *BASE_REPLACED, *BASE_REMOVED, "rebase.target.forced")

    def prefixes(self) -> tuple[str, ...]:
        return (STACK_LABELS,)


class _StackLabelsNotSynced(RebasedLabels):
    """Stack labels keep the app image's values, as if they were removed and not deprecated."""

    trips = (*STACK_ADDED, *STACK_REPLACED, *STACK_REMOVED, *NAMED)

    def prefixes(self) -> tuple[str, ...]:
        return (BASE_LABELS,)


class _BaseLabelsBelow012(RebasedLabels):
    """Base labels become the new run image's at every platform API."""

    trips = PRESERVED + NOT_COPIED
    shows_at = BELOW_0_12

    def prefixes(self) -> tuple[str, ...]:
        return (STACK_LABELS, BASE_LABELS)


# All others.


class _AllLabelsCopied(RebasedLabels):
    """Every label of the new run image is copied."""

    trips = (*PRESERVED, *NOT_COPIED, *BOUNDARY)

    def is_copied(self, key: str) -> bool:  # noqa: ARG002
        return True


class _LabelMadeUp(RebasedLabels):
    """An additional label says what the app image was rebased onto."""

    trips = NOT_COPIED

    def labels(self) -> dict[str, str]:
        return {**super().labels(), "org.opencontainers.image.base.digest": "unknown"}


class _OtherNewLabelsCopied(RebasedLabels):
    """All labels that the app image does not have are copied, with any name."""

    trips = NOT_COPIED

    def is_copied(self, key: str) -> bool:
        other = not key.strip().lower().startswith("io.buildpacks.")
        return super().is_copied(key) or (other and key not in self.old)


class _OtherLabelsReplaced(RebasedLabels):
    """All labels that both images have take the new value, with any name."""

    trips = PRESERVED

    def is_copied(self, key: str) -> bool:
        other = not key.strip().lower().startswith("io.buildpacks.")
        return super().is_copied(key) or (other and key in self.old)


class _OtherLabelsDropped(RebasedLabels):
    """Labels outside `io.buildpacks` are lost."""

    trips = PRESERVED

    def is_kept(self, key: str) -> bool:
        return super().is_kept(key) and key.strip().lower().startswith("io.buildpacks.")


class _EmptyLabelsDropped(RebasedLabels):
    """Labels of the app image with empty values are lost."""

    trips = PRESERVED + BOUNDARY

    def is_kept(self, key: str) -> bool:
        return super().is_kept(key) and bool(self.old[key])


class _BuildMetadataRewritten(RebasedLabels):
    """The build metadata label is re-encoded with different white space."""

    trips = PRESERVED

    def labels(self) -> dict[str, str]:
        labels = super().labels()
        build = "io.buildpacks.build.metadata"
        return {**labels, build: labels.get(build, "").replace(",", ", ")}


FAULTS = faults_of(
    _OnlyTheEightNamedLabels,
    _EmptyValuesSkipped,
    _KeysCutAtEquals,
    _NewStackLabelsForgotten,
    _NewBaseLabelsForgotten,
    _OnlyHundredLabelsCopied,
    _LastLabelForgotten,
    _OneNameMisspelt,
    _DistroOfTheAppKept,
    _StackLabelsNotReplaced,
    _BaseLabelsNotReplaced,
    _StackValueKeptWhereNewIsEmpty,
    _BaseValueKeptWhereNewIsEmpty,
    _StaleStackLabelsKept,
    _StaleBaseLabelsKept,
    _StaleBaseLabelsKeptWhereNoneIsNew,
    _StaleLabelsKept,
    _StaleLabelsEmptied,
    _BaseLabelsNotSynced,
    _StackLabelsNotSynced,
    _BaseLabelsBelow012,
    _AllLabelsCopied,
    _LabelMadeUp,
    _OtherNewLabelsCopied,
    _OtherLabelsReplaced,
    _OtherLabelsDropped,
    _EmptyLabelsDropped,
    _BuildMetadataRewritten,
)
