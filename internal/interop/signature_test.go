package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// verdict is the output of testdata/verify.py about a request.
type verdict struct {
	ID       string `json:"id"`
	RFC      bool   `json:"rfc"`
	Oauthlib *bool  `json:"oauthlib"` // nil where it differs from RFC 5849
	Why      string `json:"why"`
}

// TestSignatures signs 200 random requests by Signer or payneteasy sign, and verifies them by oauthlib and openssl.
// Both refuse a copy with one wrong byte.
func TestSignatures(t *testing.T) {
	t.Parallel()
	v := newVerifier(t)
	tool := buildTool(t)
	signer := newSigner(t, v.key)
	for _, seed := range []uint64{1, 2, 3, 4} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			g := newGenerator(seed)
			var good, wrong []signed
			for i := range 50 {
				u := g.request()
				sign := signer
				if i%2 == 1 {
					sign = tool
				}
				body, authorization := sign(t, u, g)
				s, err := newSigned(fmt.Sprintf("seed %d, request %d", seed, i), u, body, authorization)
				require.NoError(t, err)
				good = append(good, s)
				if i%10 < 2 && i < 30 { // by both ways of signing
					wrong = append(wrong, g.tampered(s)...)
				}
			}
			v.accepts(t, good)
			v.refuses(t, wrong)
		})
	}
}

type verifier struct{ python, key, publicKey string }

// newVerifier gets the public key from openssl.
func newVerifier(t *testing.T) verifier {
	t.Helper()
	const python = "/usr/bin/python3" // of Debian, because only it sees Debian's packages
	openssl := needs(t, "openssl", "openssl")
	needs(t, python, "python3")
	if exec.CommandContext(t.Context(), python, "-c", "import oauthlib.oauth1, jwt, cryptography").Run() != nil {
		missing(t, "oauthlib, PyJWT or cryptography of "+python, "python3-oauthlib python3-jwt python3-cryptography")
	}
	dir := t.TempDir()
	v := verifier{python: python, key: filepath.Join(dir, "merchant.pem"), publicKey: filepath.Join(dir, "public.pem")}
	require.NoError(t, os.WriteFile(v.key, payneteasytest.MerchantKeyPEM(), 0o600))
	pkey := exec.CommandContext(t.Context(), openssl, "pkey", "-in", v.key, "-pubout", "-out", v.publicKey)
	output, err := pkey.CombinedOutput()
	require.NoError(t, err, string(output))
	return v
}

// accepts checks that oauthlib has verified most requests.
func (v verifier) accepts(t *testing.T, requests []signed) {
	t.Helper()
	known := 0
	for i, verdict := range v.verdicts(t, requests) {
		if !verdict.RFC || verdict.Oauthlib != nil && !*verdict.Oauthlib {
			t.Errorf("refused: %+v\n%+v", verdict, requests[i])
		}
		if verdict.Oauthlib != nil {
			known++
		}
	}
	require.Greater(t, known, len(requests)/2, "oauthlib verifies most of them")
}

func (v verifier) refuses(t *testing.T, requests []signed) {
	t.Helper()
	require.NotEmpty(t, requests)
	for i, verdict := range v.verdicts(t, requests) {
		if verdict.RFC || verdict.Oauthlib != nil && *verdict.Oauthlib {
			t.Errorf("a wrong byte is not noticed: %+v\n%+v", verdict, requests[i])
		}
	}
}

func (v verifier) verdicts(t *testing.T, requests []signed) []verdict {
	t.Helper()
	var input, output, problems bytes.Buffer
	encoder := json.NewEncoder(&input)
	for _, request := range requests {
		require.NoError(t, encoder.Encode(request))
	}
	python := exec.CommandContext(t.Context(), v.python, filepath.Join("testdata", "verify.py"), v.publicKey)
	python.Stdin, python.Stdout, python.Stderr = &input, &output, &problems
	require.NoError(t, python.Run(), "%s", &problems)
	decoder := json.NewDecoder(&output)
	verdicts := make([]verdict, len(requests))
	for i := range verdicts {
		require.NoError(t, decoder.Decode(&verdicts[i]))
		require.Equal(t, requests[i].ID, verdicts[i].ID)
	}
	return verdicts
}

// sign returns the body and the Authorization header.
type sign func(*testing.T, unsigned, generator) (body, authorization string)

func newSigner(t *testing.T, keyFile string) sign {
	t.Helper()
	pem, err := os.ReadFile(keyFile)
	require.NoError(t, err)
	key, err := payneteasy.ParsePrivateKey(pem)
	require.NoError(t, err)
	return func(t *testing.T, u unsigned, _ generator) (body, authorization string) {
		t.Helper()
		signer, err := payneteasy.NewSigner(u.login, key)
		require.NoError(t, err)
		raw, authorization, err := signer.Sign(u.method, u.url, u.form)
		require.NoError(t, err, "%q", u)
		return string(raw), authorization
	}
}

// buildTool builds payneteasy. It gets parameters as flags if the command line can hold them, and otherwise as a body.
func buildTool(t *testing.T) sign {
	t.Helper()
	program, keyFile := filepath.Join(t.TempDir(), "payneteasy"), filepath.Join(t.TempDir(), "merchant.pem")
	require.NoError(t, os.WriteFile(keyFile, payneteasytest.MerchantKeyPEM(), 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = filepath.Join("..", "..", "cmd", "payneteasy")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	home := t.TempDir()
	return func(t *testing.T, u unsigned, g generator) (body, authorization string) {
		t.Helper()
		arguments := []string{
			"sign", "--output=json", "--show-card-data",
			"--key=" + keyFile, "--login=" + u.login, "--method=" + u.method,
		}
		plain, fit := commandLine(u)
		if fit && g.IntN(2) == 0 {
			arguments = append(arguments, plain...)
		} else {
			file := filepath.Join(t.TempDir(), "body")
			require.NoError(t, os.WriteFile(file, []byte(u.form.Encode()), 0o600))
			arguments = append(arguments, "--data=@"+file)
		}
		command := exec.CommandContext(t.Context(), program, append(arguments, u.url)...)
		command.Env = []string{"HOME=" + home} // no profile, no PAYNETEASY_ variables
		var problems bytes.Buffer
		command.Stderr = &problems
		output, err := command.Output()
		require.NoError(t, err, "%q\n%s", arguments, &problems)
		var s struct{ Body, Authorization string }
		require.NoError(t, json.Unmarshal(output, &s))
		return s.Body, s.Authorization
	}
}

// commandLine are the parameters as --data flags, if a command line can hold them.
func commandLine(u unsigned) (flags []string, fit bool) {
	for name, values := range u.form {
		for _, value := range values {
			if strings.ContainsAny(name, "=\x00") || strings.HasPrefix(name, "@") || strings.Contains(value, "\x00") {
				return nil, false
			}
			flags = append(flags, "--data="+name+"="+value)
		}
	}
	return flags, true
}
