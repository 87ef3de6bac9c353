package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payneteasy-go/payneteasy/payneteasytest"
)

// configDir is a directory with the key and the control key of a fake's merchant, and a file of profiles.
func configDir(t *testing.T, profiles string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range map[string]string{
		"config.toml": profiles, "merchant.pem": string(payneteasytest.MerchantKeyPEM()), "control.txt": payneteasytest.ControlKey + "\n",
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

// TestProfileFaults: what is wrong with a file of profiles is told with its place, and no secret of it.
func TestProfileFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, content string
		says          string
	}{
		{"no TOML", "default = \"sandbox\"\n[profiles.sandbox]\ncontrol_key = 80236479", "line 3: profiles.sandbox.control_key is a whole number, and must be a text between quotes"},
		{"a value without quotes", "[profiles.sandbox]\ncontrol_key = s80236479\n", "line 2: it is not TOML, at or after"},
		{"an unknown setting", sandboxProfile + "control_kee = \"s80236479\"\n", "line 8: profiles.sandbox.control_kee is no setting"},
		{"an unknown setting over lines", "x = [\n1,\n2]\n" + sandboxProfile, "line 1: x is no setting"},
		{"several", "x = 1\n" + sandboxProfile + "y = 1\n", "line 1: x is no setting; line 9: profiles.sandbox.y is no setting"},
		{"a default that is none", "default = \"production\"\n" + sandboxProfile, "default names production, which is no profile; there is sandbox"},
		{"an endpoint in words", "[profiles.sandbox]\nendpoint_id = \"1\"", "line 2: profiles.sandbox.endpoint_id is a text between quotes, and must be a whole number"},
		{"a negative endpoint", "[profiles.sandbox]\nendpoint_id = -1", "profile sandbox: endpoint_id and group_id are positive numbers"},
		{"an endpoint and a group", sandboxProfile + "group_id = 2", "it has endpoint_id and group_id: which of them?"},
		{"two private keys", sandboxProfile + "private_key_command = [\"a\"]", "it has private_key_file and private_key_command: which of them?"},
		{"two control keys", sandboxProfile + "control_key = \"s80236479\"", "more than one of control_key, control_key_file and control_key_command"},
		{"a command of nothing", "[profiles.sandbox]\nprivate_key_command = []", "private_key_command is empty"},
		{"a command in one word", "[profiles.sandbox]\nprivate_key_command = \"pass show s80236479\"", "line 2: profiles.sandbox.private_key_command is a text between quotes, and must be a list of texts"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := configDir(t, test.content)
			r := call(t, nil, "", "config", "list", "--config", filepath.Join(dir, "config.toml"))
			require.Equal(t, exitUsage, r.status, r)
			require.Contains(t, r.stderr, "config.toml: ")
			require.Contains(t, r.stderr, test.says)
			require.NotContains(t, r.stderr, "80236479")
			require.Equal(t, 1, strings.Count(r.stderr, "\n"), r.stderr)
		})
	}
}

// TestPrivateFiles: nobody else may decide where money goes.
func TestPrivateFiles(t *testing.T) {
	t.Parallel()
	onUnix(t)
	for _, name := range []string{"config.toml", "merchant.pem", "control.txt"} {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602} {
			dir := configDir(t, sandboxProfile)
			path := filepath.Join(dir, name)
			require.NoError(t, os.Chmod(path, mode))
			r := call(t, nil, "", "config", "check", "--config", filepath.Join(dir, "config.toml"))
			require.Equal(t, exitUsage, r.status, r)
			require.Contains(t, r.stdout+r.stderr, "others can read or change it: chmod 600 "+quote(path))
			require.NoError(t, os.Chmod(path, 0o600))
			r = call(t, nil, "", "config", "check", "--config", filepath.Join(dir, "config.toml"))
			require.Equal(t, result{exitDone, "sandbox: ok\n", ""}, r)
		}
	}
	// Of what a flag or a variable names, it only warns.
	key := file(t, string(payneteasytest.MerchantKeyPEM()))
	require.NoError(t, os.Chmod(key, 0o644))
	r := call(t, nil, "", "sign", "--login", "L", "--key", key, "https://a.example/")
	require.Zero(t, r.status, r)
	require.Equal(t, "payneteasy: warning: others can read or change the file of --key: chmod 600 "+quote(key)+"\n", r.stderr)
}

