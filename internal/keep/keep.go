// Package keep keeps the refresh tokens of logins between runs: in the system
// keyring where there is one that answers, else in files that only their owner
// may read.
//
//	store := keep.New(keep.ForUser(env))
//	err := store.Save(ctx, key, token)
//	token, err := store.Load(ctx, key)   // "" where none is kept
//
// A key is a hash that the caller makes of all that a token is good for; each
// has an entry of its own in the keyring, or a file of its own, so that programs
// that run at once do not undo each other's changes.
//
// # Which place wins
//
// A token goes to the keyring, and where that fails to a file. A file is
// therefore newer than what the keyring has under the same key, so it is read
// first, and deleted once the keyring has taken a newer token. A keyring that
// does not answer is asked once, for [Patience], and then left alone.
//
// Where [Options].Off says why, as for continuous integration, nothing is ever
// kept and nothing found. No error holds a token.
package keep

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apicel/apicel/internal/lazyregexp"
)

const (
	// Service is what the entries of the keyring belong to.
	Service = "apicel"
	// MaxToken is the number of bytes that a token may have.
	MaxToken = 64 << 10
	// Patience is the time that the keyring has for an answer. It may have to ask
	// its owner for a password.
	Patience = 20 * time.Second
)

// Options say where tokens are kept.
type Options struct {
	// Dir is the folder of the files; it and those above it are made when they
	// are needed. "" is for a user who has none: there is the keyring only.
	Dir string
	// Keyring tells that there may be a system keyring.
	Keyring bool
	// Off says why nothing is kept, and is "" where something is.
	Off string
	// Kept and Forgot are told where a token was kept or deleted, in words for a
	// person. They may be nil.
	Kept, Forgot func(place string)
}

// Store keeps refresh tokens. Its methods may be called by several goroutines,
// and by several programs, at once.
type Store struct {
	options Options
	keyring *ring // nil where there is none
	files   folder
}

// New returns a store. It touches neither keyring nor disk.
func New(o Options) *Store {
	s := &Store{options: o, files: folder{o.Dir}}
	if o.Keyring {
		s.keyring = &ring{calls: system, patience: Patience}
	}
	return s
}

// Off says why nothing is kept, "" where something is.
func (s *Store) Off() string { return s.options.Off }

// Load returns the token that is kept under the key, "" where there is none.
func (s *Store) Load(ctx context.Context, key string) (string, error) {
	if s.options.Off != "" {
		return "", nil
	}
	if err := checkKey(key); err != nil {
		return "", err
	}
	token, err := s.files.load(key)
	if err != nil || token != "" {
		return token, err
	}
	token, err = s.keyring.load(ctx, key)
	if errors.Is(err, errNoKeyring) {
		return "", nil
	}
	if err == nil && len(token) > MaxToken {
		return "", fmt.Errorf("the entry of %s in the system keyring is larger than %d KiB, which no refresh token is", Service, MaxToken>>10)
	}
	return token, err
}

// Save keeps a token in place of the one before. What fails leaves that one.
func (s *Store) Save(ctx context.Context, key, token string) error {
	if s.options.Off != "" {
		return nil
	}
	if err := checkKey(key); err != nil {
		return err
	}
	if token == "" || len(token) > MaxToken {
		return fmt.Errorf("it has %d bytes, expected 1 to %d", len(token), MaxToken)
	}
	if s.keyring.save(ctx, key, token) == nil {
		if _, err := s.files.remove(key); err != nil {
			return err // it would be found before the keyring's
		}
		tell(s.options.Kept, "the system keyring")
		return nil
	}
	if err := s.files.save(key, token); err != nil {
		return err
	}
	tell(s.options.Kept, s.files.dir)
	return nil
}

// Delete forgets the token that is kept under the key, wherever it is; that
// there is none is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	if s.options.Off != "" {
		return nil
	}
	if err := checkKey(key); err != nil {
		return err
	}
	removed, fileErr := s.files.remove(key)
	if removed {
		tell(s.options.Forgot, s.files.dir)
	}
	err := s.keyring.remove(ctx, key)
	switch {
	case err == nil:
		tell(s.options.Forgot, "the system keyring")
	case errors.Is(err, errNoKeyring), errors.Is(err, errNoEntry):
		err = nil
	}
	return errors.Join(fileErr, err)
}

func tell(whom func(string), place string) {
	if whom != nil {
		whom(place)
	}
}

// keyForm is what a hash looks like; it becomes the name of a file.
var keyForm = lazyregexp.New(`^[0-9a-f]{16,128}$`)

func checkKey(key string) error {
	if !keyForm.MatchString(key) {
		return errors.New("the key is not a hash in hexadecimal")
	}
	return nil
}
