package payoutinput

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// damaged are values by the rule that refuses them, in every identifier except those that are listed beside them.
var damaged = map[string][]string{
	"thousand":      {"10,000", "123.000", "1,000"},
	"narrow column": {"#", "####", "##########"},
	"error value": {
		"#N/A", "#NA", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA",
		"#FIELD!", "#BLOCKED!", "#CONNECT!",
		"#BUSY!", "#UNKNOWN!", "#PYTHON!", "#ERROR!", "#n/a", "#Н/Д", "#НД", "#ЗНАЧ!", "#ССЫЛКА!", "#ДЕЛ/0!", "#ИМЯ?",
		"#ЧИСЛО!", "#ПУСТО!", "#WERT!", "#NV", "#BEZUG!",
		"#ZAHL!", "#¡VALOR!", "#¡REF!", "#¿NOMBRE?", "#VALEUR!", "#NOM?", "#I/T", "#NÉV?", "Err:502", "err:508",
	},
	"formula": {`="0987654321"`, "=A1", `=TEXT(A1,"0")`, "=1234567890", `="1001"`, "=", "=+1001"},
	"template": {
		"{{account}}", "{{ .Account }}", "${account}", "%s", "%d", "%v", "%-10s", "%(account)s", "%ACCOUNT%",
		"%!s(<nil>)", "%!d(string=1)", "<%= id %>", "$account_number", ":account",
	},
	"pointer": {"0xc000012345"},
	"filler": {
		"NULL", "null", "Null", "None", "none", "nil", "<nil>", "undefined", "NaN", "nan", "-nan", "NaT", "Infinity",
		"inf", "-inf", "-Infinity", "N/A", "n/a", "NA", "NA?", "N.A.",
		"<NA>", "(null)", "[NULL]", "<null>", `\N`, "TRUE", "False", "[object Object]", "-", "--", "---", "–", "—", "?",
		"???", ".", "...", "…", "*", "***", "TBD", "tba", "TODO", "unknown",
		"Unknown", "UNKNOWN.", "missing", "(none)", "(blank)", "[empty]", "DBNull", "not available", "Not Applicable",
		"no data", "нет данных", "Н/Д", "ИСТИНА", "ЛОЖЬ", "WAHR",
		"FAUX", "нет", "неизвестно", "keine Angabe", "Loading...", "ＮＵＬＬ", "see note", "N.A", "N / A", "+inf", "∞",
		"xxx", "XXXX", "undef", "/", "_", "无", "1.#INF", "-1.#IND",
	},
	"zeros": {"0", "00", "0000", "0000000000", "0.0", "0.00", "000-000", "0000 0000"},
	"brackets": {
		"{account}", "(123)", "(1001)", "[1001]", "<account>", "('1001',)", "b'1001'", "u'1001'",
		"Some(1001)", "{1001 true}", "map[id:1001]", "&{1001}", `Decimal('1001')`,
	},
	"quotes": {`"1001"`, `""1001""`, `1001"`, `"1001`, "“1001”", "„1001“", "«1001»", `12"34`, "＂1001＂"},
	"apostrophe": {
		"'0987654321", "’0987654321", "‘0987654321", "‘0987654321’", "'1001'", "`1001", "´1001", "1001'",
		"ʼ1001", "＇1001", "'a1",
	},
	"exponent": {
		"1.23E15", "1.23e+15", "1.23E+15", "1,23E+15", "1,23e15", "1E15", "1e15", "1e+15", "1.234567890123457e+18",
		"1.E15", "12.3E+14", "123.4E+9", "+1.23E+15", "-1.23E+15", "1.23E-05", "2E-7",
		"1.23Е+15", "1.23E−15", "1.23 E+15", "１.２３E+15", "1.23x10^15", "1.23×10^15", "1.23*10^15", "1234567e+12", "1e5",
		"9.99E+101",
		"1.23457E+", "1.234567E", "1,23457e-", "1E+", "12.3E", "-1.2E+", "1.E",
	},
	"float": {
		"1001.0", "1001.00", "1001,0", "1234567890.0", "1234567890,00", "1001.", "1001.000000", "+1001.0",
		"-1001.0", "１００１.0", "0987654321.0", "12345678901234567890.0",
	},
	"grouping": {"1,234,567,890", "1,001", "1'234'567", "1’234’567", "1,234,567.00", "12,34,567,890", "1`234"},
	"negative": {"-1001", "−1001", "-1234567890"},
	"date":     {"2026-11-30 00:00:00", "2026-11-30T00:00:00Z", "30.11.2026 00:00"},
	"script":   {"１２３４５６７８９０", "١٢٣٤٥٦٧٨٩٠", "۱۲۳۴", "१२३४", "1001١", "A１"},
}

