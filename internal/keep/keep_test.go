package keep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"
)

const (
	key   = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
	token = "rt-31/refresh~token+value-13"
)

// places notes where a store says that it kept and deleted tokens.
type places struct{ kept, forgot []string }

func newStore(t *testing.T, o Options) (*Store, *places) {
	t.Helper()
	if o.Dir == "" {
		o.Dir = filepath.Join(t.TempDir(), "state", "apicel", "logins")
	}
	p := &places{}
	o.Kept = func(place string) { p.kept = append(p.kept, place) }
	o.Forgot = func(place string) { p.forgot = append(p.forgot, place) }
	return New(o), p
}

func expectToken(t *testing.T, s *Store, key, want string) {
	t.Helper()
	got, err := s.Load(t.Context(), key)
	if err != nil || got != want {
		t.Errorf("loaded %q, %v, expected %q", got, err, want)
	}
}

func save(t *testing.T, s *Store, key, token string) {
	t.Helper()
	if err := s.Save(t.Context(), key, token); err != nil {
		t.Fatal(err)
	}
}

func expectError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, expected one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q, expected %q in it", err, part)
		}
	}
	if strings.Contains(err.Error(), token) {
		t.Errorf("the token is in %q", err)
	}
}

// tree lists all that there is below a folder, with permissions and content.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		line := fmt.Sprintf("%s %s", info.Mode(), name)
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += " " + string(data)
		}
		all = append(all, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What is on the disk after a login is the token and nothing else.
func TestFiles(t *testing.T) {
	home := t.TempDir()
	dir := stateFolder(func(name string) string { return map[string]string{"HOME": home}[name] }, "linux")
	s, p := newStore(t, Options{Dir: dir})
	expectToken(t, s, key, "")
	if err := s.Delete(t.Context(), key); err != nil {
		t.Error(err)
	}
	if found := tree(t, home); len(found) > 0 {
		t.Errorf("reading made %q", found)
	}
	save(t, s, key, "the one before")
	save(t, s, key, token)
	save(t, s, other, "another")
	expectToken(t, s, key, token)
	want := []string{
		"drwx------ .local", "drwx------ .local/state", "drwx------ .local/state/apicel", "drwx------ .local/state/apicel/logins",
		"-rw------- .local/state/apicel/logins/" + key + " " + token, "-rw------- .local/state/apicel/logins/" + other + " another",
	}
	if found := tree(t, home); !slices.Equal(found, want) {
		t.Errorf("there is\n%s\nexpected\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
	// What a program left that was killed goes with it.
	left := filepath.Join(dir, temporaryPrefix(key)+"left")
	if err := os.WriteFile(left, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	expectToken(t, s, key, "")
	expectToken(t, s, other, "another")
	if found := tree(t, dir); len(found) != 1 {
		t.Errorf("there is\n%s", strings.Join(found, "\n"))
	}
	if !slices.Equal(p.kept, []string{dir, dir, dir}) || !slices.Equal(p.forgot, []string{dir}) {
		t.Errorf("said %+v", p)
	}
}

// Each case spoils the folder with one token in it.
func TestRefusals(t *testing.T) {
	elsewhere := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "elsewhere")
		if err := os.WriteFile(path, []byte("planted"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	replace := func(t *testing.T, path string, by func(path string) error) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := by(path); err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct {
		name   string
		spoil  func(t *testing.T, dir, file string) error
		load   string // part of the error, "" where there is none
		save   string
		loaded string
	}{
		{"file for all", func(_ *testing.T, _, file string) error { return os.Chmod(file, 0o644) }, "is open to others (mode 0644, expected 0600); run chmod -R go= on the folder", "", ""},
		{"file for the group", func(_ *testing.T, _, file string) error { return os.Chmod(file, 0o620) }, "mode 0620", "", ""},
		{"folder for all", func(_ *testing.T, dir, _ string) error { return os.Chmod(dir, 0o755) }, "logins is open to others (mode 0755, expected 0700)", "mode 0755", ""},
		{"file is a link", func(t *testing.T, _, file string) error {
			replace(t, file, func(path string) error { return os.Symlink(elsewhere(t), path) })
			return nil
		}, "is no file but a link", "", ""},
		{"file is a folder", func(t *testing.T, _, file string) error {
			replace(t, file, func(path string) error { return os.Mkdir(path, 0o700) })
			return nil
		}, "is no file but a folder", "cannot write to", ""},
		{"folder is a link", func(t *testing.T, dir, _ string) error {
			to := t.TempDir()
			if err := os.WriteFile(filepath.Join(to, key), []byte("planted"), 0o600); err != nil {
				return err
			}
			replace(t, dir, func(path string) error { return os.Symlink(to, path) })
			return nil
		}, "is no folder but a link", "is no folder but a link", ""},
		{"folder is a file", func(t *testing.T, dir, _ string) error {
			replace(t, dir, func(path string) error { return os.WriteFile(path, nil, 0o600) })
			return nil
		}, "is no folder but a file", "cannot make", ""},
		{"too large", func(_ *testing.T, _, file string) error {
			return os.WriteFile(file, make([]byte, MaxToken+1), 0o600)
		}, "larger than 64 KiB", "", ""},
		{"empty", func(_ *testing.T, _, file string) error { return os.Truncate(file, 0) }, "", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, _ := newStore(t, Options{})
			save(t, s, key, token)
			if err := c.spoil(t, s.options.Dir, filepath.Join(s.options.Dir, key)); err != nil {
				t.Fatal(err)
			}
			got, err := s.Load(t.Context(), key)
			if c.load != "" {
				expectError(t, err, c.load)
			}
			if got != "" || (c.load == "" && err != nil) {
				t.Errorf("loaded %q, %v", got, err)
			}
			err = s.Save(t.Context(), key, token)
			if c.save != "" {
				expectError(t, err, c.save)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			expectToken(t, s, key, token) // a login heals it
			if entries, _ := os.ReadDir(s.options.Dir); len(entries) != 1 {
				t.Errorf("the folder holds %v", entries)
			}
		})
	}
}

// Only root can give a file away, as containers do by mistake.
func TestAnotherOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("giving files away takes root")
	}
	for _, name := range []string{"", key} {
		s, _ := newStore(t, Options{})
		save(t, s, key, token)
		if err := os.Chown(filepath.Join(s.options.Dir, name), 12345, -1); err != nil {
			t.Fatal(err)
		}
		_, err := s.Load(t.Context(), key)
		expectError(t, err, "belongs to another user")
	}
}

func TestBounds(t *testing.T) {
	s, p := newStore(t, Options{})
	for _, bad := range []string{"", "..", "../../../../etc/passwd0", strings.ToUpper(key), key + "\n", strings.Repeat("a", 129)} {
		_, err := s.Load(t.Context(), bad)
		expectError(t, err, "not a hash")
		expectError(t, s.Save(t.Context(), bad, token), "not a hash")
		expectError(t, s.Delete(t.Context(), bad), "not a hash")
	}
	expectError(t, s.Save(t.Context(), key, ""), "expected 1 to 65536")
	expectError(t, s.Save(t.Context(), key, strings.Repeat("x", MaxToken+1)), "65537 bytes")
	save(t, s, key, strings.Repeat("x", MaxToken))
	expectToken(t, s, key, strings.Repeat("x", MaxToken))
	homeless := New(Options{})
	expectToken(t, homeless, key, "")
	expectError(t, homeless.Save(t.Context(), key, token), "set HOME or XDG_STATE_HOME")
	if err := homeless.Delete(t.Context(), key); err != nil {
		t.Error(err)
	}
	if len(p.kept) != 1 {
		t.Errorf("said %+v", p)
	}
}

// Programs that run at once each have a file of their own key, and of one key
// somebody's whole token is kept.
func TestAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logins")
	var programs sync.WaitGroup
	for i := range 16 {
		programs.Go(func() {
			s := New(Options{Dir: dir})
			own := fmt.Sprintf("%064x", i)
			for n := range 20 {
				text := strings.Repeat(fmt.Sprintf("%d-%d ", i, n), 200)
				for _, k := range []string{own, key} {
					if err := s.Save(t.Context(), k, text); err != nil {
						t.Error(err)
					}
				}
				expectToken(t, s, own, text)
				got, err := s.Load(t.Context(), key)
				words := strings.Fields(got)
				if err != nil || len(words) != 200 || len(slices.Compact(words)) != 1 {
					t.Errorf("loaded %d bytes, %v", len(got), err)
				}
			}
		})
	}
	programs.Wait()
	if found := tree(t, dir); len(found) != 17 {
		t.Errorf("there are %d files", len(found))
	}
}

func TestOff(t *testing.T) {
	keyring.MockInit()
	s, p := newStore(t, Options{Off: "CI is set", Keyring: true})
	save(t, s, key, token)
	expectToken(t, s, key, "")
	if err := s.Delete(t.Context(), key); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.options.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error("there is a folder")
	}
	if _, err := keyring.Get(Service, key); !errors.Is(err, keyring.ErrNotFound) || s.Off() != "CI is set" || len(p.kept) > 0 {
		t.Errorf("the keyring says %v, the store %q %+v", err, s.Off(), p)
	}
}

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	s, p := newStore(t, Options{Keyring: true})
	// A file of a time without keyring wins until the keyring has a newer token.
	save(t, New(Options{Dir: s.options.Dir}), key, "from the file")
	expectToken(t, s, key, "from the file")
	save(t, s, key, token)
	expectToken(t, s, key, token)
	if got, err := keyring.Get(Service, key); err != nil || got != token {
		t.Errorf("the keyring holds %q, %v", got, err)
	}
	if found := tree(t, s.options.Dir); len(found) > 0 {
		t.Errorf("the folder holds %q", found)
	}
	if err := s.Delete(t.Context(), key); err != nil {
		t.Error(err)
	}
	expectToken(t, s, key, "")
	want := []string{"the system keyring"}
	if !slices.Equal(p.kept, want) || !slices.Equal(p.forgot, want) {
		t.Errorf("said %+v", p)
	}
}

