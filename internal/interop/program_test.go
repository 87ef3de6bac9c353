package interop

import (
	"os"
	"os/exec"
	"testing"
)

// needs returns the path of a program that is not Go's. If it is missing the test is skipped, or fails in CI.
func needs(t *testing.T, program, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		missing(t, program, debianPackage)
	}
	return path
}

func missing(t *testing.T, what, debianPackage string) {
	t.Helper()
	text := what + " is missing: apt-get install " + debianPackage
	if os.Getenv("CI") == "true" {
		t.Fatal(text)
	}
	t.Skip(text)
}
