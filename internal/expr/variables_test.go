package expr

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"

	"github.com/apicel/apicel/internal/exchange"
	"github.com/apicel/apicel/spec"
)

// outcome is what an expression gives as text, or its problems or error.
func outcome(t *testing.T, c *Compiler, a *Activation, scope spec.Scope, text string) string {
	t.Helper()
	e, ps := c.Expr(plain(text), scope, cel.DynType)
	if e == nil {
		return problemLines(ps)
	}
	v, err := e.Eval(background, a)
	if err != nil {
		return errorLine(t, err)
	}
	s, err := ToText(v)
	if err != nil {
		return err.Error()
	}
	return s
}

func TestCookies(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`cookies.sid.value`, `new`},
		{`cookies["sid"].same_site + cookies.sid.path + cookies.sid.domain`, `Lax/localhost`},
		{`cookies.sid.secure && cookies.sid.http_only && !cookies.theme.secure`, `true`},
		{`cookies.sid.expires`, `2022-11-28T09:01:00Z`},
		{`cookies.dated.expires`, `2023-01-01T00:00:00Z`},
		{`cookies.theme.?expires.orValue(now())`, `2022-11-28T09:00:00Z`},
		{`has(cookies.sid.expires) && !has(cookies.theme.expires) && !has(cookies.theme.same_site)`, `true`},
		{`cookies.?none.?expires.hasValue() || has(cookies.none)`, `false`},
		{`cookies.?sid.value`, `new`},
		{`size(cookies) == 3 && "theme" in cookies && cookies.exists(n, cookies[n].value == "dark")`, `true`},
		{`cookies.transformList(name, c, c.value).size()`, `3`},
		{`cookies.sid == cookies.sid && cookies.sid != cookies.theme`, `true`},
		{`dyn(cookies.sid).value`, `new`},
		{`has(dyn(cookies).theme.expires)`, `false`},

		{`cookies.theme.expires`, `1:15: the cookie "theme" has no expires: it ends with the session [write .?expires.orValue(…), or ask with has() first]`},
		{`cookies.sod.value`, `1:9: the answer set no cookie "sod" [did you mean "sid"? it has dated, sid, theme]`},
		{`cookies["none"].value`, `1:8: the answer set no cookie "none" [it has dated, sid, theme]`},
		{`cookies.sid.valu`, `1:13: a cookie has no field "valu" [did you mean value?]`},
		{`cookies.sid.?expirs`, `1:14: a cookie has no field "expirs" [did you mean expires?]`},
		{`has(cookies.sid.max_age)`, `1:17: a cookie has no field "max_age" [it has value, expires, path, domain, http_only, secure, same_site]`},
		{`dyn(cookies.sid).valu`, `1:18: a cookie has no field "valu" [did you mean value?]`},
		{`cookies.sid["value"]`, `1:12: cookie cannot be indexed with string [write a field of it with a dot, as in .value]`},
		{`cookies.sid == "new"`, `1:13: cookies.sid == "new" compares cookie with string [write .value behind the cookie]`},
		{`cookies.sid`, `the value is a cookie, which text and JSON cannot hold; write .value behind it`},
		{`cookie.sid.value`, `1:1: unknown name "cookie" [did you mean cookies?]`},
		{`cookie{value: "x"}`, `1:1: unknown name "cookie" [did you mean cookies?]`},
		{`cookis.sid.value`, `1:1: unknown name "cookis" [did you mean cookies?]`},
		{`cookies.sid.value.x`, `1:19: a string has no fields [cookies.sid.value is the value itself: leave out .x]`},
	} {
		if got := outcome(t, c, testActivation(), spec.ScopeCheck, tt.text); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
	empty := testActivation()
	empty.Response.Cookies = nil
	if got := outcome(t, c, empty, spec.ScopeCheck, `cookies.sid.value`); got != `1:9: the answer set no cookie "sid" [it has none]` {
		t.Error(got)
	}
	_, ps := c.Template(plain(`a ${cookies.sid}`), spec.ScopeCheck, EscapeNone)
	if got := problemLines(ps); got != `1:5: the expression gives a cookie, expected one of its fields [write .value behind it]` {
		t.Error(got)
	}
}

