package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/exit"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/signing"
	"github.com/payneteasy-go/payneteasy/cmd/payneteasy/internal/terminal"
	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// configDir makes a directory with a file of profiles, and the key and control key of a fake gateway's merchant.
func configDir(t *testing.T, profiles string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range map[string]string{
		"config.toml": profiles, "merchant.pem": string(payneteasytest.MerchantKeyPEM()),
		"control.txt": payneteasytest.ControlKey + "\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

const sandboxProfile = `
[profiles.sandbox]
base_url = "https://sandbox.example/paynet"
login = "Sandbox"
endpoint_id = 1
private_key_file = "merchant.pem"
control_key_file = "control.txt"
`

// TestProfileFaults checks that a fault in a file of profiles is reported with its line, and without secrets.
func TestProfileFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, content string
		says          string
	}{
		{
			"no TOML", "default = \"sandbox\"\n[profiles.sandbox]\ncontrol_key = 80236479",
			"line 3: profiles.sandbox.control_key is a whole number, and must be a text between quotes",
		},
		{
			"a value without quotes", "[profiles.sandbox]\ncontrol_key = s80236479\n",
			"line 2: it is not TOML, at or after",
		},
		{
			"an unknown setting", sandboxProfile + "control_kee = \"s80236479\"\n",
			"line 8: profiles.sandbox.control_kee is not a setting: did you mean control_key?",
		},
		{
			"an unknown setting over lines", "x = [\n1,\n2]\n" + sandboxProfile,
			"line 1: x is not a setting: a profile is [profiles.NAME]",
		},
		{
			"several", "x = 1\n" + sandboxProfile + "y = 1\n",
			"line 1: x is not a setting: a profile is [profiles.NAME]; line 9: profiles.sandbox.y is not a setting\n",
		},
		{
			"a setting with a hyphen", sandboxProfile + "group-id = 80236479\n",
			"line 8: profiles.sandbox.group-id is not a setting: did you mean group_id?",
		},
		{
			"a setting like no other", sandboxProfile + "password = \"s80236479\"\n",
			"line 8: profiles.sandbox.password is not a setting\n",
		},
		{
			"behind texts over lines", "default = \"\"\"\nx = 1\"\"\"\n" + sandboxProfile +
				"z = '''\ny = 80236479'''\n",
			"line 10: profiles.sandbox.z is not a setting\n",
		},
		{
			"behind lists and comments",
			"# x = \"\n[profiles.a]\nprivate_key_command = [ # '\n\"]\", 'x = 1',\n]\nlogim = 's80236479'",
			"line 6: profiles.a.logim is not a setting: did you mean login?",
		},
		{
			"behind dots", "profiles.a.logim = 's80236479'",
			"line 1: profiles.a.logim is not a setting: did you mean login?",
		},
		{
			"in a table of one line", "profiles = {a = {login = \"L\", logim = \"s80236479\"}}",
			"line 1: profiles.a.logim is not a setting: did you mean login?",
		},
		{
			"in a profile with quotes", "[profiles.\"a b\"]\n'logim' = 's80236479'",
			"line 2: profiles.\"a b\".logim is not a setting: did you mean login?",
		},
		{
			"outside of a profile", "login = \"s80236479\"\n" + sandboxProfile,
			"line 1: login is not a setting: put it under [profiles.NAME]",
		},
		{
			"outside, of all profiles", "[profiles]\nlogin = \"s80236479\"\n",
			"line 2: profiles.login is not a profile: put settings under [profiles.NAME]",
		},
		{
			"a default in a profile", sandboxProfile + "default = \"s80236479\"\n",
			"line 8: profiles.sandbox.default is not a setting of a profile: put it before the first [table]",
		},
		{
			"a default misspelt", "defaut = \"s80236479\"\n" + sandboxProfile,
			"line 1: defaut is not a setting: did you mean default?",
		},
		{
			"a profile outside of profiles", strings.Replace(sandboxProfile, "profiles.", "", 1),
			"line 2: sandbox is not a setting: a profile is [profiles.NAME]\n",
		},
		{
			"profiles misspelt", strings.Replace(sandboxProfile, "profiles.", "profile.", 1),
			"line 2: profile is not a setting: did you mean [profiles.NAME]?\n",
		},
		{
			"a setting twice", sandboxProfile + "login = \"s80236479\"\n",
			"line 8: profiles.sandbox.login is duplicated: remove one",
		},
		{"a profile twice", sandboxProfile + sandboxProfile, "line 9: profiles.sandbox is duplicated: remove one"},
		{"very many settings", strings.Repeat("a", 1000) + " = 80236479\n" + manySettings(), "and 991 more"},
		{"more than 64 KiB", sandboxProfile + strings.Repeat("# 80236479\n", 1<<17), "it is longer than 64 KiB"},
		{
			"a key of very many parts", "a" + strings.Repeat(".a", 32_000) + " = 80236479",
			"line 1: it has more than 100 dots and brackets outside of texts",
		},
		{
			"lists in lists", sandboxProfile + "x = " + strings.Repeat("[", 32_000),
			"line 8: it has more than 100 dots and brackets outside of texts",
		},
		{
			"tables in tables", "\nx = " + strings.Repeat("{a = ", 12_000),
			"line 2: it has more than 100 dots and brackets outside of texts",
		},
		{
			"a table of very many parts", "# a\n[a" + strings.Repeat(".a", 32_000) + "]",
			"line 2: it has more than 100 dots and brackets outside of texts",
		},
		{"UTF-16", "\xff\xfed\x00", "it is UTF-16: save it as UTF-8"},
		{"windows-1251", sandboxProfile + "# \xef\xf0", "it is not UTF-8 at character"},
		{
			"typographic quotes", "[profiles.a]\nlogin = “s80236479”",
			"line 2: it is not TOML, at or after profiles.a.login: the value begins with U+201C (left double " +
				"quotation mark): write straight quotes",
		},
		{
			"a no-break space", "[profiles.a]\n\u00a0login = 's80236479'",
			"line 2: it is not TOML, at or after profiles.a: the line has U+00A0 (no-break space) at character 1",
		},
		{
			"a default that does not exist", "default = \"production\"\n" + sandboxProfile,
			"default names production, which is not a profile; the profiles are: sandbox",
		},
		{
			"an endpoint in words", "[profiles.sandbox]\nendpoint_id = \"1\"",
			"line 2: profiles.sandbox.endpoint_id is a text between quotes, and must be a whole number",
		},
		{
			"a negative endpoint", "[profiles.sandbox]\nendpoint_id = -1",
			"profile sandbox: endpoint_id and group_id are positive numbers",
		},
		{"an endpoint and a group", sandboxProfile + "group_id = 2", "both endpoint_id and group_id: remove one"},
		{
			"two private keys", sandboxProfile + "private_key_command = [\"a\"]",
			"it has both private_key_file and private_key_command: remove one",
		},
		{
			"two control keys", sandboxProfile + "control_key = \"s80236479\"",
			"more than one of control_key, control_key_file and control_key_command",
		},
		{"a command of nothing", "[profiles.sandbox]\nprivate_key_command = []", "private_key_command is empty"},
		{
			"a command in one word", "[profiles.sandbox]\nprivate_key_command = \"pass show s80236479\"",
			"line 2: profiles.sandbox.private_key_command is a text between quotes, and must be a list of texts",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := configDir(t, test.content)
			r := call(t, nil, "", "config", "list", "--config", filepath.Join(dir, "config.toml"))
			require.Equal(t, exit.Usage, r.status, r)
			require.Contains(t, r.stderr, "config.toml: ")
			require.Contains(t, r.stderr, test.says)
			require.NotContains(t, r.stderr, "80236479")
			require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
		})
	}
}

