package assert

import (
	"maps"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/apicel/apicel/internal/lazyregexp"
)

// formats are the texts that the matcher format knows.
var formats = map[string]func(string) bool{
	"uuid":      uuidPattern.MatchString,
	"date-time": isDateTime,
	"email":     isEmail,
	"uri":       isURI,
	"ipv4": func(s string) bool {
		addr, err := netip.ParseAddr(s)
		return err == nil && addr.Is4()
	},
	"ipv6": func(s string) bool {
		addr, err := netip.ParseAddr(s)
		return err == nil && addr.Is6() && addr.Zone() == ""
	},
}

func formatNames() string { return strings.Join(slices.Sorted(maps.Keys(formats)), ", ") }

var (
	// uuidPattern is the text form of RFC 9562, section 4, whatever the version.
	uuidPattern = lazyregexp.New(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	// dateTimePattern is the grammar of RFC 3339, section 5.6; package time
	// takes more, and no leap second.
	dateTimePattern = lazyregexp.New(`^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(?:\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$`)
	// uriPattern is what RFC 3986 lets stand in a URI, which needs a scheme.
	uriPattern = lazyregexp.New(`^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$`)
)

func isDateTime(s string) bool {
	m := dateTimePattern.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	date, clock, second, zone := m[1], m[2], m[3], strings.ToUpper(m[4])
	leap := second == "60"
	if leap {
		second = "59"
	}
	t, err := time.Parse(time.RFC3339, date+"T"+clock+":"+second+zone)
	if err != nil {
		return false
	}
	return !leap || t.UTC().Format("15:04") == "23:59"
}

// isEmail tells whether s is one address (RFC 5322, addr-spec) without a name
// or a comment around it.
func isEmail(s string) bool {
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s
}

func isURI(s string) bool {
	_, err := url.Parse(s)
	return err == nil && uriPattern.MatchString(s)
}
