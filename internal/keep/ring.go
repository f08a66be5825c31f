package keep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"
)

var (
	// errNoKeyring is a system without a keyring.
	errNoKeyring = errors.New("there is no system keyring")
	// errNoEntry is a keyring that has nothing to delete.
	errNoEntry = errors.New("the system keyring has no such entry")
	// errSilent is a keyring that hangs.
	errSilent = errors.New("the system keyring does not answer")
)

// ring is the system keyring. A nil ring is none.
type ring struct {
	calls    calls
	patience time.Duration
	silent   atomic.Bool // it did not answer once
}

// calls are what a keyring does. None of them knows a deadline.
type calls struct {
	get    func(service, user string) (string, error)
	set    func(service, user, password string) error
	remove func(service, user string) error
}

var system = calls{get: keyring.Get, set: keyring.Set, remove: keyring.Delete}

func (r *ring) load(ctx context.Context, key string) (string, error) {
	var token string
	err := r.ask(ctx, func() (string, error) { return r.calls.get(Service, key) }, &token)
	if errors.Is(err, errNoEntry) {
		return "", nil
	}
	return token, err
}

func (r *ring) save(ctx context.Context, key, token string) error {
	return r.ask(ctx, func() (string, error) { return "", r.calls.set(Service, key, token) }, nil)
}

func (r *ring) remove(ctx context.Context, key string) error {
	return r.ask(ctx, func() (string, error) { return "", r.calls.remove(Service, key) }, nil)
}

// ask waits for an answer as long as patience and ctx allow. A call that hangs
// is left behind: nothing can end it, and it ends with the process.
func (r *ring) ask(ctx context.Context, call func() (string, error), token *string) error {
	switch {
	case r == nil:
		return errNoKeyring
	case r.silent.Load():
		return errSilent
	}
	type answer struct {
		token string
		err   error
	}
	came := make(chan answer, 1)
	go func() {
		token, err := call()
		came <- answer{token, err}
	}()
	patience := time.NewTimer(r.patience)
	defer patience.Stop()
	select {
	case a := <-came:
		if a.err == nil && token != nil {
			*token = a.token
		}
		return explain(a.err)
	case <-patience.C:
		r.silent.Store(true)
		return errSilent
	case <-ctx.Done():
		return fmt.Errorf("the system keyring was given up on: %w", context.Cause(ctx))
	}
}

// explain tells a keyring that is not there from one that refuses. Texts of the
// keyring are left out: it was told the token.
func explain(err error) error {
	var bus dbus.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return errNoEntry
	case isAbsence(err):
		return errNoKeyring
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return errors.New("the system keyring takes no token of this length")
	case errors.As(err, &bus):
		return fmt.Errorf("the system keyring refuses (%s)", bus.Name)
	}
	return errors.New("the system keyring refuses")
}

// isAbsence tells the errors of systems without a keyring: another platform, no
// session bus, or a bus without a Secret Service.
func isAbsence(err error) bool {
	var network *net.OpError
	var program *exec.Error
	var path *fs.PathError
	var bus dbus.Error
	if errors.As(err, &bus) {
		name, ok := strings.CutPrefix(bus.Name, "org.freedesktop.DBus.Error.")
		return ok && (name == "ServiceUnknown" || name == "NameHasNoOwner" || name == "UnknownMethod" || name == "UnknownObject" ||
			name == "NoServer" || name == "Disconnected" || strings.HasPrefix(name, "Spawn."))
	}
	return errors.Is(err, keyring.ErrUnsupportedPlatform) || errors.As(err, &network) || errors.As(err, &program) || errors.As(err, &path)
}
