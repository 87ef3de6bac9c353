package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// needs returns the path of an installed program. Without it the test skips, or fails in CI.
func needs(t *testing.T, program, debianPackage string) string {
	t.Helper()
	for _, candidate := range []string{program, filepath.Join("/usr/sbin", program)} { // not in every user's PATH
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	missing(t, program, debianPackage)
	return ""
}

func missing(t *testing.T, what, debianPackage string) {
	t.Helper()
	text := what + " is missing: apt-get install " + debianPackage
	if os.Getenv("CI") == "true" {
		t.Fatal(text)
	}
	t.Skip(text)
}
