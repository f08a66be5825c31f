package runner_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apicel/apicel/runner"
	"github.com/apicel/apicel/spec"
)

// wantHidden says that none of the values stands in the report as JSON.
func wantHidden(t *testing.T, r *runner.Report, values ...string) {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if i := strings.Index(string(data), v); i >= 0 {
			t.Errorf("%q stands in the report: …%s…", v, data[max(0, i-80):min(len(data), i+40)])
		}
	}
}

// Each part of a captured object is secret, and what was reported before it was
// captured is masked as well.
func TestSecretCaptures(t *testing.T) {
	asked := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		answer := map[string]any{"echo": r.URL.RawQuery, "key": r.Header.Get("X-Session"), "early": "late-secret-99"}
		if asked > 2 {
			answer["session"] = map[string]any{"access": "acc-11112222", "list": []string{"item-3333"}, "ttl": 60}
			answer["token"] = "late-secret-99"
		}
		reply(w, 200, answer)
	})
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
order: file
queries:
  - {name: early, get: /, expect: {gjson: {nope: 1}}}
  - name: log in
    get: /?t=late-secret-99
    poll: {interval: 1ms, timeout: 1h, give_up: attempt > 3}
    expect: {gjson: {nope: 1}}
    capture:
      session: {gjson: session, secret: true}
      token: {gjson: token, secret: true, default: none-yet}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "early: failed, log in: failed")
	wantHidden(t, r, "acc-11112222", "item-3333", "late-secret-99")
}

// The credential of an auth is masked by its place, however short it is.
func TestShortCredentials(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: query, get: "/?a=b", auth: {type: api_key, name: k, value: 4711x, in: query}}
  - {name: header, get: /, auth: {type: api_key, name: My-Key, value: 4711x, in: header}}
  - {name: cookie, get: /, auth: {type: api_key, name: k, value: 4711x, in: cookie}}
  - {name: basic, get: /, auth: {type: basic, username: ann, password: 4711x}}
`, url), runner.RunOptions{})
	wantHidden(t, r, "4711x")
	if got := find(r, "query").Attempts[0].Request.URL; !strings.HasSuffix(got, "/?a=b&k=***") {
		t.Errorf("URL %s", got)
	}
}

// What is left of a secret at the end of a body that was cut is not shown.
func TestSecretAtTheCut(t *testing.T) {
	secret := strings.Repeat("a-secret-word.", 7)
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte(strings.Repeat(secret, 11_000)))
	})
	p := compileWith(t, runner.CompileOptions{Inputs: runner.Inputs{Env: map[string]string{"S": secret}}}, fmt.Sprintf(`
secrets: {s: {env: S}}
source: {base_url: %s}
queries:
  - {name: cut, get: /}
`, url))
	wantHidden(t, p.Run(background, runner.RunOptions{}, discard{}), "a-secret", "word")
}

func TestSecretsInNamesAndInputs(t *testing.T) {
	p := compileAll(t, runner.CompileOptions{Inputs: runner.Inputs{Env: map[string]string{
		"S": "s3cr3t-token-that-is-long", "APICEL_VAR_n": "s3cr3t-token-that-is-long-and-cut-off-by-the-message",
	}}}, `
name: with s3cr3t-token-that-is-long
secrets: {s: {env: S}}
vars: {n: 1}
source: {base_url: "http://127.0.0.1:1"}
queries:
  - {name: one, get: /s3cr3t-token-that-is-long, skip: s3cr3t-token-that-is-long}
`)
	wantHidden(t, p.Run(background, runner.RunOptions{}, discard{}), "s3cr3t")
}

// Two suites of one file name draw different values though neither lies in a
// project, and the same ones wherever the folder stands.
func TestSuitesOfOneNameDrawDifferentValues(t *testing.T) {
	draw := func() [2]string {
		var got [2]string
		url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			got[strings.Index("ab", r.URL.Path[1:2])] = r.Header.Get("Key")
		})
		dir := t.TempDir()
		var paths []string
		for _, name := range []string{"a", "b"} {
			path := filepath.Join(dir, name, "same.apicel.yaml")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("source: {base_url: %s}\nqueries:\n  - {name: one, get: /%s, headers: {Key: \"${uuid()}\"}}\n", url, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		runner.Compile(spec.Load(paths, ""), runner.CompileOptions{Seed: 5}).Run(background, runner.RunOptions{}, discard{})
		return got
	}
	first := draw()
	if first[0] == first[1] || first[0] == "" {
		t.Errorf("both drew %s", first)
	}
	if again := draw(); again != first {
		t.Errorf("drew %s, then %s", first, again)
	}
}

// A --var that may belong to a suite that could not be read stops nobody.
func TestVarOfAnUnreadSuite(t *testing.T) {
	o := runner.CompileOptions{Inputs: runner.Inputs{Vars: []runner.VarFlag{{Name: "x", Value: "2"}}}}
	good := "source: {base_url: \"http://127.0.0.1:1\"}\nqueries: [{name: one, get: /}]"
	if p := compileAll(t, o, good); len(p.InputErrors()) != 1 {
		t.Errorf("errors %v, expected one", p.InputErrors())
	}
	if p := compileAll(t, o, good, "vars: {x: 1"); len(p.InputErrors()) != 0 || len(p.Warnings()) != 1 {
		t.Errorf("errors %v, warnings %v, expected one warning", p.InputErrors(), p.Warnings())
	}
}

func TestParametersInThePathAreTheQuerysOwn(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { reply(w, 200, r.URL.RawQuery) })
	r := run(t, fmt.Sprintf(`
