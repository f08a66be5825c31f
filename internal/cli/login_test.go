package cli

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/apicel/apicel/internal/keep"
)

// expectResult fails the test unless the command ended so, and said that.
func (r result) expect(t *testing.T, code int, parts ...string) {
	t.Helper()
	all := r.stdout + r.stderr
	if r.code != code {
		t.Errorf("exit code %d, expected %d\n%s", r.code, code, all)
	}
	for _, part := range parts {
		if !strings.Contains(all, part) {
			t.Errorf("expected %q in\n%s", part, all)
		}
	}
	for _, secret := range []string{"refresh-token-value", "access-token-value", "device-code-1"} {
		if strings.Contains(all, secret) {
			t.Errorf("found %q in\n%s", secret, all)
		}
	}
}

// kept are the tokens in the user's folder.
func (u *user) kept() []string {
	u.t.Helper()
	entries, err := os.ReadDir(u.logins)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		u.t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, readFile(u.t, filepath.Join(u.logins, e.Name())))
	}
	return all
}

const adviceLogin = "log in: apicel login SUITE"

// Somebody logs in once, runs as often as they like, and logs out.
func TestLogin(t *testing.T) {
	s := newAuthority(t)
	u := newUser(t, s)
	suite := s.suite(t)
	u.apicel("run", suite).expect(t, ExitFailed, "nobody has logged in yet", adviceLogin)
	if took := s.took(); took != "" {
		t.Errorf("without a login the server was asked for %s", took)
	}
	host := strings.TrimPrefix(s.URL, "https://")
	r := u.apicel("login", suite)
	r.expect(t, ExitOK, "a browser opens for the login", "\n  "+s.URL+"/authorize?", "logged in at "+host+"; the refresh token is kept in "+u.logins)
	if r.stdout != "" {
		t.Errorf("standard output has %q", r.stdout)
	}
	for n := range 2 {
		u.apicel("run", suite).expect(t, ExitOK, "1 passed")
		if kept := u.kept(); len(kept) != 1 || kept[0] != s.refreshing {
			t.Errorf("run %d: kept %q, the server takes %q", n, kept, s.refreshing)
		}
	}
	if took := s.took(); took != "authorization_code refresh_token refresh_token" {
		t.Errorf("the server was asked for %s", took)
	}
	u.apicel("logout", suite).expect(t, ExitOK, "logged out of "+host+"; the refresh token is deleted from "+u.logins)
	if kept := u.kept(); len(kept) > 0 {
		t.Errorf("kept %q", kept)
	}
	u.apicel("logout", suite).expect(t, ExitOK, "nobody was logged in at "+host)
	u.apicel("run", suite).expect(t, ExitFailed, adviceLogin)
}

// A suite that has all of another's login but sends its tokens elsewhere, or by
// another way, gets nothing: neither is the refresh token sent to the server.
func TestCopiedSuite(t *testing.T) {
	s := newAuthority(t)
	u := newUser(t, s)
	asked := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(elsewhere.Close)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	u.apicel("login", s.suite(t)).expect(t, ExitOK)
	s.took()
	cases := []struct {
		name     string
		replaced []string
	}{
		{"base_url", []string{"base_url", elsewhere.URL}},
		{"base_url with a path", []string{"base_url", s.URL + "/v2"}},
		{"proxy", []string{"proxy", elsewhere.URL}},
		{"resolve", []string{"resolve", "{127.0.0.1" + port + ": " + strings.TrimPrefix(elsewhere.URL, "http://") + "}"}},
		{"verify", []string{"ssl", "{ca_cert: ca.pem, verify: false}"}},
		{"server_name", []string{"ssl", "{ca_cert: ca.pem, server_name: example.com}"}},
		{"unix_socket", []string{"unix_socket", "/tmp/none.sock"}},
		{"access_token_url", []string{"auth.access_token_url", s.URL + "/token?for=me"}},
		{"auth_url", []string{"auth.auth_url", s.URL + "/authorize?for=me"}},
		{"scopes", []string{"auth.scopes", "[orders.read, orders.write]"}},
		{"token header", []string{"auth.access_token_custom_headers", "{X-To: me}"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			u.t = t
			u.apicel("run", s.suite(t, c.replaced...)).expect(t, ExitFailed, "nobody has logged in yet", adviceLogin)
			u.apicel("logout", s.suite(t, c.replaced...)).expect(t, ExitOK, "nobody was logged in")
			if took := s.took(); took != "" || asked > 0 {
				t.Errorf("the server was asked for %q, the other %d times", took, asked)
			}
		})
	}
	u.t = t
	u.apicel("run", s.suite(t)).expect(t, ExitOK, "1 passed")
	// What decides nothing about where a token goes may change.
	u.apicel("run", s.suite(t, "timeout", "9s", "headers", "{X-Tag: a}")).expect(t, ExitOK, "1 passed")
}

