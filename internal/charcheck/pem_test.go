package charcheck_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/internal/charcheck"
)

const block = "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkqhkiG\n9w0BAQEFAASCAUAwggE8\n-----END PRIVATE KEY-----\n"

func utf16of(text string, order func(unit uint16) []byte) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, order(unit)...)
	}
	return out
}

func TestPEM(t *testing.T) {
	t.Parallel()
	little := func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }
	big := func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} }
	replace := func(from, to string) []byte { return []byte(strings.ReplaceAll(block, from, to)) }
	for name, test := range map[string]struct {
		content []byte
		says    string
	}{
		"empty":  {nil, "no PEM block found: it is empty"},
		"blanks": {[]byte(" \r\n"), "no PEM block found: it is empty"},
		"other text": {
			[]byte("MIIBVgIBADANBgkqhkiG"), "no PEM block found: it begins with a line -----BEGIN …-----",
		},
		"quotes": {
			[]byte(`"` + block + `"`), "it begins with U+0022 (quotation mark): remove the quotes around it",
		},
		"typographic quotes": {
			[]byte("“" + block + "”"),
			"it begins with U+201C (left double quotation mark): remove the quotes around it",
		},
		"a quote at the end": {
			[]byte(strings.TrimSpace(block) + "'"), "it ends with U+0027 (apostrophe): remove the quotes around it",
		},
		"written line breaks": {
			replace("\n", `\n`), `it has \n, two characters, where line breaks must be: write line breaks`,
		},
		"quotes, written line breaks": {
			[]byte(`"` + string(replace("\n", `\n`)) + `"`),
			`it begins with U+0022 (quotation mark): remove the quotes around it; it has \n, two characters, where line breaks must be: write line breaks`,
		},
		"CR": {
			replace("\n", "\r"), "its lines end with U+000D (line break, CR) alone: write U+000A (line break, LF)",
		},
		"no line breaks": {
			replace("\n", " "), "the line breaks were lost: copy the file again, with its lines",
		},
		"en dashes": {
			replace("-----", "–––––"), "its BEGIN line has U+2013 (en dash): write five hyphens, -----",
		},
		"an em dash": {
			[]byte(strings.Replace(block, "-----B", "—-B", 1)),
			"its BEGIN line has U+2014 (em dash): write five hyphens, -----",
		},
		"a dash at the end": {
			[]byte(strings.Replace(block, "END PRIVATE KEY--", "END PRIVATE KEY—", 1)),
			"its END line has U+2014 (em dash): write five hyphens, -----",
		},
		"Windows-1252 dashes": {
			replace("--", "\x96"),
			"its BEGIN line has the byte 0x96, a dash of Windows-1252: write five hyphens, -----",
		},
		"four hyphens": {
			replace("-----", "----"), "its BEGIN line has other than five hyphens, -----, on each side",
		},
		"UTF-16, little endian": {utf16of("\ufeff"+block, little), "it is UTF-16: save it as UTF-8"},
		"UTF-16, big endian":    {utf16of("\ufeff"+block, big), "it is UTF-16: save it as UTF-8"},
		"UTF-16 without a mark": {utf16of(block, little), "it is UTF-16: save it as UTF-8"},
		"indented": {
			[]byte("    " + string(replace("\n", "\n    "))), "its lines are indented: remove the spaces before them",
		},
		"indented by tabs": {
			[]byte("\t" + string(replace("\n", "\n\t"))), "its lines are indented: remove the spaces before them",
		},
		"indented except the first": {replace("\n", "\n  "), "its lines are indented: remove the spaces before them"},
		"a name before it": {
			[]byte("key: " + block), "its BEGIN line has other text before the hyphens: begin a new line there",
		},
		"a no-break space": {
			replace("\nM", "\n\u00a0M"), "it has U+00A0 (no-break space) in line 2: copy the file again without it",
		},
		"a mark in the middle": {
			[]byte("bag\n\ufeff" + block),
			"it has U+FEFF (zero width no-break space, a byte order mark) in line 2: copy the file again without it",
		},
		"cut": {[]byte(block[:60]), "the PEM block is cut: it has no END line"},
		"another end": {
			[]byte(strings.Replace(block, "END PRIVATE", "END RSA PRIVATE", 1)),
			"its END line is of another kind than its BEGIN line: copy the file again",
		},
		"a damaged line": {
			replace("MII", "M*I"),
			"the PEM block is damaged: a line between BEGIN and END is not base64; copy the file again",
		},
		"DER": {
			[]byte{0x30, 0x82, 1, 0x56, 2, 1, 0},
			"no PEM block found, it is DER: openssl pkey -inform DER -in KEY -out KEY.pem",
		},
		"base64": {
			[]byte("LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t"),
			"no PEM block found, it is the base64 of one: base64 -d KEY > KEY.pem",
		},
		"PuTTY": {
			[]byte("PuTTY-User-Key-File-3: ssh-rsa\n"),
			"no PEM block found, it is a PuTTY key: puttygen KEY -O private-openssh -o KEY.pem",
		},
		"an SSH public key": {
			[]byte("ssh-rsa AAAAB3NzaC1yc2E me@here\n"), "no PEM block found, it is an SSH public key",
		},
	} {
		require.Equal(t, test.says, charcheck.PEM(test.content), name)
	}
	require.False(t, bytes.Contains([]byte(charcheck.PEM([]byte(`"`+block))), []byte("MII")))
}