// A keyring that is not there is not spoken of; one that refuses is, where a
// token may be in it.
func TestKeyringFails(t *testing.T) {
	cases := []struct {
		name string
		err  error
		says string
	}{
		{"platform", keyring.ErrUnsupportedPlatform, ""},
		{"no bus", &net.OpError{Op: "dial", Net: "unix", Err: errors.New("connection refused")}, ""},
		{"no service", dbus.Error{Name: "org.freedesktop.DBus.Error.ServiceUnknown"}, ""},
		{"cannot start", fmt.Errorf("call: %w", dbus.Error{Name: "org.freedesktop.DBus.Error.Spawn.ExecFailed"}), ""},
		{"locked", dbus.Error{Name: "org.freedesktop.Secret.Error.IsLocked", Body: []any{token}}, "refuses (org.freedesktop.Secret.Error.IsLocked)"},
		{"other", errors.New("exit status 36: " + token), "the system keyring refuses"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			keyring.MockInitWithError(c.err)
			s, p := newStore(t, Options{Keyring: true})
			_, loadErr := s.Load(t.Context(), key)
			deleteErr := s.Delete(t.Context(), key)
			if c.says == "" {
				if loadErr != nil || deleteErr != nil {
					t.Errorf("found %v and %v", loadErr, deleteErr)
				}
			} else {
				expectError(t, loadErr, c.says)
				expectError(t, deleteErr, c.says)
			}
			save(t, s, key, token)
			expectToken(t, s, key, token)
			if !slices.Equal(p.kept, []string{s.options.Dir}) {
				t.Errorf("said %+v", p)
			}
		})
	}
}