func manySettings() string {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString("x" + strconv.Itoa(i) + " = 80236479\n")
	}
	return b.String()
}

// TestDamagedValues checks that a damaged value is reported with its source and the damage, for every source. The value
// itself is not shown.
func TestDamagedValues(t *testing.T) {
	t.Parallel()
	pem := string(payneteasytest.MerchantKeyPEM())
	key := file(t, pem)
	sign := func(flags ...string) []string { return append([]string{"sign", "https://a.example/"}, flags...) }
	control := func(flags ...string) []string {
		return append([]string{"control", "callback", "--status", "a", "--orderid", "1", "--client-orderid", "b"},
			flags...)
	}
	indented := "  " + strings.ReplaceAll(pem, "\n", "\n  ")
	signWith := func(content string) []string { return sign("--login", "L", "--key", file(t, content)) }
	verifyWith := func(content string) []string {
		return []string{"verify", "--url", "https://a.example/", "--key", file(t, content)}
	}
	controlWith := func(content string) []string { return control("--control-key-file", file(t, content)) }
	for _, test := range []struct {
		name string
		env  []string
		args []string
		says string
	}{
		{
			"login by flag", nil, sign("--key", key, "--login", "s8023\u200b6479"),
			"--login has U+200B (zero width space) at character 6: copy it again without it",
		},
		{
			"login by variable",
			[]string{`PAYNETEASY_LOGIN="s80236479"`},
			sign("--key", key),
			"PAYNETEASY_LOGIN begins with U+0022 (quotation mark) and ends with U+0022 (quotation mark): remove the " +
				"quotes around it",
		},
		{
			"several",
			[]string{
				"PAYNETEASY_LOGIN=s80236479 ", "PAYNETEASY_BASE_URL='https://s80236479",
				"PAYNETEASY_ENDPOINT_ID=8023\u00a06479",
			},
			sign("--key", key),
			"PAYNETEASY_BASE_URL begins with U+0027 (apostrophe): remove the quotes around it; PAYNETEASY_LOGIN " +
				"ends with U+0020 (space): copy it again without it;" +
				" PAYNETEASY_ENDPOINT_ID has U+00A0 (no-break space) at character 5",
		},
		{
			"control key by variable",
			[]string{"PAYNETEASY_CONTROL_KEY=s8023\u00ad6479"},
			control(),
			"PAYNETEASY_CONTROL_KEY has U+00AD (soft hyphen) at character 6: copy it again without it",
		},
		{
			"control key with a mark", nil, controlWith("\ufeffs80236479\r\n"),
			"--control-key-file has U+FEFF (zero width no-break space, a byte order mark) at character 1",
		},
		{
			"control key in UTF-16", nil, controlWith("\xff\xfes\x008\x00"),
			"--control-key-file is UTF-16: save it as UTF-8",
		},
		{
			"control key of two lines", nil, controlWith("s8023\n6479\n"),
			"--control-key-file has U+000A (line break, LF) at character 6",
		},
		{
			"control key in quotes", nil, controlWith("»s80236479«"),
			"--control-key-file begins with U+00BB (right-pointing double angle quotation mark)",
		},
		{"empty control key", nil, controlWith(""), "--control-key-file: it is empty"},
		{
			"control key in a directory", nil, control("--control-key-file", t.TempDir()),
			"--control-key-file: it is a directory",
		},
		{"key in a directory", nil, sign("--login", "L", "--key", t.TempDir()), "--key: it is a directory"},
		{"empty key", nil, signWith(""), "--key: private key: no PEM block found: it is empty"},
		{
			"path in quotes",
			[]string{"PAYNETEASY_PRIVATE_KEY_FILE='s80236479.pem'", "PAYNETEASY_LOGIN=L"},
			sign(),
			"PAYNETEASY_PRIVATE_KEY_FILE: no such file or directory: the path begins with U+0027 (apostrophe) and " +
				"ends with U+0027 (apostrophe): remove the quotes around it",
		},
		{
			"key in quotes", nil, signWith("'" + pem + "'"),
			"--key: private key: it begins with U+0027 (apostrophe): remove the quotes around it",
		},
		{
			"key with written line breaks", nil, signWith(strings.ReplaceAll(pem, "\n", `\n`)),
			`--key: private key: it has \n, two characters, where line breaks must be: write line breaks`,
		},
		{"key in UTF-16", nil, signWith("\xfe\xff\x00-\x00-"), "--key: private key: it is UTF-16: save it as UTF-8"},
		{
			"indented key", nil, signWith(indented),
			"--key: private key: its lines are indented: remove the spaces before them",
		},
		{
			"indented key to verify with", nil, verifyWith(indented),
			"--key: its lines are indented: remove the spaces before them",
		},
		{
			"dashes of a key to verify with", nil, verifyWith(strings.ReplaceAll(pem, "--", "\u2014")),
			"--key: its BEGIN line has U+2014 (em dash): write five hyphens, -----",
		},
	} {
		r := call(t, test.env, "", test.args...)
		require.Equal(t, exit.Usage, r.status, "%s: %s", test.name, r)
		require.Contains(t, r.stderr, "payneteasy: configuration: "+test.says, test.name)
		require.NotContains(t, r.stdout+r.stderr, "8023", test.name)
		require.NotContains(t, r.stdout+r.stderr, "6479", test.name)
	}
}

