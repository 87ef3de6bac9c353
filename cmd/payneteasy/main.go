// Payneteasy is the command-line tool of the SDK. It signs requests, computes controls, makes keys, sends payouts, and
// asks about orders. See payneteasy --help for the rest. This package holds the commands, one file each, and their
// wiring. The packages in internal do the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const rootHelp = `Send payouts on the Payneteasy platform, one or many, and ask about their
orders. Sign requests and see each step, verify captured requests, compute
controls, make keys, and test callbacks. Run a fake gateway on this machine.

Results go to stdout, as text or JSON (--output). Messages go to stderr. There
are no colours. Keys are read from files or commands, never from the command
line, and are never printed.

Configure the tool by a profile or by the variables below, not by both. Choose a
profile with --profile or PAYNETEASY_PROFILE, or set a default in the file of
profiles (see payneteasy config). Each variable has a flag, which takes
precedence:
  PAYNETEASY_BASE_URL          scheme, host and context path
  PAYNETEASY_LOGIN             merchant login
  PAYNETEASY_PRIVATE_KEY_FILE  RSA private key, PEM
  PAYNETEASY_CONTROL_KEY       merchant control key (its flag names a file)
  PAYNETEASY_ENDPOINT_ID       or PAYNETEASY_GROUP_ID

PAYNETEASY_CONFIG names another file of profiles. PAYNETEASY_STATE_DIR names
another directory for the journals of payouts. Its default is
~/.local/state/payneteasy.

The exit status is the same in every command. For an order, the decision sets
it:
  0  done, or paid
  1  not paid or rejected; or a check failed
  2  wrong usage or configuration
  3  unknown, refused, reversed or review: it may have been paid, or a person
     must look
  4  not sent
  5  pending: not final, it may still be paid`

const rootExamples = `  payneteasy keygen merchant.pem > merchant.pub
  payneteasy sign --key merchant.pem --login TestMerchant \
      --data client_orderid=payout-0001 --data amount=10.42 \
      --data currency=USD \
      https://sandbox.connpay.com/paynet/api/v4/payout/39915
  payneteasy control callback --status approved --orderid 6982864 \
      --client-orderid payout-0001
  payneteasy payout payout-0001 --amount 10.42 --currency USD \
      --account-number 1234567890
  payneteasy wait payout-0001 --amount 10.42 --currency USD`

// usageTemplate is cobra's own template with two changes. It fits the width of a terminal. It shows that a group cannot
// be called without a command.
const usageTemplate = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND [flags]{{else}}{{.UseLine}}{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if or .IsAvailableCommand (eq .Name "help")}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Flags of all commands:
{{.InheritedFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

Run {{.CommandPath}} COMMAND --help for details.{{end}}
`

func main() {
	os.Exit(newTool(os.Environ(), os.Stdin, os.Stdout, os.Stderr).runUntilSignal(context.Background(), os.Args[1:]))
}

// runUntilSignal ends the context at the first Ctrl-C or SIGTERM. A second one ends the program with exit.Unknown,
// because it is not known what was sent. Without this, Go would end the program on SIGQUIT with the status of a usage
// error.
func (t *tool) runUntilSignal(ctx context.Context, args []string) int {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	came := make(chan os.Signal, 2)
	signal.Notify(came, signals...)
	go func() {
		<-came
		cancel()
		<-came
		os.Exit(exit.Unknown)
	}()
	return t.run(ctx, args)
}

func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newTool(environ, stdin, stdout, stderr).run(ctx, args)
}

// tool is one call of the program.
type tool struct {
	*profile.Invocation
	form choice // the output's format
}

func newTool(environ []string, stdin io.Reader, stdout, stderr io.Writer) *tool {
	t := &tool{form: choice{value: "text", among: []string{"text", "json"}}}
	out := terminal.NewOutput(stdout, stderr, func() bool { return t.form.value == "json" })
	t.Invocation = profile.NewInvocation(environ, stdin, out)
	return t
}

func (t *tool) run(ctx context.Context, args []string) int {
	root := t.rootCommand()
	root.SetArgs(args)
	t.Interrupted = ctx.Done()
	command, err := root.ExecuteContextC(ctx)
	if failed := t.Stdout.Failed; failed != nil { // no one has read the result
		err = &exit.Error{
			Status: exit.Unknown,
			Err:    fmt.Errorf("cannot write the output: %w", errors.Join(failed, err)),
		}
	}
	if err == nil {
		return exit.Done
	}
	status := exit.Usage // cobra's own errors are about usage
	if ended, ok := errors.AsType[*exit.Error](err); ok {
		status = ended.Status
	}
	if errors.Is(err, profile.ErrInterrupted) {
		status = exit.Unknown
		if slices.Contains(payingCommands, command.CommandPath()) { // they read everything before they send
			status = exit.NotSent
		}
	}
	if text := err.Error(); text != "" {
		t.Note("%s", text)
	}
	return status
}

// payingCommands are the commands whose status 4 is about the payouts of this call.
var payingCommands = []string{"payneteasy payout", "payneteasy payout-form", "payneteasy batch run"}

func (t *tool) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "payneteasy",
		Short:         "The command-line tool of the Payneteasy SDK",
		Long:          rootHelp,
		Example:       rootExamples,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          group,
	}
	root.SetIn(t.Stdin)
	root.SetOut(t.Stdout)
	root.SetErr(t.Stderr)
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return exit.Usagef("%s", flagFault(err.Error()))
	})
	root.PersistentFlags().VarP(&t.form, "output", "o", "output format")
	_ = root.RegisterFlagCompletionFunc("output",
		cobra.FixedCompletions(t.form.among, cobra.ShellCompDirectiveNoFileComp))
	root.AddCommand(
		t.payoutCommand(), t.payoutFormCommand(), t.statusCommand(), t.waitCommand(), t.resolveCommand(),
		t.settleCommand("settle"), t.batchCommand(), t.sandboxCommand(), t.signCommand(), t.verifyCommand(),
		t.controlCommand(), t.callbackCommand(), t.keygenCommand(), t.configCommand(),
	)
	t.completeProfiles(root)
	describeCompletion(root)
	return root
}

// flagFault returns pflag's error text without the argument, which may be a card number in the wrong place.
func flagFault(text string) string {
	text, _, _ = strings.Cut(text, " in -")
	if i := strings.LastIndex(text, `" for "`); i >= 0 {
		flag, reason, _ := strings.Cut(text[i+len(`" for "`):], `" flag: `)
		text = "invalid argument for \"" + flag + `"`
		if !strings.Contains(reason, `"`) { // otherwise the reason repeats the argument
			text += ": " + reason
		}
	}
	return text
}

// group runs a command that only has subcommands. A call without a subcommand is a usage error, and prints the help on
// stderr.
func group(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		cmd.SetOut(cmd.ErrOrStderr())
		_ = cmd.Help()
		return &exit.Error{Status: exit.Usage}
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return exit.Usagef("%s has no such command: use one of %s", cmd.CommandPath(), strings.Join(names, ", "))
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
