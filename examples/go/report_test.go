// Tests of a platform's own rebase, written in Go: cnb-conformance checks it, and the test reads
// report.json. They need only Go's standard library, and cnb-conformance on PATH.
//
// TestRebase checks an existing rebase. The platform, or an earlier CI job, sets these variables:
//
//	REPORT     the report.toml that the rebase wrote
//	RUN_IMAGE  the new run image
//	BEFORE     the app image from before the rebase, by its digest
//
//	REPORT=out/report.toml RUN_IMAGE=registry.example.com/run:2 BEFORE=registry.example.com/app@sha256:… go test
package platform

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// results is what this test reads of report.json.
type results struct {
	Conformant bool `json:"conformant"`
	Results    []struct {
		Requirement string `json:"requirement"`
		Outcome     string `json:"outcome"`
		Message     string `json:"message"`
	} `json:"results"`
}

// checkReport checks a rebase. Exit code 1 is "not conformant", and report.json says why; any code
// other than 0 and 1 means that nothing was checked.
func checkReport(t *testing.T, report, runImage, before string) results {
	t.Helper()
	output := t.TempDir()
	command := exec.Command("cnb-conformance", "check-report", report,
		"--run-image", runImage, "--before", before, "--profile", "platform-spec", "--output", output)
	said, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		t.Fatalf("%v: %v\n%s", command, err, said)
	}
	content, err := os.ReadFile(filepath.Join(output, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var found results
	if err := json.Unmarshal(content, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

func variable(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: see the top of this file", name)
	}
	return value
}

func TestRebase(t *testing.T) {
	found := checkReport(t, variable(t, "REPORT"), variable(t, "RUN_IMAGE"), variable(t, "BEFORE"))
	for _, each := range found.Results {
		if each.Outcome == "fail" || each.Outcome == "untestable" || each.Outcome == "error" {
			t.Errorf("%s: %s: %s", each.Outcome, each.Requirement, each.Message)
		}
	}
	if !found.Conformant {
		t.Error("not conformant")
	}
}