// TestDamagedProfiles checks that config check reports a damaged value of a profile in one line.
func TestDamagedProfiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to, says string }{
		"login": {
			`"Sandbox"`, "\"Sand\u200fbox\"",
			"login of profile sandbox has U+200F (right-to-left mark) at character 5: copy it again without it",
		},
		"base_url": {
			`"https://sandbox`, `" https://sandbox`,
			"base_url of profile sandbox begins with U+0020 (space): copy it again without it",
		},
		"control_key": {
			`control_key_file = "control.txt"`, "control_key = \"\u201csecret\u201d\"",
			"control_key of profile sandbox begins with U+201C (left double quotation mark) and ends with U+201D " +
				"(right double quotation mark): remove the quotes around it",
		},
		"key file":  {`"merchant.pem"`, `"'merchant.pem'"`, "'merchant.pem': no such file or directory"},
		"directory": {`"merchant.pem"`, `"."`, ": it is a directory"},
	} {
		dir := configDir(t, strings.Replace(sandboxProfile, test.from, test.to, 1))
		r := call(t, nil, "", "config", "check", "--config", filepath.Join(dir, "config.toml"))
		require.Equal(t, exit.Usage, r.status, name)
		require.Contains(t, r.stdout, test.says, name)
		require.True(t, strings.HasPrefix(r.stdout, "sandbox: "), r.stdout)
		require.Equal(t, 1, strings.Count(r.stdout, "\n"), r.stdout)
		require.NotContains(t, r.stdout, "secret")
	}
}

