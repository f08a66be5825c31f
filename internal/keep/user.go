package keep

import (
	"os"
	"path/filepath"
	"runtime"
)

// ForUser returns where the tokens of the user are kept whom env, which looks up
// an environment variable, tells of.
func ForUser(env func(name string) string) Options {
	o := Options{Dir: stateFolder(env, runtime.GOOS), Keyring: hasKeyring(env, runtime.GOOS)}
	if isCI(env) {
		o.Off = "CI is set"
	}
	return o
}

// isCI tells whether nobody is there. Nearly every service sets CI; false and 0
// are how a person says that it is none.
func isCI(env func(string) string) bool {
	switch env("CI") {
	case "", "0", "false":
		return false
	}
	return true
}

// stateFolder is where programs keep what is neither configuration nor a cache:
// $XDG_STATE_HOME (XDG Base Directory Specification) and what other systems have
// in its place. "" where the environment does not say. Relative paths do not
// count, says the specification: they would mean another folder in every project.
func stateFolder(env func(string) string, system string) string {
	type place struct{ variable, below string }
	places := []place{{"XDG_STATE_HOME", ""}, {"HOME", ".local/state"}}
	switch system {
	case "windows":
		places = []place{{"LOCALAPPDATA", ""}, {"USERPROFILE", "AppData/Local"}}
	case "darwin", "ios":
		places[1].below = "Library/Application Support"
	}
	for _, p := range places {
		if base := env(p.variable); filepath.IsAbs(base) {
			return filepath.Join(base, filepath.FromSlash(p.below), "apicel", "logins")
		}
	}
	return ""
}

// hasKeyring tells whether it is worth asking for a keyring. Where there is no
// session bus, as in a container, asking would start one that nobody ends.
func hasKeyring(env func(string) string, system string) bool {
	switch system {
	case "darwin", "windows":
		return true
	}
	if address := env("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address != "autolaunch:"
	}
	runtimeDir := env("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(runtimeDir) {
		return false
	}
	_, err := os.Stat(filepath.Join(runtimeDir, "bus"))
	return err == nil
}