func TestCookieEnds(t *testing.T) {
	answered := time.Date(2022, 11, 28, 9, 0, 0, 0, time.UTC)
	dated := answered.Add(time.Hour)
	for _, tt := range []struct {
		maxAge  int
		expires time.Time
		want    time.Time
	}{
		{0, time.Time{}, time.Time{}},
		{0, dated, dated},
		{60, dated, answered.Add(time.Minute)},
		{-1, dated, answered},
		{1 << 62, dated, lastSecond},
		{86400 * 365 * 300, time.Time{}, time.Unix(answered.Unix()+86400*365*300, 0)},
	} {
		c := newCookie(&http.Cookie{Name: "a", MaxAge: tt.maxAge, Expires: tt.expires}, answered)
		if !c.until.Equal(tt.want) {
			t.Errorf("max-age %d and expires %v: ends %v, want %v", tt.maxAge, tt.expires, c.until, tt.want)
		}
	}
}

func TestCookie(t *testing.T) {
	a := testActivation()
	if c, ok := a.Cookie("sid"); !ok || c.Value != "new" {
		t.Errorf("got %v %v, want the last", c, ok)
	}
	if c, ok := a.Cookie("SID"); ok {
		t.Errorf("got %v for another name", c)
	}
	if c, ok := (&Activation{}).Cookie("sid"); ok {
		t.Errorf("got %v without an answer", c)
	}
}