// TestAllFaultsOfAProfile checks that config check names all faults at once, and runs each key command only once.
func TestAllFaultsOfAProfile(t *testing.T) {
	t.Parallel()
	onUnix(t)
	dir := configDir(t, strings.NewReplacer(`"Sandbox"`, `"'Sandbox"`, `control_key_file = "control.txt"`,
		`control_key_command = ["printf", "'k"]`,
		`private_key_file = "merchant.pem"`,
		`private_key_command = ["sh", "-c", "echo run >&2; echo x"]`).Replace(sandboxProfile))
	r := call(t, nil, "", "config", "check", "--config", filepath.Join(dir, "config.toml"))
	require.Equal(t, result{
		exit.Usage, "sandbox: login of profile sandbox begins with U+0027 (apostrophe): remove the quotes around it; " +
			"private_key_command of profile sandbox: private key: no PEM block found: it begins with a line " +
			"-----BEGIN …-----; " +
			"control_key_command of profile sandbox begins with U+0027 (apostrophe): remove the quotes around it\n",
		"run\n",
	}, r)
}

// TestPrivateFiles checks that config check refuses files that other users can read or change.
func TestPrivateFiles(t *testing.T) {
	t.Parallel()
	onUnix(t)
	for _, name := range []string{"config.toml", "merchant.pem", "control.txt"} {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602} {
			dir := configDir(t, sandboxProfile)
			path := filepath.Join(dir, name)
			require.NoError(t, os.Chmod(path, mode))
			r := call(t, nil, "", "config", "check", "--config", filepath.Join(dir, "config.toml"))
			require.Equal(t, exit.Usage, r.status, r)
			require.Contains(t, r.stdout+r.stderr, "others can read or change it: chmod 600 "+terminal.Quote(path))
			require.NoError(t, os.Chmod(path, 0o600))
			r = call(t, nil, "", "config", "check", "--config", filepath.Join(dir, "config.toml"))
			require.Equal(t, result{exit.Done, "sandbox: ok\n", ""}, r)
		}
	}
	// For a file that a flag or a variable names, there is only a warning.
	key := file(t, string(payneteasytest.MerchantKeyPEM()))
	require.NoError(t, os.Chmod(key, 0o644))
	r := call(t, nil, "", "sign", "--login", "L", "--key", key, "https://a.example/")
	require.Zero(t, r.status, r)
	require.Equal(t, "payneteasy: warning: others can read or change the file of --key: chmod 600 "+terminal.Quote(key)+
		"\n", r.stderr)
}

