package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/mask"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

// dataFlags are the flags for the parameters of a request, or for a body that is already encoded.
type dataFlags struct {
	data    []string
	dataRaw string
}

func (f *dataFlags) addData(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.data, "data", "d", nil, "a parameter, `NAME=VALUE`, or @FILE")
	cmd.Flags().StringVar(&f.dataRaw, "data-raw", "", "an encoded `BODY`: a=1&b=2")
	profile.NoFileCompletion(cmd, "data-raw")
}

// data reads plain parameters, or a body that is already encoded.
func (t *tool) data(cmd *cobra.Command, f *dataFlags) (plain []signing.Parameter, raw *string, err error) {
	if cmd.Flags().Changed("data-raw") {
		raw = &f.dataRaw
	}
	for _, data := range f.data {
		if path, isFile := strings.CutPrefix(data, "@"); isFile {
			if raw != nil {
				return nil, nil, exit.Usagef("there are two bodies: give --data-raw or --data @FILE once")
			}
			body, err := t.body(path)
			if err != nil {
				return nil, nil, err
			}
			raw = &body
			continue
		}
		p, err := dataParameter(data)
		if err != nil {
			return nil, nil, err
		}
		if strings.Contains(p.Value, "&") && strings.Contains(p.Value, "=") {
			shown, _, _ := mask.Cards.Parameter(p.Name, "")
			t.Note("the & in --data %s=… is a part of the value: give a whole body with --data-raw",
				terminal.Line(shown))
		}
		plain = append(plain, p)
	}
	if raw != nil && plain != nil {
		return nil, nil, exit.Usagef("--data NAME=VALUE cannot be added to an encoded body: use only one of them")
	}
	return plain, raw, nil
}

// dataParameter parses a --data that does not name a file.
func dataParameter(data string) (signing.Parameter, error) {
	name, value, isPair := strings.Cut(data, "=")
	if !isPair {
		return signing.Parameter{}, exit.Usagef("--data must be NAME=VALUE or @FILE: one has no =")
	}
	return signing.Parameter{Name: name, Value: value, From: "body"}, nil
}

// formBody returns raw, or the encoded body of the parameters if raw is nil.
func formBody(plain []signing.Parameter, raw *string) string {
	if raw != nil {
		return *raw
	}
	return signing.Joined(plain)
}

// body reads an encoded body from a file or stdin.
func (t *tool) body(path string) (string, error) {
	content, err := t.Read(path)
	if err != nil {
		return "", exit.Usagef("--data @FILE: %w", err)
	}
	body := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if strings.ContainsAny(body, "\r\n") {
		return "", exit.Usagef("--data @FILE: the file has several lines: write the encoded body in one line, a=1&b=2")
	}
	return body, nil
}

func flagOf(part string) string { return strings.ReplaceAll(part, "_", "-") }
