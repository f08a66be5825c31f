package expr

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/apicel/apicel/spec"
)

// cookieType is the type of cookies.x. It is declared with its fields, so that a
// misspelt one is an error of the file.
var cookieType = types.NewObjectType("cookie", traits.IndexerType, traits.FieldTesterType)

// cookieField is a field of a cookie. The cookie carries it where has holds.
type cookieField struct {
	typ *types.Type
	get func(*cookie) any
	has func(*cookie) bool
}

var cookieFields = map[string]cookieField{
	"value":     {cel.StringType, func(c *cookie) any { return c.set.Value }, func(*cookie) bool { return true }},
	"expires":   {cel.TimestampType, func(c *cookie) any { return c.until }, func(c *cookie) bool { return !c.until.IsZero() }},
	"path":      {cel.StringType, func(c *cookie) any { return c.set.Path }, func(c *cookie) bool { return c.set.Path != "" }},
	"domain":    {cel.StringType, func(c *cookie) any { return c.set.Domain }, func(c *cookie) bool { return c.set.Domain != "" }},
	"http_only": {cel.BoolType, func(c *cookie) any { return c.set.HttpOnly }, func(c *cookie) bool { return c.set.HttpOnly }},
	"secure":    {cel.BoolType, func(c *cookie) any { return c.set.Secure }, func(c *cookie) bool { return c.set.Secure }},
	"same_site": {cel.StringType, func(c *cookie) any { return sameSite(c.set) }, func(c *cookie) bool { return sameSite(c.set) != "" }},
}

// cookieNames are the fields in the order in which the table of variables names them.
var cookieNames = []string{"value", "expires", "path", "domain", "http_only", "secure", "same_site"}

// sameSite spells the attribute as Set-Cookie does.
func sameSite(c *http.Cookie) string {
	switch c.SameSite {
	case http.SameSiteLaxMode:
		return "Lax"
	case http.SameSiteStrictMode:
		return "Strict"
	case http.SameSiteNoneMode:
		return "None"
	}
	return ""
}

// cookie is a cookie as a CEL value.
type cookie struct {
	set *http.Cookie // as the answer set it
	// until is when it ends, zero for one that ends with the session.
	until time.Time
}

// lastSecond is the last time that CEL can hold.
var lastSecond = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// newCookie returns the value of a cookie of an answer that came at the given
// time. Max-Age counts from there and before Expires (RFC 6265, section 5.3);
// one that is not positive ends the cookie at that time.
func newCookie(c *http.Cookie, answered time.Time) *cookie {
	switch left := lastSecond.Unix() - answered.Unix(); {
	case c.MaxAge == 0:
		return &cookie{c, c.Expires}
	case int64(c.MaxAge) >= left:
		return &cookie{c, lastSecond}
	}
	return &cookie{c, time.Unix(answered.Unix()+int64(max(c.MaxAge, 0)), 0).UTC()}
}

// Get returns a field.
func (c *cookie) Get(field ref.Val) ref.Val {
	name, _ := field.(types.String)
	v, err := getCookieField(c, string(name))
	if err != nil {
		return types.WrapErr(err)
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// IsSet tells whether the cookie carries a field.
func (c *cookie) IsSet(field ref.Val) ref.Val {
	name, _ := field.(types.String)
	f, ok := cookieFields[string(name)]
	return types.Bool(ok && f.has(c))
}

func getCookieField(c *cookie, name string) (any, error) {
	f, ok := cookieFields[name]
	if !ok {
		return nil, &EvalError{
			Message: fmt.Sprintf("a cookie has no field %q", name),
			Hint:    cookieFieldHint(name),
		}
	}
	if name == "expires" && !f.has(c) {
		return nil, &EvalError{
			Message: fmt.Sprintf("the cookie %q has no expires: it ends with the session", c.set.Name),
			Hint:    "write .?expires.orValue(…), or ask with has() first",
			Missing: true,
		}
	}
	return f.get(c), nil
}

// cookieFieldHint names the field that was probably meant, or all of them.
func cookieFieldHint(name string) string {
	if best := spec.Closest(name, cookieNames); best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "it has " + list(cookieNames)
}

// ConvertToNative gives the *http.Cookie.
func (c *cookie) ConvertToNative(t reflect.Type) (any, error) {
	if t == reflect.TypeFor[*http.Cookie]() {
		return c.set, nil
	}
	return nil, fmt.Errorf("a cookie cannot be made a %v", t)
}

// ConvertToType gives the cookie itself or its type.
func (c *cookie) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case cookieType:
		return c
	case types.TypeType:
		return cookieType
	}
	return types.NewErr("type conversion error from '%s' to '%s'", cookieType, t)
}

// Equal compares what the two were set to.
func (c *cookie) Equal(other ref.Val) ref.Val {
	o, ok := other.(*cookie)
	return types.Bool(ok && c.set.Name == o.set.Name && !slices.ContainsFunc(cookieNames, func(name string) bool {
		f := cookieFields[name]
		return f.get(c) != f.get(o)
	}))
}

// Type is cookie.
func (c *cookie) Type() ref.Type { return cookieType }

// Value is the cookie itself, which the fields are read from.
func (c *cookie) Value() any { return c }

// typeProvider knows the type cookie beside those of CEL. CEL takes it for
// immutable, so that suites share it instead of copying it.
type typeProvider struct{ types.Provider }

// FindStructType returns a type by its name.
func (p typeProvider) FindStructType(name string) (*types.Type, bool) {
	if name == cookieType.TypeName() {
		return types.NewTypeTypeWithParam(cookieType), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames returns the names of the fields of a type.
func (p typeProvider) FindStructFieldNames(name string) ([]string, bool) {
	if name == cookieType.TypeName() {
		return cookieNames, true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType returns a field of a type.
func (p typeProvider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if name != cookieType.TypeName() {
		return p.Provider.FindStructFieldType(name, field)
	}
	f, ok := cookieFields[field]
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type: f.typ,
		IsSet: func(target any) bool {
			c, ok := target.(*cookie)
			return ok && f.has(c)
		},
		GetFrom: func(target any) (any, error) {
			c, ok := target.(*cookie)
			if !ok {
				return nil, errors.New("the value is no cookie")
			}
			return getCookieField(c, field)
		},
	}, true
}

// typeAdapter makes CEL values of Go values. Its type hides that CEL's own could
// be added to, for the reason that typeProvider gives.
type typeAdapter struct{ types.Adapter }

// withCookies adds the type cookie to an environment. It comes after the
// libraries, which add to the types that they find.
func withCookies(env *cel.Env) (*cel.Env, error) {
	env, err := cel.CustomTypeAdapter(typeAdapter{env.CELTypeAdapter()})(env)
	if err != nil {
		return nil, err
	}
	return cel.CustomTypeProvider(typeProvider{env.CELTypeProvider()})(env)
}

// cookieMap are the cookies that an answer set, by name.
type cookieMap struct{ traits.Mapper }

// newCookies returns the cookies as a CEL map; of one name the last counts.
func newCookies(list []*http.Cookie, answered time.Time) cookieMap {
	m := make(map[string]ref.Val, len(list))
	for _, c := range list {
		m[c.Name] = newCookie(c, answered)
	}
	return cookieMap{types.NewMap(types.DefaultTypeAdapter, m)}
}

// Cookie returns the cookie of the given name that the answer or a redirect
// before it set, the last where there are several.
func (a *Activation) Cookie(name string) (*http.Cookie, bool) {
	if a.Response == nil {
		return nil, false
	}
	for _, c := range slices.Backward(a.Response.Cookies) {
		if c.Name == name {
			return c, true
		}
	}
	return nil, false
}
