package ecommpay

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy"
)

// TestVectors checks messages with their canonical text and signature, which several implementations confirm.
func TestVectors(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	require.Len(t, v.Vectors, 18)
	for _, vector := range v.Vectors {
		text, err := Canonical([]byte(vector.JSON))
		require.NoError(t, err, vector.Name)
		require.Equal(t, vector.StringToSign[0], text, vector.Name)
		s := signer(t, vector.Secret)
		signature, err := s.Sign([]byte(vector.JSON))
		require.NoError(t, err)
		require.Equal(t, vector.Signature[0], signature, vector.Name)
		for _, signature := range vector.Signature {
			if signature == "" {
				continue
			}
			signed := []byte(`{"signature":"` + signature + `",` + strings.TrimSpace(vector.JSON)[1:])
			require.NoError(t, s.Verify(signed), vector.Name)
			require.ErrorIs(t, signer(t, "Secret").Verify(signed), ErrForged)
		}
	}
	for _, callback := range v.Callbacks {
		require.Equal(t, "accept", callback.Expected)
		require.NoError(t, signer(t, v.CallbacksSecret).Verify([]byte(callback.Raw)), callback.Name)
		require.NoError(t, signer(t, "new", payneteasy.NewSecret(v.CallbacksSecret)).Verify([]byte(callback.Raw)),
			"while the key is changed")
	}
}

// TestCollision shows why a parameter of the page must not have a semicolon. Two sets of parameters have one signature.
func TestCollision(t *testing.T) {
	t.Parallel()
	c := readVectors(t).Collision
	require.NotEqual(t, c.A["payment_amount"], c.B["payment_amount"])
	for _, parameters := range []map[string]string{c.A, c.B} {
		raw, err := json.Marshal(parameters)
		require.NoError(t, err)
		signature, err := signer(t, c.Secret).Sign(raw)
		require.NoError(t, err)
		require.Equal(t, c.Signature, signature)
	}
}

// TestSortOrders checks that a message signed in any of the likely orders is accepted.
func TestSortOrders(t *testing.T) {
	t.Parallel()
	message := []byte(`{"a":[0,1,2,3,4,5,6,7,8,9,10,11],"address1":"x","address":"y","address 2":"z"}`)
	v, err := parseMessage(message)
	require.NoError(t, err)
	texts := map[string]bool{}
	for _, order := range []ordering{byPath, byPathBytes, byLine} {
		pairs, err := pairsOf(v)
		require.NoError(t, err)
		text := canonical(pairs, order)
		texts[text] = true
		signed := strings.Replace(string(message), "{", `{"general":{"signature":"`+
			sign(payneteasy.NewSecret("secret"), text)+`"},`, 1)
		require.NoError(t, signer(t, "secret").Verify([]byte(signed)))
	}
	require.Len(t, texts, 3)
}

// TestRefusedMessages checks that a refusal has a clear error and takes little memory.
func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]error{
		``: ErrMalformed, `null`: ErrMalformed, `[]`: ErrMalformed, `"x"`: ErrMalformed, `{`: ErrMalformed,
		`{}x`: ErrMalformed, `{} {}`: ErrMalformed,
		`{"signature":5}`: ErrMalformed, `{"signature":{}}`: ErrMalformed, `{"signature":[]}`: ErrMalformed,
		`{"signature":true}`:          ErrMalformed,
		`{"general":{"signature":5}}`: ErrMalformed,
		`{}`:                          ErrUnsigned, `{"signature":null}`: ErrUnsigned, `{"signature":""}`: ErrUnsigned,
		`{"general":[]}`: ErrUnsigned, `{"general":null}`: ErrUnsigned,
		`{"payment":{"signature":"x"}}`:                                  ErrUnsigned,
		`{"signature":"x"}`:                                              ErrForged,
		`{"signature":"x","signature":"y"}`:                              ErrMalformed,
		`{"a":{"b":1,"b":1},"signature":"x"}`:                            ErrMalformed,
		"{\"a\":\"\xff\"}":                                               ErrMalformed,
		strings.Repeat(`{"a":`, 33) + `1` + strings.Repeat(`}`, 33):      ErrMalformed,
		strings.Repeat(`[`, 1e5) + strings.Repeat(`]`, 1e5):              ErrMalformed,
		`{"a":"` + strings.Repeat("x", maxMessage) + `","signature":""}`: ErrMalformed,
		// it would grow to gigabytes
		`{"signature":"x","` + strings.Repeat("a", 125<<10) + `":[` + strings.Repeat("0,", 60<<10) +
			`0]}`: ErrMalformed,
	} {
		require.ErrorIs(t, signer(t, "secret").Verify([]byte(message)), want, "%.60s", message)
	}
	for _, key := range []string{"", " ", "\n"} {
		_, err := NewSigner(payneteasy.NewSecret(key))
		require.ErrorContains(t, err, "ecommpay: the secret key ")
		_, err = NewSigner(payneteasy.NewSecret("secret"), payneteasy.NewSecret(key))
		require.Error(t, err)
	}
}

// FuzzSigner checks that any message is refused or signed. A signed message verifies, and nothing else does.
func FuzzSigner(f *testing.F) {
	v := readVectors(f)
	for _, vector := range v.Vectors {
		f.Add([]byte(vector.JSON), uint16(3))
	}
	for _, callback := range v.Callbacks {
		f.Add([]byte(callback.Raw), uint16(50))
	}
	f.Add([]byte(`{"signature":5}`), uint16(1))
	s := signer(f, "secret")
	f.Fuzz(func(t *testing.T, message []byte, at uint16) {
		signature, err := s.Sign(message)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			require.Error(t, s.Verify(message))
			return
		}
		v, err := parseMessage(message)
		require.NoError(t, err)
		if v.get("signature").kind != null || len(v.fields) == 0 {
			return
		}
		for _, f := range v.fields {
			if f.name == "signature" { // null
				return
			}
		}
		signed := append([]byte(`{"signature":"`+signature+`",`),
			message[strings.IndexByte(string(message), '{')+1:]...)
		require.NoError(t, s.Verify(signed))
		changed := append([]byte(nil), signed...)
		changed[15+int(at)%80] ^= 1
		require.Error(t, s.Verify(changed))
	})
}

// TestLongNames checks that long names take little memory, although they are repeated for each value below them.
func TestLongNames(t *testing.T) { //nolint:paralleltest // it measures the heap
	client := testClient(t, "")
	for _, kib := range []int{8, 16, 32, 64, 250} {
		half := kib << 10 / 2
		body := `{"signature":"x","` + strings.Repeat("a", half) + `":[0` + strings.Repeat(",0", half/2) + `]}`
		var b, a runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&b)
		_, err := client.ParseCallback(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		runtime.ReadMemStats(&a)
		require.Error(t, err)
		require.Less(t, (a.TotalAlloc-b.TotalAlloc)>>20, uint64(64))
	}
}
