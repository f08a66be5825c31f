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
	{"request.url", "string", ScopeHeaders | ScopeCheck, "The URL of the request."},
	{"request.body", "bytes", ScopeHeaders | ScopeCheck, "The body of the request."},
	{"status", "int", ScopeCheck, "The status code of the answer."},
	{"headers", "map(string, string)", ScopeCheck, "The headers of the answer, read case-insensitively; a repeated one is joined by `, `."},
	{"body", "dyn", ScopeCheck, "The body of the answer: decoded where it is JSON, else its text, null where it is empty."},
	{"text", "string", ScopeCheck, "The body of the answer as text."},
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
	{"gjson", "gjson(dyn, string) -> dyn", "What the gjson path picks out of the value."},
	{"merge", "merge(dyn, dyn) -> dyn", "The first value patched with the second (JSON Merge Patch, RFC 7396)."},
	{"sha256", "sha256(string | bytes) -> bytes", "The SHA-256 digest."},
	{"hmac_sha256", "hmac_sha256(string | bytes, string | bytes) -> bytes", "The HMAC-SHA-256 of the second value under the key given first (RFC 2104)."},
	{"hex", "hex(bytes) -> string", "The bytes in lower-case hexadecimal."},
	{"url_encode", "url_encode(string) -> string", "The text percent-encoded as one path segment or query value."},
}