// TestSources checks which source of the configuration is used, by the login in the signed request. Sources are never
// mixed.
func TestSources(t *testing.T) {
	t.Parallel()
	dir := configDir(t, "default = \"sandbox\"\n"+
		sandboxProfile+strings.NewReplacer("profiles.sandbox", "profiles.production", "Sandbox",
		"Production").Replace(sandboxProfile))
	config := filepath.Join(dir, "config.toml")
	withoutDefault := filepath.Join(configDir(t, sandboxProfile), "config.toml")
	key := filepath.Join(dir, "merchant.pem")
	for _, test := range []struct {
		name  string
		env   []string
		flags []string
		login string // or the error
	}{
		{"the default", nil, nil, "Sandbox"},
		{"a profile by flag", nil, []string{"--profile", "production"}, "Production"},
		{"a profile by variable", []string{"PAYNETEASY_PROFILE=production"}, nil, "Production"},
		{
			"the flag takes precedence over the variable",
			[]string{"PAYNETEASY_PROFILE=production"},
			[]string{"--profile", "sandbox"},
			"Sandbox",
		},
		{"a flag replaces a value", nil, []string{"--profile", "production", "--login", "Other"}, "Other"},
		{
			"variables, and no default",
			[]string{"PAYNETEASY_LOGIN=Variable", "PAYNETEASY_PRIVATE_KEY_FILE=" + key},
			nil,
			"Variable",
		},
		{
			"not all variables: nothing comes from the default",
			[]string{"PAYNETEASY_LOGIN=Variable"},
			nil,
			"missing: --key or PAYNETEASY_PRIVATE_KEY_FILE; the default profile sandbox is not used, because " +
				"PAYNETEASY_LOGIN is set: unset it, or use --profile\n",
		},
		{
			"two variables",
			[]string{"PAYNETEASY_LOGIN=Variable", "PAYNETEASY_CONTROL_KEY=x"},
			nil,
			"because PAYNETEASY_LOGIN, PAYNETEASY_CONTROL_KEY are set: unset them, or use --profile\n",
		},
		{
			"a variable that is left over",
			[]string{"PAYNETEASY_LOGIN=Variable", "PAYNETEASY_PRIVATE_KEY_FILE=x"},
			[]string{"--profile", "production"},
			"Production",
		},
		{
			"a profile and variables",
			[]string{"PAYNETEASY_PROFILE=sandbox", "PAYNETEASY_GROUP_ID=1"},
			nil,
			"PAYNETEASY_PROFILE and PAYNETEASY_GROUP_ID are both set: unset one of them, or use --profile",
		},
		{
			"a profile and variables, and a flag",
			[]string{"PAYNETEASY_PROFILE=sandbox", "PAYNETEASY_GROUP_ID=1"},
			[]string{"--profile", "production"},
			"Production",
		},
		{
			"a file and variables",
			[]string{"PAYNETEASY_LOGIN=Variable"},
			[]string{"--config", config},
			"--config and PAYNETEASY_LOGIN are both given",
		},
		{
			"no such profile", nil,
			[]string{"--profile", "nowhere"},
			"config.toml has no profile nowhere; the profiles are: production, sandbox",
		},
		{"an empty profile", nil, []string{"--profile", ""}, "--profile or --config is empty"},
		{"no such file", nil, []string{"--config", "nowhere.toml"}, "nowhere.toml: "},
		{
			"no file of profiles",
			[]string{"PAYNETEASY_CONFIG=", "XDG_CONFIG_HOME=" + t.TempDir()},
			[]string{"--profile", "sandbox"},
			"profile sandbox: there is no ",
		},
		{
			"nothing",
			[]string{"PAYNETEASY_CONFIG="},
			nil,
			"missing: --login or PAYNETEASY_LOGIN; --key or PAYNETEASY_PRIVATE_KEY_FILE\n",
		},
		{
			"no default",
			[]string{"PAYNETEASY_CONFIG=" + withoutDefault},
			nil,
			"PAYNETEASY_PRIVATE_KEY_FILE; or choose a profile with --profile: sandbox\n",
		},
		{
			"no default, all by flags",
			[]string{"PAYNETEASY_CONFIG=" + withoutDefault},
			[]string{"--login", "Flag", "--key", key},
			"Flag",
		},
		{
			"where XDG has it",
			[]string{"PAYNETEASY_CONFIG=", "XDG_CONFIG_HOME=" + home(t, config, "payneteasy")},
			nil,
			"Sandbox",
		},
		{"at home", []string{"PAYNETEASY_CONFIG=", "HOME=" + home(t, config, ".config/payneteasy")}, nil, "Sandbox"},
		{"a misspelt variable", []string{"PAYNETEASY_PROFIL=sandbox"}, nil, "PAYNETEASY_PROFIL: not one of "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := call(t, append([]string{"PAYNETEASY_CONFIG=" + config}, test.env...), "",
				append([]string{"sign", "-o", "json", "https://a.example/"}, test.flags...)...)
			if r.status != exit.Done {
				require.Equal(t, exit.Usage, r.status, r)
				require.Contains(t, r.stderr, test.login)
				require.Empty(t, r.stdout)
				return
			}
			var out signing.Signed
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &out))
			require.Equal(t, test.login, out.OAuth["oauth_consumer_key"])
		})
	}
}