// TestSources: the login that a request is signed with tells which source was taken. They are never mixed.
func TestSources(t *testing.T) {
	t.Parallel()
	dir := configDir(t, "default = \"sandbox\"\n"+sandboxProfile+strings.NewReplacer("profiles.sandbox", "profiles.production", "Sandbox", "Production").Replace(sandboxProfile))
	config := filepath.Join(dir, "config.toml")
	withoutDefault := filepath.Join(configDir(t, sandboxProfile), "config.toml")
	key := filepath.Join(dir, "merchant.pem")
	for _, test := range []struct {
		name  string
		env   []string
		flags []string
		login string // or what is wrong
	}{
		{"the default", nil, nil, "Sandbox"},
		{"a profile by flag", nil, []string{"--profile", "production"}, "Production"},
		{"a profile by variable", []string{"PAYNETEASY_PROFILE=production"}, nil, "Production"},
		{"the flag's goes before the variable's", []string{"PAYNETEASY_PROFILE=production"}, []string{"--profile", "sandbox"}, "Sandbox"},
		{"a flag replaces a value", nil, []string{"--profile", "production", "--login", "Other"}, "Other"},
		{"variables, and no default", []string{"PAYNETEASY_LOGIN=Variable", "PAYNETEASY_PRIVATE_KEY_FILE=" + key}, nil, "Variable"},
		{"not all variables: nothing comes from the default", []string{"PAYNETEASY_LOGIN=Variable"}, nil, "missing: --key or PAYNETEASY_PRIVATE_KEY_FILE; the default profile sandbox is not used, because PAYNETEASY_LOGIN is set: unset it, or say --profile\n"},
		{"two variables", []string{"PAYNETEASY_LOGIN=Variable", "PAYNETEASY_CONTROL_KEY=x"}, nil, "because PAYNETEASY_LOGIN, PAYNETEASY_CONTROL_KEY are set: unset them, or say --profile\n"},
		{"a variable that is left over", []string{"PAYNETEASY_LOGIN=Variable", "PAYNETEASY_PRIVATE_KEY_FILE=x"}, []string{"--profile", "production"}, "Production"},
		{"a profile and variables", []string{"PAYNETEASY_PROFILE=sandbox", "PAYNETEASY_GROUP_ID=1"}, nil, "PAYNETEASY_PROFILE and PAYNETEASY_GROUP_ID are both set: unset either, or say --profile"},
		{"a profile and variables, and a flag", []string{"PAYNETEASY_PROFILE=sandbox", "PAYNETEASY_GROUP_ID=1"}, []string{"--profile", "production"}, "Production"},
		{"a file and variables", []string{"PAYNETEASY_LOGIN=Variable"}, []string{"--config", config}, "--config is given, and PAYNETEASY_LOGIN set"},
		{"no such profile", nil, []string{"--profile", "nowhere"}, "config.toml has no profile nowhere; there is production, sandbox"},
		{"an empty profile", nil, []string{"--profile", ""}, "--profile or --config is empty"},
		{"no such file", nil, []string{"--config", "nowhere.toml"}, "nowhere.toml: "},
		{"no file of profiles", []string{"PAYNETEASY_CONFIG=", "XDG_CONFIG_HOME=" + t.TempDir()}, []string{"--profile", "sandbox"}, "profile sandbox: there is no "},
		{"nothing", []string{"PAYNETEASY_CONFIG="}, nil, "missing: --login or PAYNETEASY_LOGIN; --key or PAYNETEASY_PRIVATE_KEY_FILE\n"},
		{"no default", []string{"PAYNETEASY_CONFIG=" + withoutDefault}, nil, "PAYNETEASY_PRIVATE_KEY_FILE; or say --profile, there is sandbox\n"},
		{"no default, all by flags", []string{"PAYNETEASY_CONFIG=" + withoutDefault}, []string{"--login", "Flag", "--key", key}, "Flag"},
		{"where XDG has it", []string{"PAYNETEASY_CONFIG=", "XDG_CONFIG_HOME=" + home(t, config, "payneteasy")}, nil, "Sandbox"},
		{"at home", []string{"PAYNETEASY_CONFIG=", "HOME=" + home(t, config, ".config/payneteasy")}, nil, "Sandbox"},
		{"a misspelt variable", []string{"PAYNETEASY_PROFIL=sandbox"}, nil, "PAYNETEASY_PROFIL: not one of "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := call(t, append([]string{"PAYNETEASY_CONFIG=" + config}, test.env...), "", append([]string{"sign", "-o", "json", "https://a.example/"}, test.flags...)...)
			if r.status != exitDone {
				require.Equal(t, exitUsage, r.status, r)
				require.Contains(t, r.stderr, test.login)
				require.Empty(t, r.stdout)
				return
			}
			var out signed
			require.NoError(t, json.Unmarshal([]byte(r.stdout), &out))
			require.Equal(t, test.login, out.OAuth["oauth_consumer_key"])
		})
	}
}

// home is a home directory with this file of profiles, and the keys that it names.
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

