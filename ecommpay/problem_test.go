package ecommpay

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRefusalCode checks that the code of a refused registration is found in every place. Its place is not documented.
func TestRefusalCode(t *testing.T) {
	t.Parallel()
	for _, where := range []string{
		`"code":"317"`, `"code":317`, `"operation":{"code":"317","message":"Disabled"}`, `"errors":[{"code":"317"}]`,
		`"request":{"errors":[{"code":317}]}`,
		`"operations":[{"id":1,"code":"0"},{"id":2,"code":"317"}]`,
		`"operations":[{"id":10,"code":"317"},{"id":9,"code":"0"}]`,
	} {
		cb, err := parse(t, signed(t, `{"payment":{"id":"p","status":"error"},`+where+`}`))
		require.NoError(t, err)
		require.ErrorIs(t, cb.Refusal(), ErrPayoutsDisabled, where)
	}
}
