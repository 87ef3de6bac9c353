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

// dataFlags are the parameters of a request, plain, or a body that is encoded already.
type dataFlags struct {
	data    []string
	dataRaw string
}

func (f *dataFlags) addData(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.data, "data", "d", nil, "a parameter, `NAME=VALUE`, or @FILE")
	cmd.Flags().StringVar(&f.dataRaw, "data-raw", "", "a `BODY`, encoded already")
	profile.NoFileCompletion(cmd, "data-raw")
}

// data reads the parameters: plain ones, or a body that is encoded already.
func (t *tool) data(cmd *cobra.Command, f *dataFlags) (plain []signing.Parameter, raw *string, err error) {
	if cmd.Flags().Changed("data-raw") {
		raw = &f.dataRaw
	}
	for _, data := range f.data {
		if path, isFile := strings.CutPrefix(data, "@"); isFile {
			if raw != nil {
				return nil, nil, exit.Usagef("there is one body: --data-raw once, or --data @FILE once")
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
			t.Note("the & in --data %s=… is taken for a part of the value; a whole body goes by --data-raw",
				terminal.Line(shown))
		}
		plain = append(plain, p)
	}
	if raw != nil && plain != nil {
		return nil, nil, exit.Usagef("--data NAME=VALUE cannot be added to a body that is encoded already: take either")
	}
	return plain, raw, nil
}

// dataParameter is a --data that names no file.
func dataParameter(data string) (signing.Parameter, error) {
	name, value, isPair := strings.Cut(data, "=")
	if !isPair {
		return signing.Parameter{}, exit.Usagef("--data is NAME=VALUE or @FILE; there is one without =")
	}
	return signing.Parameter{Name: name, Value: value, From: "body"}, nil
}

// formBody is the body of these parameters, or the one that is encoded already.
func formBody(plain []signing.Parameter, raw *string) string {
	if raw != nil {
		return *raw
	}
	return signing.Joined(plain)
}

// body reads a body that is encoded already, from a file or stdin.
func (t *tool) body(path string) (string, error) {
	content, err := t.Read(path)
	if err != nil {
		return "", exit.Usagef("--data @FILE: %w", err)
	}
	body := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if strings.ContainsAny(body, "\r\n") {
		return "", exit.Usagef("--data @FILE: it has several lines; a body is one, encoded: a=1&b=2")
	}
	return body, nil
}

func flagOf(part string) string { return strings.ReplaceAll(part, "_", "-") }