// damagedStrictly are values that are refused where only ASCII letters and digits make sense.
var damagedStrictly = map[string][]string{
	"decimal": {"10.42", "45992.5", "1234567890.5", "40817810.125", "1234.567", "12345678.0625"},
	"signs":   {"+-1", "--12345678", "-+12345678", "−−1", "++1"},
	"float": {
		"GB33BUKB20201555555555.0", "DE89370400440532013000.00", "ACC123.0", "ACC-1.0",
		"19-2000145399/0800.0",
	},
	"literal":     {"1_234_567_890", "0x499602D2", "123456789L", "1234567890n", "1..2"},
	"masked":      {"****1234", "XXXX1111", "1234...7890", "411111xxxx1111", "1234…7890"},
	"number sign": {"#1001", "#A-17", "#1234567890"},
	"exponent":    {"1234567E15", "12345e67"},
	"grouping": {
		"1.234.567.890", "1.234", "1 234 567 890", "1 234 567 890", "1 234", "12345 67890",
		"1234 5678 9012 3456", "61 1090 1014 0000 0712 1981 2874",
	},
	"date": {
		"2034-12-05", "12.03.2004", "12/03/2004", "3-Dec", "Mar-04", "03-mar-26",
		"1899-12-30", "1900-01-00", "0/1/00", "0001-01-01", "1970-01-01", "9999-12-31", "30.12.1899", "05.12.34",
		"5.12.34", "12/05/34", "5/12/34", "05/31/26",
		"05/dez", "5-Dez", "05.дек", "3-мар-26", "5 Dez", "5. Dez", "12-août", "Mai-26", "авг-26", "dic/2026", "3-Dec.",
	},
	"blank":    {"GB82 WEST 1234 5698 7654 32", "GB82\u00a0WEST", "GB82\u202fWEST", "GB82\u200bWEST", "12A 34"},
	"letters":  {"GB82WЕST12345698765432", "АB123", "é123", "12½", "£12"},
	"spelling": {"12;34", "A,B1", "1001%", "$1001", "x|1", "A1\x01"},
}

