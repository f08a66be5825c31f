package source

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
)

func TestDistinguishedName(t *testing.T) {
	oid := func(numbers ...int) asn1.ObjectIdentifier { return numbers }
	one := func(id asn1.ObjectIdentifier, value any) pkix.RelativeDistinguishedNameSET {
		return pkix.RelativeDistinguishedNameSET{{Type: id, Value: value}}
	}
	cn, dc := oid(2, 5, 4, 3), oid(0, 9, 2342, 19200300, 100, 1, 25)
	for _, tt := range []struct {
		name pkix.RDNSequence
		want string
	}{
		{nil, ""},
		{pkix.RDNSequence{one(dc, "net"), one(dc, "example"), one(cn, "Steve Kille")}, "CN=Steve Kille,DC=example,DC=net"},
		{pkix.RDNSequence{{{Type: oid(2, 5, 4, 11), Value: "Sales"}, {Type: cn, Value: "J. Smith"}}}, "OU=Sales+CN=J. Smith"},
		{pkix.RDNSequence{one(cn, `Jim "Grace", <Hughes>; a+b\c`)}, `CN=Jim \"Grace\"\, \<Hughes\>\; a\+b\\c`},
		{pkix.RDNSequence{one(cn, " #x ")}, `CN=\ #x\ `},
		{pkix.RDNSequence{one(cn, "#x")}, `CN=\#x`},
		{pkix.RDNSequence{one(cn, " ")}, `CN=\ `},
		{pkix.RDNSequence{one(cn, "Before\rAfter")}, `CN=Before\0dAfter`},
		{pkix.RDNSequence{one(cn, "Lučić")}, "CN=Lučić"},
		{pkix.RDNSequence{one(oid(1, 2, 3, 4), "x")}, "1.2.3.4=#130178"},
		{pkix.RDNSequence{one(oid(1, 2, 840, 113549, 1, 9, 1), "a@b")}, "emailAddress=a@b"},
		{pkix.RDNSequence{one(cn, 7)}, "CN=#020107"},
	} {
		der := must[[]byte](t)(asn1.Marshal(tt.name))
		if got := distinguishedName(der); got != tt.want {
			t.Errorf("%s, expected %s", got, tt.want)
		}
	}
	if got := distinguishedName([]byte{0x30, 0x80}); got != "" {
		t.Errorf("%q of what is no name", got)
	}
}
