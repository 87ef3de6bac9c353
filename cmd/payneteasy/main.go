// Payneteasy is the command-line tool of the SDK: it signs requests, computes controls, makes keys, pays out, and asks
// about orders. payneteasy --help tells the rest. This package holds the commands, one file each, and their wiring;
// what they do is in the packages of internal.
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

const rootHelp = `Sign requests of the Payneteasy platform and see each step, verify captured
ones, compute controls, make keys, try callbacks; pay out, one or many, and ask
what became of an order; run a fake gateway on this machine.

Output goes to stdout, as text or JSON (--output); messages go to stderr. There
are no colours. Keys are read from files or commands, never from the command
line, and are never printed.

Who pays, and where, is in a profile (--profile, PAYNETEASY_PROFILE, or the
default of the file that payneteasy config tells of), or in the variables below,
never in both. Each has a flag that goes before it:
  PAYNETEASY_BASE_URL          scheme, host and context path
  PAYNETEASY_LOGIN             merchant login
  PAYNETEASY_PRIVATE_KEY_FILE  RSA private key, PEM
  PAYNETEASY_CONTROL_KEY       merchant control key; the flag names a file of it
  PAYNETEASY_ENDPOINT_ID       or PAYNETEASY_GROUP_ID

PAYNETEASY_CONFIG names another file of profiles, PAYNETEASY_STATE_DIR where the
journals of payouts are kept, instead of ~/.local/state/payneteasy.

Exit status, of an order by its decision, the same in every command:
  0  done; of an order: paid
  1  not paid or rejected; of a check: it is not right
  2  usage or configuration
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

// usageTemplate is cobra's own, but for groups, which cannot be called by themselves, and for the width.
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

{{.CommandPath}} COMMAND --help tells more.{{end}}
`

func main() {
	os.Exit(newTool(os.Environ(), os.Stdin, os.Stdout, os.Stderr).runUntilSignal(context.Background(), os.Args[1:]))
}

// runUntilSignal ends the context at the first Ctrl-C or SIGTERM; a second one ends the program, with the status of one
// of which nobody knows what it has sent. Left to Go, SIGQUIT would end it with that of a usage error.
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
	form choice // of the output
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
	if failed := t.Stdout.Failed; failed != nil { // nobody has read what came of it
		err = &exit.Error{
			Status: exit.Unknown,
			Err:    fmt.Errorf("the output could not be written: %w", errors.Join(failed, err)),
		}
	}
	if err == nil {
		return exit.Done
	}
	status := exit.Usage // what cobra finds is usage
	if ended, ok := errors.AsType[*exit.Error](err); ok {
		status = ended.Status
	}
	if errors.Is(err, profile.ErrInterrupted) {
		status = exit.Unknown
		if slices.Contains(payingCommands, command.CommandPath()) { // they read all before they send
			status = exit.NotSent
		}
	}
	if text := err.Error(); text != "" {
		t.Note("%s", text)
	}
	return status
}

// payingCommands are those whose status 4 is about what this call would have sent.
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
	root.PersistentFlags().VarP(&t.form, "output", "o", "form of the output")
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

// flagFault is what pflag says of a flag, without the argument: it may be a card's number in the wrong place.
func flagFault(text string) string {
	text, _, _ = strings.Cut(text, " in -")
	if i := strings.LastIndex(text, `" for "`); i >= 0 {
		flag, reason, _ := strings.Cut(text[i+len(`" for "`):], `" flag: `)
		text = "invalid argument for \"" + flag + `"`
		if !strings.Contains(reason, `"`) { // else the argument again
			text += ": " + reason
		}
	}
	return text
}

// group is a command that only has commands under it. To name none is a mistake, not a thing that is done.
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
	return exit.Usagef("%s has no such command; it has %s", cmd.CommandPath(), strings.Join(names, ", "))
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