// sounds are right values, by column. None may be refused, whatever it looks like.
var sounds = map[string][]string{
	"client_orderid": {
		"1001", "01001", "INV-2026-11", "INV/2026/11", "E15", "A1E15", "1E15A", "E-15", "12345e67", "1234567e89",
		"1e2026", "7f3e9a", "123e4567-e89b-12d3-a456-426614174000",
		"{123e4567-e89b-12d3-a456-426614174000}", "#1001", "#A-17", "None-1", "NULL-1", "NA-1", "TRUE-1",
		"null-island-1", "2026-11-30", "2026.11.30", "1.5", "1.001", "2026.001",
		"1001.1", "1001-0", "1001_0", "выплата-1", "выплата", "O'Brien-1", "a b", "id 1001", "salary 2026 11", "p:1",
		"a=1", "a@b", "50%", "1/0", "x", "00-1", "Jan-salary", "1,5-a", "5e", "0x1A", "-a", "(a)-1",
	},
	"merchant_customer_identifier": {"jane", "jane@example.com", "7", "c-0007"},
	"account_number": {
		"1234567890", "0987654321", "1", "GB82WEST12345698765432", "gb82west12345698765432", "DE89370400440532013000",
		"40817810099910004312", "19-2000145399/0800", "01-0902-0068389-00",
		"1234.56.78903", "ACC123", "123ABC", "12E345678", "jane@upi", "+5511999999999",
		"123e4567-e89b-12d3-a456-426614174000", "00012345", "9999999999", "E15", "1_2",
		"PERRO.GATO.CASA", "perro.gato.casa", "MIALIAS", "juan-perez.mp", "MAYO.JUNIO.SOL", "casa.mar", "1234567-8",
		"12-34-5678901", "XXX.GATO.CASA",
	},
	"routing_number": {"021000021", "12-34-56", "05-12-34", "SBIN0001234", "044525225"},
	"bank_bic": {
		"DEUTDEFF", "DEUTDEFF500", "044525225", "BUKBGB22XXX", "CHASUS33XXX", "COBADEFFXXX", "chasus33xxx",
		"COBADEF1XXX", "XXXXGB22", "AXXXGB2LXXX",
	},
	"bank_code": {"044525225", "SBER", "BANK-01"},
	"crypto_wallet_address": {
		"1BoatSLRHtKNngkdXEeobR76b53LETtpyT",
		"0x52908400098527886E0F7030069857D2E4169EE7", "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
		"EQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p4q2", "jane.near", "bc1q5xxx7lcp0z5n4w9kf8vhzpt2e0pcdhg3s2d4q6",
		"TXxX3kqYJ3bZ2o3n8Z2o3n8Z2o3n8Z2o3n", "1xxx2BoatSLRHtKNngkdXEeobR76b53LET",
		"rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh?dt=1",
	},
	"ewallet_wallet": {
		"jane", "+7 999 123-45-67", "jane@example.com", "$jane", "12.345.678",
		"79991234567", "Яна", "user0xxx1", "xxx1jane", "mai.2004", "mar.26",
	},
	"receiver_inn": {
		"7707083893", "500100732259", "123.456.789-09", "12.345.678/0001-95",
		"12.345.678-5", "12.345.678",
	},
	"receiver_phone":                    {"+7 999 123-45-67", "(999) 123-45-67", "8 800 555 35 35", "79991234567"},
	"receiver_identity_document_number": {"45 03 123456", "IV-МЮ 123456", "12.345.678", "AB1234567"},
	"legal_person_document_number":      {"1027700132195", "HRB 1234"},
	"credit_card_number":                {"4111111111111111"},
	"cvv2":                              {"000", "123", "0123"},
	"expire_month":                      {"01", "12"},
	"customer_id":                       {"7"},
	// Names and texts are never checked.
	"account_name":       {"Null", "None", "True", "NaN", "-", "O’Neil", "=", "Unknown", "Null, Jane", "1001.0"},
	"receiver_last_name": {"Null", "None", "N/A", "Nan"},
	"bank_name":          {"None", "Bank 24.0"},
	"purpose":            {"NULL", "salary 1.0", "=", "'", "50%"},
}

// ruleOf returns the kind of the rule that refuses a value.
func ruleOf(name, value string) string {
	rule := Damage(name, value)
	at := slices.IndexFunc(damageRules, func(r damageRule) bool {
		whole := strings.TrimSuffix(r.rule, orLeaveEmpty)
		return rule != "" && strings.HasSuffix(strings.TrimSuffix(rule, orLeaveEmpty), whole)
	})
	if at < 0 {
		return rule
	}
	return damageRules[at].kind
}

// TestDamagedIdentifiers checks that damage by spreadsheets and programs in an ID or an account is refused and named.
func TestDamagedIdentifiers(t *testing.T) {
	t.Parallel()
	for kind, values := range damaged {
		for _, value := range values {
			for _, name := range []string{"client_orderid", "account_number"} {
				require.Equal(t, kind, ruleOf(name, value), "%s %s", name, value)
			}
			for name, of := range Identifiers {
				// (999) 123 is the beginning of a phone number
				phone := of.grouped && slices.Contains([]string{"(123)", "(1001)"}, value)
				if !of.zeros || kind != "zeros" {
					require.True(t, phone || ruleOf(name, value) != "", "%s %s %s", kind, name, value)
				}
			}
		}
	}
}

// TestStrictIdentifiers checks values that are refused in an account and allowed in a free ID.
func TestStrictIdentifiers(t *testing.T) {
	t.Parallel()
	for kind, values := range damagedStrictly {
		for _, value := range values {
			require.Equal(t, kind, ruleOf("account_number", value), "account_number %s", value)
			for name, of := range Identifiers {
				if !of.free {
					require.NotEmpty(t, ruleOf(name, value), "%s %s", name, value)
				}
			}
		}
	}
}