// A server gives each refresh token once; what it gives instead is kept by all.
func TestRunsAtOnce(t *testing.T) {
	s := newAuthority(t)
	u := newUser(t, s)
	suite := s.suite(t)
	u.apicel("login", suite).expect(t, ExitOK)
	results := make(chan result)
	for range 2 {
		go func() {
			var stdout, stderr strings.Builder
			code := Command{Stdout: &stdout, Stderr: &stderr, Args: []string{"run", suite}, Env: u.env}.Run(context.Background())
			results <- result{code, stdout.String(), stderr.String()}
		}()
	}
	for range 2 {
		<-results // who comes second may find its token used
	}
	u.apicel("run", suite).expect(t, ExitOK, "1 passed")
}

func TestDeviceLogin(t *testing.T) {
	s := newAuthority(t)
	device := []string{"auth.grant_type", "device_code", "auth.device_authorization_url", s.URL + "/device"}
	write := func(t *testing.T) string {
		text := readFile(t, s.suite(t, device...))
		text = regexp.MustCompile(` +auth_url: .*\n`).ReplaceAllString(text, "")
		dir := t.TempDir()
		writeFile(t, dir, "ca.pem", readFile(t, s.ca))
		return writeFile(t, dir, "desk.apicel.yaml", text)
	}
	u := newUser(t, s)
	suite := write(t)
	u.apicel("login", suite).expect(t, ExitOK, "enter the code WDJB-MJHT there, until ", "\n  "+s.URL+"/activate\n", "logged in at")
	u.apicel("run", suite).expect(t, ExitOK, "1 passed")
	u.apicel("logout", suite).expect(t, ExitOK, "logged out of")
	s.approved = true // on another device
	u.browse = func(string) { t.Error("a browser was opened") }
	u.apicel("login", "--no-browser", suite).expect(t, ExitOK, "enter the code WDJB-MJHT on any device, until ")
}

// Where there is a keyring, no file is written.
func TestLoginKeyring(t *testing.T) {
	keyring.MockInit()
	t.Cleanup(func() { keyring.MockInitWithError(keyring.ErrUnsupportedPlatform) })
	s := newAuthority(t)
	u := newUser(t, s)
	u.env = append(u.env, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere")
	suite := s.suite(t)
	u.apicel("login", suite).expect(t, ExitOK, "the refresh token is kept in the system keyring")
	u.apicel("run", suite).expect(t, ExitOK, "1 passed")
	u.apicel("logout", suite).expect(t, ExitOK, "the refresh token is deleted from the system keyring")
	u.apicel("run", suite).expect(t, ExitFailed, adviceLogin)
	if _, err := os.Stat(u.logins); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a folder %s", u.logins)
	}
	if err := keyring.DeleteAll(keep.Service); err != nil {
		t.Error(err)
	}
}

