"""A project that overrides one of the fixtures: it counts everywhere, or the test says why not."""

from __future__ import annotations

import os

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _no_options_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("CNB_") or name in {"PYTEST_ADDOPTS", "DOCKER_HOST"}:
            monkeypatch.delenv(name)


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-rA", "--cnb-lifecycle=reference", *words)


OVERRIDES = {
    "the lifecycle": (
        """
@pytest.fixture(scope="session")
def cnb_lifecycle(make_cnb_lab):
    return make_cnb_lab(lifecycle="reference:tag-for-reference", platform_api="0.12").lifecycle
""",
        """
def test_it(cnb_export, cnb_rebase, cnb_lifecycle, cnb_check):
    app = cnb_export()
    assert str(app.platform_api) == "0.12"
    assert cnb_lifecycle.given in repr(cnb_rebase)
    for observed in (app, cnb_rebase(app), cnb_rebase()):
        with pytest.raises(AssertionError, match="of reference:tag-for-reference, registry"):
            cnb_check(observed, include="report.run-image.reference.immutable")
""",
    ),
    "the registry": (
        """
@pytest.fixture(scope="session")
def cnb_registry(make_cnb_lab):
    return make_cnb_lab(registry="embedded").registry
""",
        """
def test_it(cnb_registry, cnb_run_image, cnb_create, cnb_rebase, make_cnb_lab):
    made = [cnb_run_image().name, cnb_create().images[0], cnb_rebase().images[0]]
    made += make_cnb_lab(lifecycle="reference").export().images
    assert {name.partition("/")[0] for name in made} == {cnb_registry.address}
""",
    ),
    "the registry by a lab that shares it": (
        """
@pytest.fixture(scope="session")
def cnb_registry(make_cnb_lab):
    return make_cnb_lab(profile="platform-spec").registry
""",
        """
def test_it(cnb_registry, cnb_export):
    assert cnb_export().images[0].startswith(cnb_registry.address)
""",
    ),
    "the run image": (
        """
@pytest.fixture(scope="session")
def cnb_run_image(cnb_run_image):
    def make(shape=None, **changes):
        return cnb_run_image(shape, **{"labels": {"io.buildpacks.stack.mine": "1"}, **changes})
    return make
""",
        """
def test_it(cnb_export, cnb_rebase, cnb_check):
    assert cnb_export().labels["io.buildpacks.stack.mine"] == "1"
    rebased = cnb_rebase()
    assert rebased.run_image.labels["io.buildpacks.stack.mine"] == "1"
    cnb_check(rebased)
""",
    ),
    "the exporter": (
        """
@pytest.fixture(scope="session")
def cnb_export(cnb_export):
    return lambda *given, **changes: cnb_export(*given, **{"tags": 3, **changes})
""",
        """
def test_it(cnb_export, cnb_rebase, cnb_check):
    assert len(cnb_export().images) == 3
    cnb_check(cnb_rebase())
""",
    ),
    "what nothing depends on": (
        """
import functools

@pytest.fixture(scope="session")
def cnb_check(cnb_check):
    return functools.partial(cnb_check, include="report.*")

@pytest.fixture
def cnb_rebase(cnb_rebase):
    return functools.partial(cnb_rebase, tags=2)
""",
        """
def test_it(cnb_rebase, cnb_check):
    rebased = cnb_rebase()
    assert len(rebased.images) == 2
    assert all(each.requirement.id.startswith("report.") for each in cnb_check(rebased))
""",
    ),
}


PLAIN = """
def test_it(cnb_export, cnb_rebase, cnb_check):
    rebased = cnb_rebase()
    assert rebased.lifecycle == "reference"
    assert (len(rebased.images), len(cnb_export().images)) == (1, 1)
    assert "io.buildpacks.stack.mine" not in rebased.labels
    cnb_check(rebased)
"""


def test_an_override_counts_for_the_other_fixtures_where_it_is_seen(
    pytester: pytest.Pytester,
) -> None:
    modules = {
        f"test_{number}": f"import pytest\n{override}\n{test}"
        for number, (override, test) in enumerate(OVERRIDES.values())
    }
    pytester.makepyfile(test_before=PLAIN, **modules, test_with_others=PLAIN)
    run(pytester).assert_outcomes(passed=len(OVERRIDES) + 2)


def test_an_override_for_a_whole_project(pytester: pytest.Pytester) -> None:
    override, test = OVERRIDES["the lifecycle"]
    pytester.makeconftest(f"import pytest\n{override}")
    pytester.makepyfile(f"import pytest\n{test}")
    run(pytester).assert_outcomes(passed=1)


WRONG = {
    "cnb_lifecycle": ("'out/lifecycle'", "a LifecycleFixture", "cnb_export()"),
    "cnb_lifecycle ": ("None", "a LifecycleFixture", "cnb_export()"),
    "cnb_registry": ("'localhost:5000'", "a RegistryFixture", "cnb_run_image()"),
    "cnb_daemon": ("5", "a DaemonFixture", "cnb_export(target='daemon')"),
    "cnb_run_image": ("'run:1'", "a function", "cnb_export()"),
    "cnb_export": ("{'image': 1}", "a function", "cnb_rebase()"),
    # what is returned by one that is called is looked at too
    "cnb_run_image ": ("lambda *_, **__: 'run:1'", "a MadeRunImage", "cnb_export()"),
    "cnb_export ": ("lambda *_, **__: None", "an Observed", "cnb_rebase()"),
}


def test_an_override_that_cannot_be_used_fails_the_test(pytester: pytest.Pytester) -> None:
    modules = {
        f"test_{number}": f"""
            import pytest

            @pytest.fixture(scope="session")
            def {name.strip()}():
                return {value}

            def test_it({call.partition("(")[0]}):
                {call}
            """
        for number, (name, (value, _, call)) in enumerate(WRONG.items())
    }
    modules["test_scope"] = """
        import pytest

        @pytest.fixture
        def cnb_lifecycle(make_cnb_lab):
            return make_cnb_lab().lifecycle

        def test_it(cnb_export):
            cnb_export()
        """
    pytester.makepyfile(**modules)
    ended = run(pytester)
    ended.assert_outcomes(failed=len(WRONG), errors=1)
    for name, (_, expected, _call) in WRONG.items():
        said = f"the fixture {name.strip()} is overridden in this project: expected {expected},"
        assert said in ended.stdout.str()
    ended.stdout.fnmatch_lines(["*ScopeMismatch*cnb_lifecycle*"])