// home makes a home directory with this file of profiles and the keys that it names.
func home(t *testing.T, config, under string) string {
	t.Helper()
	home := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(home, under)), 0o700))
	require.NoError(t, os.CopyFS(filepath.Join(home, under), os.DirFS(filepath.Dir(config))))
	for _, name := range []string{"config.toml", "merchant.pem", "control.txt"} {
		require.NoError(t, os.Chmod(filepath.Join(home, under, name), 0o600))
	}
	return home
}

// TestKeyCommands checks that key commands run without a shell. The output of a failed command is not shown.
func TestKeyCommands(t *testing.T) {
	t.Parallel()
	onUnix(t)
	dir := configDir(t, "")
	profile := func(key, control string) string {
		return "[profiles.p]\nbase_url = \"https://a.example\"\nlogin = \"L\"\nendpoint_id = 1\n" +
			"private_key_command = " + key + "\ncontrol_key_command = " + control + "\n"
	}
	cat := `["cat", "` + filepath.Join(dir, "merchant.pem") + `"]`
	for _, test := range []struct {
		name, content string
		says          string // empty if the profile is valid
	}{
		{"good", profile(cat, `["printf", "%s\n", "s80236479"]`), ""},
		{
			"from stdin, where a person types",
			strings.Replace(sandboxProfile, "control_key_file = \"control.txt\"",
				`control_key_command = ["head", "-n1"]`, 1), "",
		},
		{
			"two line breaks", profile(cat, `["printf", "%s\n\n", "s80236479"]`),
			"control_key_command of profile p has U+000A (line break, LF) at character 10",
		},
		{"nothing", profile(cat, `["true"]`), "control_key_command of profile p: it is empty"},
		{
			"a command that fails", profile(cat, `["sh", "-c", "echo s80236479; exit 3"]`),
			"control_key_command of profile p: exit status 3",
		},
		{
			"no such command", profile(`["no-such-command-here"]`, `["true"]`),
			"private_key_command of profile p: exec: \"no-such-command-here\": executable file not found",
		},
		{"no key", profile(`["echo", "s80236479"]`, `["true"]`), "private_key_command of profile p: private key: "},
		{"no shell", profile(cat, `["echo $HOME"]`), "control_key_command of profile p: exec: \"echo $HOME\""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			config := filepath.Join(configDir(t, test.content), "config.toml")
			r := call(t, nil, "s80236479\n", "config", "check", "--config", config)
			require.NotContains(t, r.stdout+r.stderr, "80236479")
			if test.says == "" {
				require.Zero(t, r.status, r)
				require.Contains(t, r.stdout, ": ok\n")
				return
			}
			require.Equal(t, exit.Usage, r.status, r)
			require.Contains(t, r.stdout, test.says)
		})
	}
}

func TestProfileCompletion(t *testing.T) {
	t.Parallel()
	config := filepath.Join(configDir(t, sandboxProfile+"[profiles.\"second one\"]\n"), "config.toml")
	environ := []string{"PAYNETEASY_CONFIG=" + config}
	for _, args := range [][]string{
		{"payout", "--profile", ""},
		{"wait", "--profile", ""},
		{"sign", "--profile", ""},
		{"control", "status", "--profile", ""},
		{"config", "check", ""},
	} {
		require.Contains(t, call(t, environ, "", append([]string{"__complete"}, args...)...).stdout,
			"sandbox\nsecond one\n:4\n", args)
	}
	r := call(t, nil, "", "__complete", "status", "--config", config, "--profile", "")
	require.Contains(t, r.stdout, "sandbox\n", r)
}