// Under CI nobody logs in, nothing is read and nothing kept; the refresh token
// comes from a secret, and that the server replaced it is said.
func TestCI(t *testing.T) {
	s := newAuthority(t)
	u := newUser(t, s)
	suite := s.suite(t)
	u.apicel("login", suite).expect(t, ExitOK)
	home := u.env
	u.env = append(u.env, "CI=true")
	before := u.kept()
	u.apicel("login", suite).expect(t, ExitUsage, "CI is set: nobody can log in there", "help: give the refresh token as a secret: refresh_token: ${secrets.refresh_token}")
	u.apicel("run", suite).expect(t, ExitFailed, "nobody has logged in yet", "give refresh_token from a secret")
	u.apicel("logout", suite).expect(t, ExitOK, "nothing is kept: CI is set")
	u.env = append(u.env, "REFRESH="+s.refreshing)
	secret := s.suite(t, "auth.refresh_token", "${secrets.refresh}")
	writeFile(t, filepath.Dir(secret), "desk.apicel.yaml", "secrets: {refresh: {env: REFRESH}}\n"+readFile(t, secret))
	u.apicel("run", secret).expect(t, ExitOK, "1 passed", "apicel: warning: the authorization server gave a new refresh token, which is not kept")
	if after := u.kept(); len(after) != 1 || after[0] != before[0] {
		t.Errorf("kept %q, before %q", after, before)
	}
	u.env = slices.Concat(home, []string{"CI=false"})
	u.apicel("logout", suite).expect(t, ExitOK, "logged out of")
}

