"""Whether a rebase is safe (platform specification, rebaser)."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cnb_report.reference.image import Image
from pytest_cnb_report.reference.inputs import RUN_TOML, Api, parse_api
from pytest_cnb_report.reference.target import target_of

REBASABLE = "io.buildpacks.rebasable"
STACK_ID = "io.buildpacks.stack.id"


class Permission:
    """What speaks against putting `app` onto `run_image`; `listed` where the app names it."""

    def __init__(self, api: Api, app: Image, run_image: Image, *, listed: bool) -> None:
        self.api = api
        self.app = app
        self.run_image = run_image
        self.listed = listed

    def objections(self) -> Iterator[str]:
        """Say why the rebase is unsafe, once for each reason."""
        if self.api >= RUN_TOML and not self.is_listed():
            yield f"run image '{self.run_image.name}' is not among those that the app image names"
        if not self.app_knows_targets():
            if not self.is_same_stack():
                yield "the new run image is of another stack"
        elif self.api >= RUN_TOML:
            if not self.is_rebasable():
                yield "app image is not marked as rebasable"
            for key in self.mismatches():
                yield (
                    f"{key} of the new run image is '{target_of(self.run_image)[key]}', "
                    f"the app image's is '{target_of(self.app)[key]}'"
                )

    def is_listed(self) -> bool:
        """Whether the run image is one that the app image was meant for."""
        return self.listed

    def app_knows_targets(self) -> bool:
        """Whether the app image was exported under a platform API that knows target data."""
        return (parse_api(self.app.environment.get("CNB_PLATFORM_API", "")) or (0, 0)) >= RUN_TOML

    def is_same_stack(self) -> bool:
        """Whether both images are of one stack, which before API 0.12 says that they fit."""
        return self.app.labels.get(STACK_ID) == self.run_image.labels.get(STACK_ID)

    def is_rebasable(self) -> bool:
        """Whether the app image lets itself be rebased."""
        return self.app.labels.get(REBASABLE) != "false"

    def mismatches(self) -> list[str]:
        """Name the target data that both images give, and give differently."""
        old, new = target_of(self.app), target_of(self.run_image)
        return [key for key in old if old[key] and new[key] and old[key] != new[key]]
