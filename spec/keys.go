package spec

// Key is one key of a map of the suite language.
type Key struct {
	Name string
	// Type is what stands there, in a word or two.
	Type string
	// Doc is what it means, in one sentence.
	Doc string
	// Required tells that the map is wrong without it.
	Required bool
}

// Table is the keys of one kind of map.
type Table struct {
	// Of is the kind of map with its article, such as "a query".
	Of   string
	Keys []Key
}

// Tables are all maps whose keys the language fixes, those of auth excepted,
// which AuthTypes has.
var Tables = []Table{
	{"a suite", SuiteKeys},
	{"a secret", SecretKeys},
	{"a source", SourceKeys},
	{"a query", QueryKeys},
	{"a body", BodyKeys},
	{"a poll", PollKeys},
	{"an expect", ExpectKeys},
	{"a cel check", CELCheckKeys},
	{"a capture", CaptureKeys},
}

// SuiteKeys are the keys of a file.
var SuiteKeys = []Key{
	{"name", "text", "What reports call the suite; the file's name without `.apicel.yaml` where it is not given.", false},
	{"description", "text", "What the suite is for, for those who read it.", false},
	{"tags", "list of text", "Words that reports carry with the suite.", false},
	{"vars", "map of values", "The inputs of the suite and their defaults; `null` makes one required.", false},
	{"secrets", "map of secrets", "The inputs that never appear in any output.", false},
	{"source", "source", "The API that the queries are sent to.", true},
	{"order", "safe, file or free", "Which queries wait for others without needing them; `safe` where it is not given.", false},
	{"expect", "expect", "Checks that hold for every query under `queries`.", false},
	{"setup", "list of queries", "Queries sent before the others; if one fails, the others are skipped.", false},
	{"queries", "list of queries", "The queries of the suite.", true},
	{"teardown", "list of queries", "Queries sent at the end, whatever happened.", false},
}

// SecretKeys are the keys of a secret. Exactly one of them is given.
var SecretKeys = []Key{
	{"env", "text", "The environment variable that holds the secret.", false},
	{"file", "path", "The file that holds the secret.", false},
}

// SourceKeys are the keys of a source.
var SourceKeys = []Key{
	{"base_url", "text", "The URL that the paths of queries are joined to.", true},
	{"headers", "map of text", "Headers sent with every query; a list sends a header several times.", false},
	{"params", "map of text", "Query parameters sent with every query; a list sends one several times.", false},
	{"cookies", "map of text", "Cookies sent with every query.", false},
	{"timeout", "duration", "How long one attempt may take; 30s where it is not given.", false},
	{"auth", "auth", "How requests are authenticated.", false},
}

// QueryKeys are the keys of a query. It has one of the method shorthands, or
// method and path.
var QueryKeys = []Key{
	{"name", "text", "What reports call the query; no other query of the suite has the same.", true},
	{"get", "path", "Sends GET to the path.", false},
	{"head", "path", "Sends HEAD to the path.", false},
	{"post", "path", "Sends POST to the path.", false},
	{"put", "path", "Sends PUT to the path.", false},
	{"patch", "path", "Sends PATCH to the path.", false},
	{"delete", "path", "Sends DELETE to the path.", false},
	{"options", "path", "Sends OPTIONS to the path.", false},
	{"method", "text", "The method, where there is no shorthand for it.", false},
	{"path", "path", "The path for `method`.", false},
	{"params", "map of text", "Query parameters; `null` removes one of the source's.", false},
	{"headers", "map of text", "Headers; `null` removes one of the source's.", false},
	{"cookies", "map of text", "Cookies; `null` removes one of the source's.", false},
	{"auth", "auth", "How this query is authenticated, instead of as the source says.", false},
	{"body", "body", "What is sent.", false},
	{"timeout", "duration", "How long one attempt may take.", false},
	{"after", "list of names", "Queries that must have passed before this one is sent.", false},
	{"safe", "true or false", "Whether the query changes nothing; where it is not given, the method decides.", false},
	{"if", "CEL", "The query is skipped where this is false.", false},
	{"skip", "text", "Skips the query, for the reason given.", false},
	{"each", "list, or ${…}", "Sends the query once for each row.", false},
	{"poll", "poll", "Sends the query again until its checks pass.", false},
	{"expect", "expect", "What is checked of the answer.", false},
	{"capture", "map of captures", "Values of the answer that later queries read.", false},
}

// shorthands are the keys of a query that say its method and its path at once.
var shorthands = []string{"get", "head", "post", "put", "patch", "delete", "options"}

// BodyKeys are the keys of a body. Exactly one of them is given.
var BodyKeys = []Key{
	{"json", "value", "A JSON value.", false},
	{"text", "text", "Text as it is.", false},
	{"form", "map of text", "Fields of a form, sent URL-encoded; a list sends one several times.", false},
}

// PollKeys are the keys of a poll.
var PollKeys = []Key{
	{"interval", "duration", "The time between two attempts.", true},
	{"timeout", "duration", "The time after which the query has failed.", true},
	{"give_up", "CEL", "Ends the poll at once where this is true.", false},
}

// ExpectKeys are the keys of an expect.
var ExpectKeys = []Key{
	{"status", "status, or list of them", "The status: `200`, `2xx`, or a list of those; any below 400 unless the query itself checks the status.", false},
	{"headers", "map of matchers", "Headers of the answer.", false},
	{"gjson", "map of matchers", "What gjson paths pick out of the body.", false},
	{"json", "value", "The whole body, compared as JSON.", false},
	{"text", "matcher", "The body as text.", false},
	{"cel", "list of CEL", "Expressions that must be true.", false},
	{"max_duration", "duration", "The longest time from the start of the request to the end of the answer.", false},
}

// CELCheckKeys are the keys of a CEL check that says more than its expression.
var CELCheckKeys = []Key{
	{"that", "CEL", "The expression that must be true.", true},
	{"message", "text", "What is reported where it is not.", false},
}

// CaptureKeys are the keys of a capture. Exactly one of gjson, header and cel
// is given.
var CaptureKeys = []Key{
	{"gjson", "gjson path", "Takes what the path picks out of the body.", false},
	{"header", "text", "Takes a header of the answer.", false},
	{"cel", "CEL", "Takes what the expression gives.", false},
	{"default", "value", "What is captured where nothing is found.", false},
	{"secret", "true or false", "Keeps the value out of every output.", false},
}

// AuthKind is a kind of auth and the keys it has beside `type`.
type AuthKind struct {
	Type AuthType
	Doc  string
	Keys []Key
}

// AuthTypes are the kinds of auth.
var AuthTypes = []AuthKind{
	{AuthNone, "Sends no credentials; on a query, leaves out those of the source.", nil},
	{AuthBasic, "HTTP Basic authentication (RFC 7617).", []Key{
		{"username", "text", "The name of the user.", true},
		{"password", "text", "The password.", true},
	}},
	{AuthBearer, "A bearer token in the header Authorization (RFC 6750).", []Key{
		{"token", "text", "The token.", true},
		{"header_prefix", "text", "The word before the token; `Bearer` where it is not given.", false},
	}},
	{AuthAPIKey, "A key in a header, a query parameter or a cookie.", []Key{
		{"name", "text", "The name of the header, parameter or cookie.", true},
		{"value", "text", "The key.", true},
		{"in", "header, query or cookie", "Where the key is sent.", true},
	}},
}

// Orders are the values of `order`, the default first.
var Orders = []Order{OrderSafe, OrderFile, OrderFree}

func keyNames(keys []Key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}