// A keyring that hangs costs its patience once.
func TestKeyringHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		defer close(over)
		s, _ := newStore(t, Options{Keyring: true})
		s.keyring.calls = calls{
			get:    func(string, string) (string, error) { <-over; return "", nil },
			set:    func(string, string, string) error { <-over; return nil },
			remove: func(string, string) error { <-over; return nil },
		}
		short, stop := context.WithTimeoutCause(t.Context(), time.Second, errors.New("time was up"))
		defer stop()
		_, err := s.Load(short, key)
		expectError(t, err, "given up on: time was up")
		start := time.Now()
		_, err = s.Load(t.Context(), key)
		expectError(t, err, "does not answer")
		save(t, s, key, token)
		expectToken(t, s, key, token)
		expectError(t, s.Delete(t.Context(), key), "does not answer")
		if waited := time.Since(start); waited != Patience {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestForUser(t *testing.T) {
	runtimeDir := t.TempDir()
	bus := t.TempDir()
	if err := os.WriteFile(filepath.Join(bus, "bus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	folders := []struct{ system, env, want string }{
		{"linux", "HOME=/h XDG_STATE_HOME=/s", "/s/apicel/logins"},
		{"linux", "HOME=/h", "/h/.local/state/apicel/logins"},
		{"freebsd", "HOME=/h XDG_STATE_HOME=relative", "/h/.local/state/apicel/logins"},
		{"linux", "HOME=relative", ""},
		{"linux", "", ""},
		{"darwin", "HOME=/h", "/h/Library/Application Support/apicel/logins"},
		{"windows", "LOCALAPPDATA=/l USERPROFILE=/u HOME=/h", "/l/apicel/logins"},
		{"windows", "USERPROFILE=/u", "/u/AppData/Local/apicel/logins"},
	}
	for _, c := range folders {
		if got := stateFolder(lookup(c.env), c.system); got != filepath.FromSlash(c.want) {
			t.Errorf("%s with %q: %q, expected %q", c.system, c.env, got, c.want)
		}
	}
	keyrings := []struct {
		system, env string
		want        bool
	}{
		{"darwin", "", true}, {"windows", "", true}, {"linux", "", false},
		{"linux", "DBUS_SESSION_BUS_ADDRESS=unix:path=/x", true}, {"linux", "DBUS_SESSION_BUS_ADDRESS=autolaunch:", false},
		{"linux", "XDG_RUNTIME_DIR=" + runtimeDir, false}, {"linux", "XDG_RUNTIME_DIR=" + bus, true}, {"linux", "XDG_RUNTIME_DIR=relative", false},
	}
	for _, c := range keyrings {
		if got := hasKeyring(lookup(c.env), c.system); got != c.want {
			t.Errorf("%s with %q: %t", c.system, c.env, got)
		}
	}
	for env, want := range map[string]string{"": "", "CI=": "", "CI=false": "", "CI=0": "", "CI=true": "CI is set", "CI=woodpecker": "CI is set"} {
		if got := ForUser(lookup(env)).Off; got != want {
			t.Errorf("%q: %q", env, got)
		}
	}
}

func lookup(env string) func(string) string {
	known := map[string]string{}
	for _, pair := range strings.Fields(env) {
		name, value, _ := strings.Cut(pair, "=")
		known[name] = value
	}
	return func(name string) string { return known[name] }
}
