package spec

// Scope says where an expression stands, which decides what it may read.
type Scope uint8

// The scopes.
const (
	// ScopeVars is a default in vars.
	ScopeVars Scope = 1 << iota
	// ScopeSource is a value in source, headers excepted.
	ScopeSource
	// ScopeName is a query's name and its skip reason.
	ScopeName
	// ScopeEach is the expression of an each.
	ScopeEach
	// ScopeQuery is a value in a query, headers excepted, and its if.
	ScopeQuery
	// ScopeHeaders is a header of a source or a query.
	ScopeHeaders
	// ScopeCheck is expect, give_up and capture.
	ScopeCheck
)

const (
	afterVars = ScopeSource | ScopeName | ScopeEach | ScopeQuery | ScopeHeaders | ScopeCheck
	inQuery   = ScopeQuery | ScopeHeaders | ScopeCheck
)

// Variable is a name that expressions may read.
type Variable struct {
	// Name is the variable; one that ends in ".*" has members that the suite declares.
	Name string
	// Type is its CEL type as CEL spells it.
	Type string
	// Scopes are where it may be read.
	Scopes Scope
	// Doc is what it holds, in one sentence.
	Doc string
}

// Variables are the names that expressions may read.
var Variables = []Variable{
	{"env.*", "string", ScopeVars, "An environment variable; `env.?X.orValue(\"…\")` gives a default."},
	{"vars.*", "as declared", ScopeVars | afterVars, "An input that the suite declares under `vars`."},
	{"secrets.*", "string", afterVars &^ ScopeName, "A secret input that the suite declares under `secrets`."},
	{"captures.*", "dyn", ScopeSource | ScopeEach | inQuery, "A value that another query captured; reading it makes the reader need that query. `captures.?x` reads without needing."},
	{"row", "dyn", ScopeName | inQuery, "The row of `each` that the query is sent for."},
	{"row_index", "int", ScopeName | inQuery, "The number of that row, from 0."},
	{"attempt", "int", inQuery, "The number of the attempt, from 1."},
	{"request.method", "string", ScopeHeaders | ScopeCheck, "The method of the request."},
	{"request.url", "string", ScopeHeaders | ScopeCheck, "The URL of the request, without what `auth` adds to it."},
	{"request.body", "bytes", ScopeHeaders | ScopeCheck, "The body of the request."},
	{"status", "int", ScopeCheck, "The status code of the answer."},
	{"headers", "map(string, string)", ScopeCheck, "The headers of the answer, read case-insensitively; a repeated one is joined by `, `."},
	{"body", "dyn", ScopeCheck, "The body of the answer: decoded where it is JSON, else its text, null where it is empty."},
	{"text", "string", ScopeCheck, "The body of the answer as text."},
	{"raw", "bytes", ScopeCheck, "The body of the answer as bytes, its content encoding undone."},
	{"size", "int", ScopeCheck, "The number of bytes of the body as it was received, before its content encoding was undone; `size(raw)` is the number after."},
	{"cookies.*", "cookie", ScopeCheck, "A cookie that the answer set, those of redirects included: its `value`, `expires` (a timestamp; none for a session's), `path`, `domain`, `http_only`, `secure` and `same_site`."},
	{"links", "map(string, string)", ScopeCheck, "The URLs of the answer's `Link` header by relation (RFC 8288), and `location`, made absolute."},
	{"url", "string", ScopeCheck, "The URL that answered, after redirects."},
	{"redirects", "list(string)", ScopeCheck, "The URLs that were asked before it, in order."},
	{"proto", "string", ScopeCheck, "The protocol: `HTTP/1.1` or `HTTP/2`."},
	{"timing.dns", "google.protobuf.Duration", ScopeCheck, "The time for looking up the host; nothing on a connection that was used before."},
	{"timing.connect", "google.protobuf.Duration", ScopeCheck, "The time for connecting."},
	{"timing.tls", "google.protobuf.Duration", ScopeCheck, "The time for the TLS handshake."},
	{"timing.first_byte", "google.protobuf.Duration", ScopeCheck, "The time from the sent request to the first byte of the answer."},
	{"timing.transfer", "google.protobuf.Duration", ScopeCheck, "The time from there to the end of the body."},
	{"timing.reused", "bool", ScopeCheck, "Whether the connection had been used before."},
	{"tls.version", "string", ScopeCheck, "The version of TLS: `1.0` to `1.3`. Without TLS, reading it is an error."},
	{"tls.cipher", "string", ScopeCheck, "The cipher suite, as IANA names it."},
	{"tls.subject", "string", ScopeCheck, "The subject of the server's certificate (RFC 4514)."},
	{"tls.issuer", "string", ScopeCheck, "Its issuer."},
	{"tls.dns_names", "list(string)", ScopeCheck, "The host names that it is for."},
	{"tls.not_after", "google.protobuf.Timestamp", ScopeCheck, "The time from which on it is no longer valid."},
	{"duration", "google.protobuf.Duration", ScopeCheck, "The time from the start of the request to the end of the answer."},
}

// Function is a function that apicel adds to CEL.
type Function struct {
	Name string
	// Signature is the call and the type of its result as CEL spells types.
	Signature string
	// Doc is what it gives, in one sentence.
	Doc string
}

// Functions are the functions that apicel adds to CEL's own.
var Functions = []Function{
	{"uuid", "uuid() -> string", "A random UUID (RFC 9562, version 4), drawn from the seeded stream."},
	{"now", "now() -> google.protobuf.Timestamp", "The time of the evaluation."},
	{"random_int", "random_int(int, int) -> int", "A random integer between the two, both included, drawn from the seeded stream."},
	{"header_values", "header_values(string) -> list(string)", "All values of a header of the answer, in order; an empty list where it has none. Checks and captures only."},
	{"file", "file(string) -> bytes", "The content of a file of the project, relative to the file that the expression stands in."},
	{"jwt", "jwt(string) -> map(string, dyn)", "The claims of a JSON Web Token (RFC 7519). Its signature is not verified."},
	{"gjson", "gjson(dyn, string) -> dyn", "What the gjson path picks out of the value."},
	{"merge", "merge(dyn, dyn) -> dyn", "The first value patched with the second (JSON Merge Patch, RFC 7396)."},
	{"sha256", "sha256(string | bytes) -> bytes", "The SHA-256 digest."},
	{"hmac_sha256", "hmac_sha256(string | bytes, string | bytes) -> bytes", "The HMAC-SHA-256 of the second value under the key given first (RFC 2104)."},
	{"hex", "hex(bytes) -> string", "The bytes in lower-case hexadecimal."},
	{"url_encode", "url_encode(string) -> string", "The text percent-encoded as one path segment or query value."},
}
