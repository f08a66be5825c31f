package cli

import (
	"sync"

	"github.com/apicel/apicel/internal/keep"
	"github.com/apicel/apicel/runner/source/oauth"
)

// tokenStore is where the user's logins are kept. Its options may be refined first.
func (a *app) tokenStore(refine func(*keep.Options)) *keep.Store {
	o := keep.ForUser(func(name string) string { return a.env[name] })
	if refine != nil {
		refine(&o)
	}
	return keep.New(o)
}

// keptTokens are those for a run, nil where none are kept: then a refresh token
// that a server replaces is spoken of instead of being lost in silence.
func (a *app) keptTokens() oauth.Store {
	store := a.tokenStore(nil)
	if store.Off() != "" {
		return nil
	}
	return store
}

// sayOnce returns what says each warning once, however many tokens it is about.
// It may be called by several goroutines at once.
func (a *app) sayOnce() func(message string) {
	var said sync.Map
	return func(message string) {
		if _, known := said.LoadOrStore(message, true); !known {
			a.say("warning: %s", message)
		}
	}
}