func TestAnswerVariables(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`url + " " + redirects[0] + " " + proto`, `https://localhost/v1/orders?page=1 https://localhost/orders HTTP/2`},
		{`size`, `512`},
		{`size(raw) == size(text) && size != size(raw)`, `true`},
		{`raw.startsWith("{")`, `1:5: no such call: bytes.startsWith(string) [there is string.startsWith(string)]`},
		{`redirects[1]`, `1:10: index 1 is out of range: redirects has 1 element [the last one is [0]]`},

		{`timing.dns + timing.connect + timing.tls + timing.first_byte + timing.transfer`, `0.015s`},
		{`timing.reused || timing.dns > duration("1s")`, `false`},
		{`has(timing.dns) && timing.?tls.hasValue()`, `true`},
		{`timing.dnss`, `1:8: unknown name "timing.dnss" [did you mean timing.dns?]`},
		{`timing.total`, `1:8: unknown name "timing.total" [there are timing.dns, timing.connect, timing.tls, timing.first_byte, timing.transfer, timing.reused]`},
		{`timing`, `1:1: timing is read as a whole, expected one of its names [write timing.dns, timing.connect, timing.tls, timing.first_byte, timing.transfer, timing.reused]`},
		{`timing["dns"]`, `1:1: timing is read with brackets, expected timing.dns [write timing.dns]`},
		{`timing.dns < 5`, `1:12: timing.dns < 5 cannot order duration and int [a duration has a unit: write duration("5ms") or duration("5s")]`},

		{`tls.version + " " + tls.cipher + " " + tls.subject + " " + tls.issuer`, `1.3 TLS_AES_128_GCM_SHA256 CN=localhost CN=ca`},
		{`"localhost" in tls.dns_names && tls.not_after - now() > duration("720h")`, `true`},
		{`has(tls.version)`, `true`},
		{`tls.verson`, `1:5: unknown name "tls.verson" [did you mean tls.version?]`},
		{`tls.version == 1.3`, `1:13: tls.version == 1.3 compares string with double [write "1.3" with quotes]`},

		{`request.?url.orValue("") == request.url && has(request.method)`, `true`},
		{`header_values("SET-cookie")`, `["a=1","b=2"]`},
		{`header_values("none")`, `[]`},
		{`header_values(1)`, `1:1: no such call: header_values(int) [there is header_values(string)]`},
	} {
		if got := outcome(t, c, testActivation(), spec.ScopeCheck, tt.text); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestAnswerWithoutTLS(t *testing.T) {
	c := newTestCompiler(t)
	a := testActivation()
	a.Response.TLS = nil
	for _, tt := range []struct{ text, want string }{
		{`tls.version`, `1:5: the answer came without TLS, so there is no tls.version [write tls.?version.orValue(…) where that is allowed]`},
		{`true && tls.not_after > now()`, `1:13: the answer came without TLS, so there is no tls.not_after [write tls.?not_after.orValue(…) where that is allowed]`},
		{`has(tls.version)`, `false`},
		{`tls.?version.orValue("none")`, `none`},
	} {
		if got := outcome(t, c, a, spec.ScopeCheck, tt.text); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

// What only an answer has is an error of the file elsewhere.
func TestAnswerElsewhere(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct {
		text  string
		scope spec.Scope
		want  string
	}{
		{`header_values("x")`, spec.ScopeQuery, `1:1: header_values() is not known yet here: the request is built before it is sent [known here: vars, secrets, captures, row, row_index, attempt]`},
		{`[1].map(x, header_values("x"))`, spec.ScopeHeaders, `1:12: header_values() is not known yet here: headers are made before the request is sent [known here: vars, secrets, captures, row, row_index, attempt, request]`},
		{`cookies.sid.value`, spec.ScopeVars, `1:1: cookies is not known yet here: vars are evaluated before anything is sent [known here: env, vars]`},
		{`has(tls.version)`, spec.ScopeQuery, `1:5: tls is not known yet here: the request is built before it is sent [known here: vars, secrets, captures, row, row_index, attempt]`},
		{`timing["dns"]`, spec.ScopeSource, `1:1: timing is not known yet here: the source is evaluated before a request is built [known here: vars, secrets, captures]`},
	} {
		if got := outcome(t, c, testActivation(), tt.scope, tt.text); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
	for _, text := range []string{`header_values("a")`, `cookies.sid.value`, `timing.dns`, `tls.version`, `has(tls.version)`, `links.next`, `size`} {
		e, _ := c.Expr(plain(text), spec.ScopeCheck, cel.DynType)
		if r := e.Refs(); !r.Response || r.Request || r.Status {
			t.Errorf("%s reads %+v", text, r)
		}
	}
	for _, text := range []string{`[1].map(tls, tls)`, `[{"dns": 1}].map(timing, timing.dns)`, `[1].map(cookies, cookies)`, `[1].map(cookie, cookie)`} {
		if e := mustExpr(t, c, text, spec.ScopeVars); e.Refs().Response {
			t.Errorf("%s reads the answer", text)
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ contentType, body, want string }{
		{"text/plain; charset=ISO-8859-1", "caf\xe9 \x80", "café €"}, // windows-1252, as in browsers
		{`text/plain; charset="utf-16le"`, "h\x00i\x00", "hi"},
		{"text/plain; charset=utf-16", "\xfe\xff\x00h\x00i", "hi"},
		{"text/plain; Charset=Shift_JIS", "\x83e\x83X\x83g", "テスト"},
		{"text/plain; charset=utf-8", "\uFEFFa", "a"},
		{"text/plain", "\uFEFFa", "a"},
		{"text/plain", "\xff\xfeh\x00i\x00", "hi"},
		{"text/plain", "a\xffb\xf0\x9f\x98c", "a\uFFFDb\uFFFDc"},
		{"text/plain; charset=utf-8", "\xc0\x80", "\uFFFD\uFFFD"},
		{"text/plain; charset=klingon", "é\xff", "é\uFFFD"},
		{"text/plain; charset=iso-2022-kr", "é", "é"}, // no longer decoded by anyone
		{"text/plain; charset=", "é", "é"},
		{"text/plain; charset=us-ascii; charset=x; =", "é", "é"},
		{"application/json; charset=latin1", "{\"a\": \"\xe9\"}", "{\"a\": \"é\"}"},
		{"", "", ""},
	} {
		a := &Activation{Response: &exchange.Response{Header: http.Header{"Content-Type": {tt.contentType}}, Body: []byte(tt.body)}}
		if got := a.Text(); got != tt.want {
			t.Errorf("%s: %q is %q, want %q", tt.contentType, tt.body, got, tt.want)
		}
	}
	a := &Activation{Response: &exchange.Response{Header: http.Header{"Content-Type": {"application/json; charset=latin1"}}, Body: []byte("{\"a\": \"\xe9\"}")}}
	if got := outcome(t, newTestCompiler(t), a, spec.ScopeCheck, `body.a + string(raw.size())`); got != "é10" {
		t.Errorf("body.a is %s", got)
	}
}

// Numbers keep their value and their spelling on the way out.
func TestNumbersKeepTheirPrecision(t *testing.T) {
	c := newTestCompiler(t)
	numbers := []string{"12345678901234567890", "12345678.9", "1.10", "1e400", "-0", "123456789012345678901234567890", "0.1", "1E3", "9007199254740993"}
	a := &Activation{Response: &exchange.Response{Body: []byte(`{"n": [` + strings.Join(numbers, ", ") + `]}`)}}
	a.Captures = map[string]ref.Val{}
	for i, n := range numbers {
		source := `body.n[` + string(rune('0'+i)) + `]`
		v, err := mustExpr(t, c, source, spec.ScopeCheck).Eval(background, a)
		if err != nil {
			t.Fatalf("%s: %v", n, err)
		}
		a.Captures["order_id"] = v
		if tmpl, _ := c.Template(plain(`<${captures.order_id}>`), spec.ScopeQuery, EscapeNone); tmpl != nil {
			if got, err := tmpl.Text(background, a); err != nil || got != "<"+n+">" {
				t.Errorf("%s becomes %s %v in text", n, got, err)
			}
		}
		j, _ := c.JSON(listOf(`${captures.order_id}`), spec.ScopeQuery)
		if got, err := j.Bytes(background, a); err != nil || string(got) != "["+n+"]" {
			t.Errorf("%s becomes %s %v in JSON", n, got, err)
		}
	}
	for text, want := range map[string]string{
		`body.n[0] == 12345678901234567890u && body.n[8] == 9007199254740993 && body.n[8] != 9007199254740992`: `true`,
		`body.n[3] > 1e308`: `true`,
		`json.encode(body)`: `{"n":[12345678901234567890,12345678.9,1.10,1e400,-0,123456789012345678901234567890,0.1,1E3,9007199254740993]}`,
		`body.n[3] * 1.0`:   `the number is +Inf, which JSON cannot hold`,
	} {
		if got := outcome(t, c, a, spec.ScopeCheck, text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// Each of CEL's libraries is there.
func TestLibraries(t *testing.T) {
	c := newTestCompiler(t)
	for _, tt := range []struct{ text, want string }{
		{`"héllo".charAt(1) + "a,b".split(",")[1] + "x".upperAscii() + "%s".format([1])`, `ébX1`},                   // strings
		{`[3, 1, 2].sort().slice(0, 2) + [1, 1].distinct() + lists.range(1)`, `[1,2,1,0]`},                          // lists
		{`sets.contains([1, 2], [2]) && sets.intersects([1], [1])`, `true`},                                         // sets
		{`math.greatest(1, 2) + math.least(3, 4) + int(math.ceil(1.2)) + math.bitAnd(7, 1)`, `8`},                   // math
		{`base64.encode(b"\xff\xfe") + base64.encodeUrl(b"\xff\xfe") + string(base64.decode("aGk"))`, `//4=__4=hi`}, // encoders
		{`base64.decodeUrl("__4") == b"\xff\xfe" && base64.decodeUrl("__4=") == b"\xff\xfe"`, `true`},
		{`json.encode({"b": [1.5, null], "a": body.big})`, `{"a":12345678901234567890,"b":[1.5,null]}`},
		{`json.parse("{\"a\": 12345678901234567890}").a`, `12345678901234567890`},
		{`json.parse("{").hasValue() || json.parse("").hasValue()`, `false`},
		{`regex.replace("a1", "[0-9]", "b") + regex.extract("x=1", "x=(.)").orValue("")`, `ab1`}, // regex
		{`cidr("10.0.0.0/8").containsIP(ip("10.1.2.3")) && isIP("::1")`, `true`},                 // network
		{`{"a": 1}.transformMap(k, v, v + 1).a + [5].transformList(i, v, i + v)[0]`, `7`},        // two-variable comprehensions
		{`[1].existsOne(i, v, i == 0 && v == 1)`, `true`},
		{`optional.of(1).optMap(x, x + 1).orValue(0)`, `2`}, // optionals
		{`cel.bind(total, body.count + 1, total * total)`, `16`},
		{`cel.bind(captures, 1, captures)`, `1`},

		{`base64.decode("*")`, `1:8: base64.decode() got text that is not base64 [base64.decodeUrl() takes base64url, with - and _]`},
		{`base64.decodeUrl("+/")`, `1:8: base64.decodeUrl() got text that is not base64url [base64.decode() takes base64 with + and /]`},
		{`json.encode(b"x")`, `1:6: json.encode() takes JSON values: the value is bytes, which text and JSON cannot hold [write hex(…) or base64.encode(…) around it]`},
		{`cel.bind(x, 1)`, `1:1: cel.bind() cannot be called with 2 arguments [write cel.bind(x, body.total, x * x)]`},
		{`bind(x, 1, x)`, `1:1: unknown function "bind" [did you mean cel.bind(…)?]`},
		{`encode("x")`, `1:1: unknown function "encode" [did you mean base64.encode(…)?]`},
	} {
		if got := outcome(t, c, testActivation(), spec.ScopeCheck, tt.text); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

// What functions write counts, so that a loop cannot fill the memory.
func TestWritingIsBounded(t *testing.T) {
	c := newStrictCompiler(t)
	a := testActivation()
	a.Response = &exchange.Response{Body: orders(1 << 18)}
	for _, call := range []string{`json.encode(body)`, `hex(raw)`, `json.parse(text)`} {
		got := outcome(t, c, a, spec.ScopeCheck, `lists.range(1000).map(i, `+call+`).size()`)
		if got != `1:1: the expression does too much work: it was stopped after 1 million steps [loop over fewer elements, or not over one list inside another]` &&
			!strings.Contains(got, `the expression takes longer than 5s`) {
			t.Errorf("%s: got %s", call, got)
		}
	}
}
