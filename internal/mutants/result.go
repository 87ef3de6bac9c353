package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

type result string

const (
	killed         result = "killed"
	survived       result = "SURVIVED"
	doesNotCompile result = "does not compile"
)

// test runs the tests with the mutant instead of its file, until a stage kills it.
func (m mutant) test(ctx context.Context, stages [][]string) (result, error) {
	scratch, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	overlay, err := m.overlay(scratch)
	if err != nil {
		return "", err
	}
	for _, stage := range stages {
		output, err := goTest(ctx, slices.Concat([]string{"-overlay", overlay}, stage))
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil:
		case bytes.Contains(output, []byte("[build failed]")):
			return doesNotCompile, nil
		default:
			return killed, nil
		}
	}
	return survived, nil
}

// overlay writes the broken copy and the file for go test -overlay.
func (m mutant) overlay(scratch string) (list string, err error) {
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	broken := filepath.Join(scratch, filepath.Base(m.file))
	source := slices.Concat(m.source[:m.from], []byte(m.new), m.source[m.to:])
	if err := os.WriteFile(broken, source, 0o600); err != nil {
		return "", err
	}
	replaced, err := json.Marshal(map[string]any{"Replace": map[string]string{original: broken}})
	if err != nil {
		return "", err
	}
	list = filepath.Join(scratch, "overlay.json")
	return list, os.WriteFile(list, replaced, 0o600)
}

func goTest(ctx context.Context, args []string) ([]byte, error) {
	args = append([]string{"test", "-vet=off"}, args...)
	command := exec.CommandContext(ctx, "go", args...) //nolint:gosec // packages of this workspace
	command.WaitDelay = time.Second                    // for programs that the tests have started
	return command.CombinedOutput()
}