// TestDamageByColumn checks the rules of single columns.
func TestDamageByColumn(t *testing.T) {
	t.Parallel()
	spreadsheetErrors := []string{"#N/A", "#NAME?", "#ЗНАЧ!", "Err:502", "#REF!"}
	for _, test := range []struct {
		name, kind string
		values     []string
	}{
		{"account_number", "words", []string{
			"account", "Jane", "pending", "IBAN", "Account.Number", "no-account", "ABCDE", "PERRO_GATO_CASA",
			"MORE.THAN.TWENTY.LETTERS", "PERRO.GATO.",
		}},
		{"routing_number", "words", []string{"PERRO-GATO"}},
		{"bank_bic", "masked", []string{"DEUT**FF", "DEUTDEFF...", "0445xxx25", "xxxx25225", "044525XXX"}},
		{"crypto_wallet_address", "masked", []string{"bc1q5**7lcp0", "bc1q5...7lcp0", "bc1q5…7lcp0"}},
		{"ewallet_wallet", "masked", []string{"7999***4567", "7999xxx4567", "XXXX4567", "7999...4567"}},
		{"account_name", "error value", spreadsheetErrors},
		{"receiver_last_name", "error value", spreadsheetErrors},
		{"bank_name", "narrow column", []string{"#####"}},
		{"customer_id", "digits", []string{"x"}},
	} {
		for _, value := range test.values {
			require.Equal(t, test.kind, ruleOf(test.name, value), "%s %s", test.name, value)
		}
	}
	for _, value := range []string{"1.234.567", "1 001", "1\u00a0001", "a\u200bb"} {
		require.NotEmpty(t, ruleOf("client_orderid", value), value)
	}
}

// TestSoundValues checks that right values are not refused.
func TestSoundValues(t *testing.T) {
	t.Parallel()
	for name, values := range sounds {
		for _, value := range values {
			require.Empty(t, ruleOf(name, value), "%s %s", name, value)
		}
	}
}

// TestIdentifiers checks that the table has every documented parameter that can name an account or an order, and no
// other.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	for name := range Identifiers {
		require.True(t, IsParameter(name), name)
	}
	for _, name := range DestinationColumns {
		require.Contains(t, Identifiers, name)
	}
	texts := strings.Fields(`amount currency order_desc ipaddress purpose server_callback_url notify_url redirect_url
		redirect_success_url redirect_fail_url card_printed_name account_name ewallet_type bank_name bank_branch
		bank_city bank_address1 bank_zip_code bank_province bank_area legal_person_name receiver_first_name
		receiver_last_name receiver_birthday receiver_country_code receiver_state receiver_city receiver_zip_code
		receiver_address1 receiver_email merchant_data customer_level`)
	require.ElementsMatch(t, Parameters(), slices.Concat(texts, slices.Collect(maps.Keys(Identifiers))))
	kinds := slices.Sorted(maps.Keys(damaged))
	kinds = append(kinds, slices.Collect(maps.Keys(damagedStrictly))...)
	kinds = append(kinds, "words", "digits")
	for _, rule := range damageRules {
		require.Contains(t, kinds, rule.kind, "each rule has a value in the tables")
	}
}

// TestDamageHidesValues checks that the message about a damaged account shows no part of its number.
func TestDamageHidesValues(t *testing.T) {
	t.Parallel()
	require.NotContains(t, Damage("ewallet_wallet", "'jane"), "jane")
	require.NotContains(t, Damage("account_number", "ABCDEF"), "ABCDEF")
	require.Equal(t, "NULL is a filler for a missing value: write the value, or leave the cell empty",
		Damage("account_number", "NULL"))
	require.Equal(t, "is a filler for a missing value: write the value", Damage("client_orderid", "NULL"),
		"it is required")
	for _, kind := range []map[string][]string{damaged, damagedStrictly} {
		for _, values := range kind {
			for _, value := range values {
				if strings.Count(value, "4") > 0 && len(value) > 7 {
					require.NotContains(t, Damage("account_number", value), value)
				}
			}
		}
	}
}