source: {base_url: %s, params: {page: 1, size: 5}}
queries:
  - {name: own, get: "/?page=2", expect: {json: page=2&size=5}}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "own: passed")
}

// An answer that breaks off is shown without its body where a secret would have
// been captured from it.
func TestBrokenLoginShowsNoToken(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "500")
		_, _ = w.Write([]byte(`{"token": "never-captured-token"`))
	})
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: log in, post: /, capture: {token: {gjson: token, secret: true}}}
  - {name: open, post: /}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "log in: errored, open: errored")
	data, _ := json.Marshal(find(r, "log in"))
	if strings.Contains(string(data), "never-captured") {
		t.Errorf("the token is shown: %s", data)
	}
	if got := find(r, "open").Attempts[0].Response; got == nil || !strings.Contains(got.Body, "never-captured") {
		t.Errorf("what came of the answer is not shown: %+v", got)
	}
}

// What is computed from a secret is hidden in the explanation of a check.
func TestComputedSecretsAreHidden(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, map[string]any{"token": "one-two-three-four"})
	})
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: log in, get: /, capture: {token: {gjson: token, secret: true}}}
  - name: computed
    get: /
    expect: {cel: ["captures.token.upperAscii() == text", "captures.token.split('-')[1] == text"]}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "log in: passed, computed: failed")
	data, _ := json.Marshal(find(r, "computed").Failures)
	for _, part := range []string{"ONE-TWO", `\"two\"`} {
		if strings.Contains(string(data), part) {
			t.Errorf("%s is shown: %s", part, data)
		}
	}
}

// What is a credential by its place is hidden in what is said of failed checks, too.
func TestPlacedSecretsAreHiddenInFailures(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/from" {
			http.SetCookie(w, &http.Cookie{Name: "early", Value: "c0ffee-early-session"})
			http.Redirect(w, r, "/to?access_token=t0ken1&page=2", http.StatusFound)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "c0ffee-late-session"})
		http.SetCookie(w, &http.Cookie{Name: "theme", Value: "dark"})
		w.Header().Set("X-Auth-Token", "c0ffee")
		reply(w, 200, map[string]any{})
	})
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - name: q
    get: /from
    expect:
      headers: {set-cookie: {contains: nope}, x-auth-token: nope}
      cookies: {early: nope, sid: nope, theme: light}
      cel:
        - cookies.sid.value == "nope"
        - cookies.early.value.substring(2) == "nope"
        - headers["set-cookie"] == "nope"
        - header_values("x-auth-token") == []
        - url == "nope"
