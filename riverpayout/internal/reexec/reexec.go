// Package reexec starts this program again as a process that does something else.
package reexec

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
)

// Command returns a command that runs this program again. An environment variable holds the order for the process, as
// JSON. The process ends with the context.
func Command(ctx context.Context, variable string, order any) (*exec.Cmd, error) {
	text, err := json.Marshal(order)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self) //nolint:gosec // this program
	cmd.Env = append(os.Environ(), variable+"="+string(text))
	return cmd, nil
}
