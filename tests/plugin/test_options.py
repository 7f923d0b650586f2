"""Options: the command line before the environment, before the ini file, before the default."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from pytest_cnb_report.options import OPTIONS, Option, OptionError, Value, find
from pytest_cnb_report.planning.settings import read_settings
from pytest_cnb_report.platform_apis import UPCOMING
from pytest_cnb_report.values import PLATFORM_APIS, Phase, Profile, Target

from .caller import ONE_ITEM, PACKAGE, REGISTRY, Caller

PLAIN = [option for option in OPTIONS if not option.flag]
FLAGS = [option for option in OPTIONS if option.flag]


def value(
    option: Option, given: Value = None, variable: str | None = None, ini: str | None = None
) -> Value:
    environment = {} if variable is None else {option.variable: variable}
    lines: Mapping[str, str] = {} if ini is None else {option.attribute: ini}
    return find(option, given=given, environment=environment, ini=lambda name: lines.get(name, ""))


@pytest.mark.parametrize("option", PLAIN, ids=lambda option: option.name)
def test_each_place_outweighs_those_behind_it(option: Option) -> None:
    assert value(option, "line", "variable", "ini") == "line"
    assert value(option, None, "variable", "ini") == "variable"
    assert value(option, None, None, "ini") == "ini"
    assert value(option) == option.default


@pytest.mark.parametrize("option", FLAGS, ids=lambda option: option.name)
def test_a_flag_can_be_taken_back_by_what_outweighs_it(option: Option) -> None:
    assert value(option, given=True, variable="0", ini="no") is True
    assert value(option, None, "1", "no") is True
    assert value(option, None, "off", "true") is False
    assert value(option, None, None, "true") is True
    assert value(option) is False
    with pytest.raises(OptionError, match=r"perhaps.*give 1 or 0"):
        value(option, None, "perhaps")


@pytest.mark.parametrize("option", PLAIN, ids=lambda option: option.name)
def test_nothing_is_a_mistake_on_the_command_line_alone(option: Option) -> None:
    assert value(option, None, "", "ini") == "ini"
    with pytest.raises(OptionError, match=f"--{option.name} '': is empty"):
        value(option, "")


def test_what_was_not_typed_is_told_by_where_it_stands(caller: Caller) -> None:
    said = caller.inside(*REGISTRY, CNB_CONFORMANCE_PROFILE="bogus").said
    assert "give one of" in said
    assert "(given by CNB_CONFORMANCE_PROFILE)" in " ".join(said.split())
    (caller.folder / "pytest.ini").write_text("[pytest]\ncnb_profile = bogus\n")
    said = caller.pytest("--pyargs", PACKAGE, "-p", "no:randomly").said
    assert "(given by cnb_profile in " in said


def test_a_variable_that_stands_for_nothing_is_refused(caller: Caller) -> None:
    ended = caller.inside(*REGISTRY, CNB_CONFORMANCE_LIFECYCEL="/nowhere")
    assert ended.code == 2
    assert "did you mean CNB_CONFORMANCE_LIFECYCLE?" in " ".join(ended.said.split())


def test_requirements_may_stand_on_lines_of_their_own(caller: Caller) -> None:
    lines = "[pytest]\ncnb_requirement =\n  rebase.created.*\n  rebase.labels.stack.optional\n"
    (caller.folder / "pytest.ini").write_text(lines + "cnb_target = registry\n")
    listed = caller.pytest("--pyargs", PACKAGE, "--co", "-q", "-p", "no:randomly").stdout
    assert "[rebaser-registry-plain]" in listed
    assert "[rebaser-registry-optional-none]" in listed
    assert "exporter" not in listed


def test_the_names_follow_from_one() -> None:
    option = next(option for option in OPTIONS if option.name == "platform-api")
    assert option.attribute == "cnb_platform_api"
    assert option.variable == "CNB_CONFORMANCE_PLATFORM_API"


def test_the_defaults_are_those_that_are_promised() -> None:
    settings = read_settings({option.name: value(option) for option in OPTIONS})
    assert settings.lifecycle is None
    assert settings.platform_api is None
    assert settings.profile is Profile.RFC_0129_DRAFT
    assert settings.targets is None
    assert (settings.registry, settings.daemon) == ("embedded", "auto")
    assert (settings.examples, settings.timeout, settings.seed) == (50, 60, 0)
    assert settings.phases == (Phase.EXPORTER, Phase.CREATOR, Phase.REBASER)
    assert not settings.strict


@pytest.mark.parametrize("api", [*PLATFORM_APIS, UPCOMING], ids=str)
def test_every_platform_api_can_be_asked_for(api: object) -> None:
    values = {option.name: value(option) for option in OPTIONS}
    assert read_settings({**values, "platform-api": str(api)}).platform_api == api


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("auto", None),
        ("registry", (Target.REGISTRY,)),
        ("daemon, registry", (Target.REGISTRY, Target.DAEMON)),
    ],
)
def test_targets_can_be_listed_in_any_order(text: str, targets: object) -> None:
    values = {option.name: value(option) for option in OPTIONS}
    assert read_settings({**values, "target": text}).targets == targets


def told(said: str) -> str:
    """The platform API and profile that a run says first that it judges by."""
    found = re.search(r"platform API \S+, profile \S+", " ".join(said.split()))
    assert found is not None, said
    return found[0]


def test_pytest_takes_options_from_all_three_places(caller: Caller) -> None:
    ini = ["[pytest]", "cnb_target = registry", "cnb_platform_api = 0.9", "cnb_profile = rfc-0129"]
    (caller.folder / "pytest.ini").write_text("\n".join(ini))
    words = ["--pyargs", PACKAGE, "--collect-only", "-q"]
    assert told(caller.pytest(*words).stdout) == "platform API 0.9, profile rfc-0129"
    variables = {"CNB_CONFORMANCE_PLATFORM_API": "0.10"}
    assert told(caller.pytest(*words, **variables).stdout) == "platform API 0.10, profile rfc-0129"
    words.append("--cnb-platform-api=0.11")
    assert told(caller.pytest(*words, **variables).stdout) == "platform API 0.11, profile rfc-0129"


def test_the_console_script_takes_options_from_the_environment_too(caller: Caller) -> None:
    variables = {"CNB_CONFORMANCE_PLATFORM_API": "0.10", "CNB_CONFORMANCE_PROFILE": "platform-spec"}
    ended = caller.inside(*REGISTRY, "--", "--co", "-q", **variables)
    assert told(ended.stdout) == "platform API 0.10, profile platform-spec"
    ended = caller.inside(*REGISTRY, "--platform-api", "0.7", "--", "--co", "-q", **variables)
    assert told(ended.stdout) == "platform API 0.7, profile platform-spec"


def test_an_option_may_be_given_more_than_once_or_as_a_list(caller: Caller) -> None:
    each = ("--requirement", "rebase.tags.*", "--requirement", "report.written")
    listed = ("--requirement", "rebase.tags.*,report.written")
    found = [
        caller.inside(*REGISTRY, "--phase", "rebaser", *options, "--", "--co", "-q").stdout
        for options in (each, listed)
    ]
    nodes = [{line for line in text.splitlines() if "::" in line} for text in found]
    assert nodes[0] == nodes[1]
    scenarios = {line.partition("[")[2] for line in nodes[0]}
    assert "rebaser-registry-plain]" in scenarios
    assert "rebaser-registry-first-push-refused]" not in scenarios, "neither is about a refusal"


def test_every_output_of_a_variable_is_written(caller: Caller) -> None:
    assert caller.inside(*ONE_ITEM, CNB_CONFORMANCE_OUTPUT="from-a-variable").code == 0
    assert (caller.folder / "from-a-variable" / "junit.xml").is_file()
    assert caller.report("from-a-variable")["conformant"] is True
