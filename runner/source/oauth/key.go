package oauth

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Key is equal for configs that may share a token, and only for those. It is a
// hash of everything in the config.
func (c Config) Key() string {
	var b strings.Builder
	write := func(values ...string) {
		b.WriteString(strconv.Itoa(len(values)))
		for _, v := range values {
			b.WriteByte(' ')
			b.WriteString(strconv.Itoa(len(v)))
			b.WriteByte(':')
			b.WriteString(v)
		}
		b.WriteByte('\n')
	}
	write(c.Grant, c.Issuer, c.TokenURL, c.AuthURL, c.DeviceURL, c.ClientID, c.ClientSecret, c.clientAuth())
	write(c.scopes()...)
	write(c.Audience, c.Username, c.Password, c.RefreshToken, string(c.PrivateKey), c.KeyID, c.Algorithm, c.Subject)
	write(c.Resource...)
	for _, params := range [][]Param{c.TokenHeaders, c.QueryParams, c.AuthParams} {
		write(strconv.Itoa(len(params)))
		for _, p := range params {
			write(append([]string{p.Name}, p.Values...)...)
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// scopes are the single scopes, each once and sorted: their order means nothing
// (RFC 6749, 3.3), and an item of a list may hold several.
func (c Config) scopes() []string {
	var all []string
	for _, scope := range c.Scopes {
		all = append(all, strings.Fields(scope)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// scope is the parameter, in the order that was given.
func (c Config) scope() string {
	var all []string
	for _, scope := range c.Scopes {
		for _, one := range strings.Fields(scope) {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return strings.Join(all, " ")
}
