package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/profile"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
)

const keygenHelp = `Make an RSA key pair. The private key is written to FILE, as PKCS #8 in PEM.
Only you can read the file. Do not give it to anyone. An existing FILE is never
overwritten. The public key is printed. Give it to the gateway manager.`

const keygenExamples = `  payneteasy keygen merchant.pem > merchant.pub
  payneteasy keygen --output json merchant.pem`

type keygenOutput struct {
	PrivateKeyFile string `json:"private_key_file"`
	Bits           int    `json:"bits"`
	PublicKey      string `json:"public_key"`
}

func (t *tool) keygenCommand() *cobra.Command {
	var bits int
	cmd := &cobra.Command{
		Use: "keygen [flags] FILE", Short: "Make an RSA key pair", Long: keygenHelp, Example: keygenExamples,
		RunE: func(_ *cobra.Command, args []string) error { return t.keygen(args, bits) },
	}
	cmd.Flags().IntVar(&bits, "bits", 4096, "size of the key in bits, 2048 to 16384")
	profile.NoFileCompletion(cmd, "bits")
	return cmd
}

func (t *tool) keygen(args []string, bits int) error {
	if len(args) != 1 || args[0] == "" {
		return exit.Usagef("keygen takes one FILE for the private key; see payneteasy keygen --help")
	}
	if bits < 2048 || bits > 16384 {
		return exit.Usagef("--bits must be from 2048 to 16384: the platform does not accept shorter RSA keys")
	}
	path := args[0]
	// Check the path first, because a large key takes time.
	if _, err := os.Lstat(path); err == nil {
		return exit.Usagef("%s exists and is not overwritten: name another file", terminal.Line(path))
	}
	if err := profile.OutputFault(path); err != nil {
		return exit.Usagef("cannot write the private key: %w", err)
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return exit.Usagef("cannot make the key: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return exit.Usagef("cannot encode the private key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return exit.Usagef("cannot encode the public key: %w", err)
	}
	err = writeNew(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	switch {
	case errors.Is(err, fs.ErrExist):
		return exit.Usagef("%s exists and is not overwritten: name another file", terminal.Line(path))
	case err != nil:
		return exit.Usagef("cannot write the private key: %w", err)
	}
	publicPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	t.Note("the private key, %d bits, is in %s: keep it secret; give the public key to the gateway manager", bits,
		terminal.Line(path))
	if t.JSON() {
		t.PrintJSON(keygenOutput{path, bits, publicPEM})
		return nil
	}
	t.Print("%s", publicPEM)
	return nil
}

// writeNew writes a new file that only its owner can read, and syncs it to disk. It removes an incomplete file.
func writeNew(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