`, url), runner.RunOptions{})
	wantStatuses(t, r, "q: failed")
	data, _ := json.Marshal(find(r, "q").Failures)
	for _, part := range []string{"c0ffee", "ffee-early", "session", "t0ken1"} {
		if strings.Contains(string(data), part) {
			t.Errorf("%s is shown: %s", part, data)
		}
	}
	if len(find(r, "q").Failures) != 10 || !strings.Contains(string(data), "dark") || !strings.Contains(string(data), "page=2") {
		t.Errorf("too much is hidden: %s", data)
	}
}

// The environment is read through secrets by name, and not as the file that Linux
// shows it as, nor through a link.
func TestSecretFileIsNotTheEnvironment(t *testing.T) {
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("this system has no /proc/self/environ")
	}
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink("/proc/self/environ", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/proc/self/environ", "/proc/../proc/self/environ", link} {
		suite := filepath.Join(dir, "s.apicel.yaml")
		write(t, suite, "secrets: {all: {file: "+path+"}}\nsource: {base_url: \"http://127.0.0.1:1\"}\nqueries: [{name: q, get: /}]\n")
		plan := runner.Compile(spec.Load([]string{suite}, ""), runner.CompileOptions{})
		if missing := fmt.Sprint(plan.MissingInputs()); !strings.Contains(missing, "it is a view of a process") {
			t.Errorf("%s: %s", path, missing)
		}
	}
}

// A login that is kept as a file is no secret that another suite may name, nor
// through a link.
func TestSecretFileIsNoKeptLogin(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"XDG_STATE_HOME": home, "LOCALAPPDATA": home}
	logins := filepath.Join(home, "apicel", "logins")
	if err := os.MkdirAll(logins, 0o700); err != nil {
		t.Fatal(err)
	}
	login, link := filepath.Join(logins, "0123abcd"), filepath.Join(t.TempDir(), "link")
	write(t, login, "a-refresh-token")
	if err := os.Symlink(login, link); err != nil {
		t.Skip(err)
	}
	suite := filepath.Join(t.TempDir(), "s.apicel.yaml")
	for _, path := range []string{login, link} {
		write(t, suite, "secrets: {all: {file: '"+path+"'}}\nsource: {base_url: \"http://127.0.0.1:1\"}\nqueries: [{name: q, get: /}]\n")
		plan := runner.Compile(spec.Load([]string{suite}, ""), runner.CompileOptions{Inputs: runner.Inputs{Env: env}})
		if missing := fmt.Sprint(plan.MissingInputs()); !strings.Contains(missing, "it is a login that is kept for a source") {
			t.Errorf("%s: %s", path, missing)
		}
	}
}

// Cookies and short-lived tokens that an API says again in its answers are masked
// there, too, where they are long enough to be told from ordinary text.
func TestEchoedCredentialsAreHidden(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var sent []string
		for _, c := range r.Cookies() {
			sent = append(sent, c.Name+"="+c.Value)
		}
		switch r.URL.Path {
		case "/login":
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "received-c0ffee-0123"})
			http.SetCookie(w, &http.Cookie{Name: "lang", Value: "en-GB"})
			w.Header().Set("X-Auth-Token", "t0ken7")
			reply(w, 200, map[string]any{"session": "received-c0ffee-0123", "short": "t0ken7", "lang": "en-GB", "twice": "cmVjZWl2ZWQtYzBmZmVlLTAxMjM="})
		default:
			reply(w, 200, map[string]any{"sent": sent, "bearer": r.Header.Get("Authorization"), "later": "received-c0ffee-0123", "short": "t0ken7", "url": r.URL.String()})
		}
	})
	r := run(t, fmt.Sprintf(`
source: {base_url: %s, cookies: {static: source-cookie-0123456789, theme: dark}}
order: file
queries:
  - {name: login, get: /login, expect: {gjson: {session: nope}}}
  - name: me
    get: "/me?sig=signature-of-16-chars"
    cookies: {own: query-cookie-0123456789}
    headers: {Authorization: "Bearer ${'computed-' + 'in-cel-0123'}"}
    expect: {gjson: {later: nope, sent: []}}
  - {name: skipped, get: "/?sig=not-sent", after: [login]}
`, url), runner.RunOptions{})
	wantStatuses(t, r, "login: failed, me: failed, skipped: skipped")
	wantHidden(t, r, "received-c0ffee-0123", "cmVjZWl2ZWQtYzBmZmVlLTAxMjM", "source-cookie-0123456789", "query-cookie-0123456789",
		"computed-in-cel-0123\\\"", "signature-of-16-chars", "not-sent")
	login, me := find(r, "login").Attempts[0].Response.Body, find(r, "me").Attempts[0].Response.Body
	if strings.Contains(login, "t0ken7") || !strings.Contains(login, `"lang":"en-GB"`) {
		t.Errorf("login: %s", login)
	}
	if !strings.Contains(me, "t0ken7") || !strings.Contains(me, "theme=dark") {
		t.Errorf("me: %s", me)
	}
}

// Of secret captures that cannot be masked nothing is shown, and the run has no
// more than it can hold.
func TestSecretCapturesAreBounded(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		items := make([]string, runner.MaxSecretParts+1)
		for i := range items {
			items[i] = fmt.Sprintf("item-of-list-%d", i)
		}
		reply(w, 200, map[string]any{"items": items, "few": items[:10], "pin": "4712x"})
	})
	r := run(t, fmt.Sprintf(`
source: {base_url: %s}
queries:
  - {name: many, get: /, expect: {gjson: {items.7: x}}, capture: {all: {gjson: items, secret: true}}}
  - {name: few, get: /, expect: {gjson: {pin: 4712x}}, capture: {some: {gjson: few, secret: true}}}
  - {name: short, get: /, expect: {gjson: {pin: x}}, capture: {pin: {gjson: pin, secret: true}}}
`, url), runner.RunOptions{KeepExchanges: true})
	wantStatuses(t, r, "many: failed, few: passed, short: failed")
	for name, want := range map[string]string{"many": "at most 1000 texts and numbers in a value that is secret", "short": "a text of at least 6 characters"} {
		data, _ := json.Marshal(find(r, name))
		if s := string(data); strings.Contains(s, "item-of-list-7") || strings.Contains(s, "4712x") || !strings.Contains(s, want) {
			t.Errorf("%s: %.2000s", name, s)
		}
	}
	if body := find(r, "few").Attempts[0].Response.Body; strings.Contains(body, `"item-of-list-7"`) || !strings.Contains(body, "4712x") {
		t.Errorf("few: %.500s", body)
	}
}