// TestProfileValues: all of a profile reaches the client, and a flag goes before each.
func TestProfileValues(t *testing.T) {
	t.Parallel()
	dir := configDir(t, sandboxProfile+"[profiles.group]\nbase_url = \"https://a.example\"\nlogin = \"L\"\ngroup_id = 7\nprivate_key_file = \"~/merchant.pem\"\ncontrol_key = \"k\"\n")
	get := func(s settings) string {
		tool := newTool([]string{"HOME=" + dir, "PAYNETEASY_CONFIG=" + filepath.Join(dir, "config.toml")}, strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
		config, err := tool.clientConfig(&s)
		require.NoError(t, err)
		return strings.Join([]string{config.BaseURL, config.Login, config.Endpoint.String(), config.ControlKey.Reveal()}, " ")
	}
	require.Equal(t, "https://sandbox.example/paynet Sandbox 1 "+payneteasytest.ControlKey, get(settings{profile: "sandbox"}))
	group := get(settings{profile: "group"})
	require.Equal(t, "https://a.example L group/7 k", group)
	require.Equal(t, "https://b.example M 8 flag", get(settings{
		profile: "group", baseURL: "https://b.example", login: "M", endpointID: "8", controlKeyFile: file(t, "flag\n"),
	}))
}

// TestKeyCommands: keys come from commands without a shell, and what a command says when it fails shows to nobody.
func TestKeyCommands(t *testing.T) {
	t.Parallel()
	onUnix(t)
	dir := configDir(t, "")
	profile := func(key, control string) string {
		return "[profiles.p]\nbase_url = \"https://a.example\"\nlogin = \"L\"\nendpoint_id = 1\nprivate_key_command = " + key + "\ncontrol_key_command = " + control + "\n"
	}
	cat := `["cat", "` + filepath.Join(dir, "merchant.pem") + `"]`
	for _, test := range []struct {
		name, content string
		says          string // empty: it is good
	}{
		{"good", profile(cat, `["printf", "%s\n", "s80236479"]`), ""},
		{"from stdin, where a person types", strings.Replace(sandboxProfile, "control_key_file = \"control.txt\"", `control_key_command = ["head", "-n1"]`, 1), ""},
		{"two line breaks", profile(cat, `["printf", "%s\n\n", "s80236479"]`), "control_key_command of profile p: it begins or ends with a blank or a line break"},
		{"nothing", profile(cat, `["true"]`), "control_key_command of profile p: it is empty"},
		{"a command that fails", profile(cat, `["sh", "-c", "echo s80236479; exit 3"]`), "control_key_command of profile p: exit status 3"},
		{"no such command", profile(`["no-such-command-here"]`, `["true"]`), "private_key_command of profile p: exec: \"no-such-command-here\": executable file not found"},
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
			require.Equal(t, exitUsage, r.status, r)
			require.Contains(t, r.stdout, test.says)
		})
	}
}

func TestProfileCompletion(t *testing.T) {
	t.Parallel()
	config := filepath.Join(configDir(t, sandboxProfile+"[profiles.\"second one\"]\n"), "config.toml")
	environ := []string{"PAYNETEASY_CONFIG=" + config}
	for _, args := range [][]string{
		{"payout", "--profile", ""}, {"wait", "--profile", ""}, {"sign", "--profile", ""}, {"control", "status", "--profile", ""}, {"config", "check", ""},
	} {
		require.Contains(t, call(t, environ, "", append([]string{"__complete"}, args...)...).stdout, "sandbox\nsecond one\n:4\n", args)
	}
	r := call(t, nil, "", "__complete", "status", "--config", config, "--profile", "")
	require.Contains(t, r.stdout, "sandbox\n", r)
}

// TestLongProfile: what is longer than a configuration is refused before it is parsed, and what is not is parsed once. With work
// that grows with the square, or with the lines times the faults, this would take hours.
func TestLongProfile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.toml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("# ", 1<<19)), 0o600))
	_, err := readPrivate(path)
	require.ErrorContains(t, err, "it is longer than 64 kB")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("#", maxProfiles)), 0o600))
	content, err := readPrivate(path)
	require.NoError(t, err)
	require.Len(t, content, maxProfiles)

	var unknown strings.Builder
	for i := range maxProfiles / 16 {
		fmt.Fprintf(&unknown, "setting%05d=1\n", i)
	}
	for name, content := range map[string]string{
		"unknown settings": unknown.String(),
		"a long key":       strings.Repeat("a.", maxProfiles/2-2) + "b=1",
		"nested lists":     "a=" + strings.Repeat("[", maxProfiles-2),
		"nested tables":    "a=" + strings.Repeat("{b=", maxProfiles/3-2),
		"a long text":      "a=\"" + strings.Repeat("x", maxProfiles-4) + "\"",
		"tables":           strings.Repeat("[[a]]\n", maxProfiles/6),
		"a text of lines":  "a=\"\"\"" + strings.Repeat("b=1\n", maxProfiles/4-4) + "\"\"\"",
	} {
		_, err := parseProfiles(content)
		require.Error(t, err, name)
		require.Less(t, len(err.Error()), maxProfiles+1<<10, name)
	}
	_, err = parseProfiles("# " + strings.Repeat(".{", maxProfiles/4) + "\n" + sandboxProfile + "# it's \" {.\n")
	require.NoError(t, err, "a comment may have anything")
	_, err = parseProfiles(unknown.String())
	require.ErrorContains(t, err, "line 10: setting00009 is no setting; and 4,086 more")
}