func TestLoginFails(t *testing.T) {
	s := newAuthority(t)
	u := newUser(t, s)
	suite := s.suite(t)
	s.refuse = true
	u.apicel("login", suite).expect(t, ExitFailed, "answers the login with access_denied")
	s.refuse = false
	browse := u.browse
	u.browse = func(string) {}
	u.apicel("login", "--timeout", "50ms", suite).expect(t, ExitFailed, "nobody logged in within 50ms")
	u.browse = browse
	if kept := u.kept(); len(kept) > 0 {
		t.Errorf("kept %q", kept)
	}
	busy, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	_, port, _ := net.SplitHostPort(busy.Addr().String())
	u.apicel("login", "--port", port, suite).expect(t, ExitFailed, "cannot listen on 127.0.0.1:"+port, "choose another port")
	// A folder that others can read takes nothing, and says what to do.
	if err := os.MkdirAll(u.logins, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(u.logins, 0o755); err != nil {
		t.Fatal(err)
	}
	u.apicel("login", suite).expect(t, ExitFailed, "the refresh token cannot be kept", "is open to others (mode 0755")
}

// Ctrl-C while the browser is open ends the wait.
func TestLoginInterrupted(t *testing.T) {
	s := newAuthority(t)
	ctx, interrupt := context.WithCancel(t.Context())
	var stderr strings.Builder
	c := Command{Stdout: &stderr, Stderr: &stderr, Args: []string{"login", s.suite(t)}, Env: newUser(t, s).env, Browse: func(string) error {
		interrupt()
		return nil
	}}
	result{code: c.Run(ctx), stderr: stderr.String()}.expect(t, ExitInterrupted)
	if !strings.Contains(stderr.String(), "interrupted: nobody was logged in at") {
		t.Error(stderr.String())
	}
}

// Where no browser can be opened, or none is wanted, a person has the URL.
func TestLoginWithoutBrowser(t *testing.T) {
	s := newAuthority(t)
	home := newUser(t, s).env
	suite := s.suite(t)
	broken := func(string) error { return errors.New("no such program") }
	for _, c := range []struct {
		args   []string
		browse func(string) error
		says   string
	}{
		{[]string{"login", suite}, broken, "no browser could be opened; open the URL yourself"},
		{[]string{"login", "--no-browser", suite}, func(string) error { t.Error("a browser was opened"); return nil }, "open this URL in a browser on this machine:"},
		{[]string{"login", suite}, nil, "open this URL in a browser on this machine:"},
	} {
		said := newWatched()
		go func() {
			if said.await("state=") {
				for line := range strings.Lines(said.String()) {
					if at := strings.TrimSpace(line); strings.HasPrefix(at, s.URL) {
						s.browse(t, at)
					}
				}
			}
		}()
		code := Command{Stdout: said, Stderr: said, Args: c.args, Env: home, Browse: c.browse}.Run(t.Context())
		said.end()
		result{code: code, stderr: said.String()}.expect(t, ExitOK, c.says, "logged in at")
	}
}

// Two accounts are asked for one after another, two uses of one account once.
func TestSeveralAccounts(t *testing.T) {
	s := newAuthority(t)
	u := newUser(t, s)
	suite := s.suite(t)
	auth := regexp.MustCompile(`(?m)^    (\w+: .*)$`).FindAllStringSubmatch(readFile(t, suite), -1)
	var own []string
	for _, line := range auth {
		own = append(own, strings.NewReplacer("[orders.read]", "[orders.write]").Replace(line[1]))
	}
	query := "  - {name: NAME, get: /me, auth: {" + strings.Join(own, ", ") + "HEADER}}\n"
	text := readFile(t, suite) + strings.NewReplacer("NAME", "other", "HEADER", "").Replace(query) + strings.NewReplacer("NAME", "again", "HEADER", ", header_prefix: Token").Replace(query)
	writeFile(t, filepath.Dir(suite), filepath.Base(suite), text)
	u.apicel("login", suite).expect(t, ExitOK, "account 1 of 2: 127.0.0.1:", "account 2 of 2: 127.0.0.1:", "desk.apicel.yaml:")
	if took := s.took(); took != "authorization_code authorization_code" || len(u.kept()) != 2 {
		t.Errorf("the server was asked for %s, kept %q", took, u.kept())
	}
	// A token in the URL has a login of its own.
	writeFile(t, filepath.Dir(suite), filepath.Base(suite), text+strings.NewReplacer("NAME", "in the URL", "HEADER", ", add_token_to: query").Replace(query))
	u.apicel("login", suite).expect(t, ExitOK, "account 3 of 3: 127.0.0.1:")
	if len(u.kept()) != 3 {
		t.Errorf("kept %q", u.kept())
	}
}

// A client_id from a secret is in the URL that the browser opens, and only there.
func TestSecretInURL(t *testing.T) {
	s := newAuthority(t)
	u := newUser(t, s)
	suite := s.suite(t, "auth.client_id", "${secrets.id}", "auth.custom_query_params", `{tenant: "${secrets.id}"}`)
	writeFile(t, filepath.Dir(suite), "desk.apicel.yaml", "secrets: {id: {env: CLIENT}}\n"+readFile(t, suite))
	u.env = append(u.env, "CLIENT=client-17-secret-71")
	u.browse = func(at string) {
		s.browse(t, strings.Replace(at, "client_id=client-17-secret-71", "client_id=native", 1))
	}
	r := u.apicel("login", suite)
	r.expect(t, ExitOK, s.URL+"/authorize (its parameters hold a secret: --no-browser shows them)")
	if strings.Contains(r.stderr, "client-17") {
		t.Error(r.stderr)
	}
}

func TestHasBrowser(t *testing.T) {
	for _, c := range []struct {
		system, variable string
		want             bool
	}{{"darwin", "", true}, {"windows", "", true}, {"linux", "", false}, {"linux", "DISPLAY", true}, {"freebsd", "WAYLAND_DISPLAY", true}, {"linux", "BROWSER", true}, {"linux", "WSL_DISTRO_NAME", true}} {
		if got := hasBrowser(map[string]string{c.variable: "x"}, c.system); got != c.want {
			t.Errorf("%s with %q: %t", c.system, c.variable, got)
		}
	}
}

// What a browser prints goes nowhere.
func TestSystemBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the browser of other systems is no program on PATH")
	}
	dir := t.TempDir()
	opened := filepath.Join(dir, "opened")
	script := "#!/bin/sh\n[ /proc/self/fd/1 -ef /dev/null ] && [ /proc/self/fd/2 -ef /dev/null ] && echo \"$1\" > " + opened + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if err := systemBrowser("https://as.example/authorize?a=b"); err != nil {
		t.Error(err)
	}
	if got := readFile(t, opened); got != "https://as.example/authorize?a=b\n" {
		t.Errorf("opened %q", got)
	}
	t.Setenv("PATH", t.TempDir())
	if systemBrowser("https://as.example") == nil {
		t.Error("no error without a browser")
	}
}
