package payneteasy_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// leakFinder prints and encodes values of the package in every way, and searches the output for the canaries. A canary
// is a secret that must not be in it.
type leakFinder struct {
	t    *testing.T
	key  *rsa.PrivateKey
	seen map[string]bool // exported types of the package that have been shown
	log  bytes.Buffer

	mu       sync.Mutex
	events   []payneteasy.Event
	keyForms []string
}

func newLeakFinder(t *testing.T, key *rsa.PrivateKey) *leakFinder {
	return &leakFinder{t: t, key: key, seen: map[string]bool{}, keyForms: keyForms(key)}
}

// canaryForms are the encoded forms of each canary, in lower case.
var canaryForms = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for _, canary := range []string{canaryCard, canaryCVV, canaryToken, canaryAccount, canaryWallet, canaryControl} {
		for _, form := range forms(canary) {
			all[canary] = append(all[canary], strings.ToLower(form))
		}
	}
	return all
})

func forms(secret string) []string {
	raw := []byte(secret)
	return []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), hex.EncodeToString(raw),
		base64.RawStdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
	}
}

// keyForms returns the private parts of a key as printers and encoders write them, in lower case.
func keyForms(key *rsa.PrivateKey) []string {
	var all []string
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	block := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for line := range strings.SplitSeq(block, "\n") {
		if len(line) == 64 {
			all = append(all, line)
		}
	}
	all = all[len(all)/2:] // the first half contains the modulus, which is public
	for _, n := range []interface {
		Text(int) string
		Bytes() []byte
	}{key.D, key.Primes[0], key.Primes[1]} {
		all = append(all, n.Text(10), n.Text(16), base64.StdEncoding.EncodeToString(n.Bytes())[:64])
	}
	for i, form := range all {
		all[i] = strings.ToLower(form)
	}
	return all
}

// search looks for the canaries in a text. except lists those that the text may contain.
func (a *leakFinder) search(where, text string, except ...string) {
	a.t.Helper()
	text = strings.ToLower(text)
	for canary, forms := range canaryForms() {
		if slices.Contains(except, canary) {
			continue
		}
		for _, form := range forms {
			if strings.Contains(text, form) {
				a.t.Errorf("%s shows %q: %.400s", where, form, text)
				break
			}
		}
	}
	for _, form := range a.keyForms {
		if strings.Contains(text, form) {
			a.t.Errorf("%s shows the private key: %.400s", where, text)
		}
	}
}

// show writes a value, and all values inside it, with every printer, encoder and logger.
func (a *leakFinder) show(where string, value any, except ...string) {
	a.t.Helper()
	if v := reflect.ValueOf(value); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return
	}
	a.walk(where, reflect.ValueOf(value), 0, except)
	a.search(where, sinks(value), except...)
	if err, ok := value.(error); ok {
		for ; err != nil; err = errors.Unwrap(err) {
			a.search(where, sinks(err), except...)
		}
	}
}

func sinks(value any) string {
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", value)
	}
	unexported := struct{ inner any }{value}
	fmt.Fprintf(&out, "%v %+v %#v\n", unexported, &unexported, []any{unexported})
	if encoded, err := json.Marshal(value); err == nil {
		out.Write(encoded)
	} else {
		fmt.Fprintln(&out, err)
	}
	if encoded, err := xml.Marshal(value); err == nil {
		out.Write(encoded)
	}
	_ = gob.NewEncoder(&out).Encode(value) // if encoding fails, the output before the failure is searched
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", slog.Any("v", value))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", slog.Any("v", value))
	return out.String()
}

// walk records the exported types inside a value, and shows values behind pointers, which printers do not follow.
func (a *leakFinder) walk(where string, v reflect.Value, depth int, except []string) {
	if depth > 6 || !v.IsValid() {
		return
	}
	if path := v.Type().PkgPath(); strings.HasSuffix(path, "/payneteasy") {
		a.seen[v.Type().Name()] = true
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			if v.CanInterface() && strings.HasSuffix(v.Elem().Type().PkgPath(), "/payneteasy") {
				a.search(where, sinks(v.Elem().Interface()), except...)
			}
			a.walk(where, v.Elem(), depth+1, except)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			a.walk(where, field, depth+1, except)
		}
	case reflect.Slice:
		for i := range v.Len() {
			a.walk(where, v.Index(i), depth+1, except)
		}
	}
}

// exportedTypes reads the package's exported types from its source, so that none is forgotten. Interfaces and functions
// hold no data.
func exportedTypes(t *testing.T) []string {
	var names []string
	sources, err := fs.Glob(os.DirFS("."), "*.go")
	require.NoError(t, err)
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		require.NoError(t, err)
		for _, declared := range file.Decls {
			types, ok := declared.(*ast.GenDecl)
			if !ok || types.Tok != token.TYPE {
				continue
			}
			for _, spec := range types.Specs {
				spec := spec.(*ast.TypeSpec)
				_, isInterface := spec.Type.(*ast.InterfaceType)
				_, isFunc := spec.Type.(*ast.FuncType)
				if spec.Name.IsExported() && !isInterface && !isFunc {
					names = append(names, spec.Name.Name)
				}
			}
		}
	}
	require.Greater(t, len(names), 40)
	return names
}
