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
	{"a source file", SourceFileKeys},
	{"a source", SourceKeys},
	{"ssl", SSLKeys},
	{"redirects", RedirectsKeys},
	{"a retry", RetryKeys},
	{"a query", QueryKeys},
	{"a body", BodyKeys},
	{"a part", PartKeys},
	{"graphql", GraphQLKeys},
	{"rows from a file", EachKeys},
	{"a poll", PollKeys},
	{"an expect", ExpectKeys},
	{"a cel check", CELCheckKeys},
	{"a snapshot", SnapshotKeys},
	{"a capture", CaptureKeys},
}

// SuiteKeys are the keys of a file.
var SuiteKeys = []Key{
	{"name", "text", "What reports call the suite; the file's name without `.apicel.yaml` where it is not given.", false},
	{"description", "text", "What the suite is for, for those who read it.", false},
	{"tags", "list of text", "Words that reports carry with every query of the suite and that `--tag` selects by.", false},
	{"vars", "map of values", "The inputs of the suite and their defaults; `null` makes one required.", false},
	{"secrets", "map of secrets", "The inputs that never appear in any output.", false},
	{"source", "source, or file", "The API that the queries are sent to, or the file that says so.", true},
	{"order", "safe, file or free", "Which queries wait for others without needing them; `safe` where it is not given.", false},
	{"expect", "expect", "Checks that hold for every query under `queries`.", false},
	{"setup", "list of queries", "Queries sent before the others; if one fails, the others are skipped.", false},
	{"queries", "list of queries", "The queries of the suite.", true},
	{"teardown", "list of queries", "Queries sent at the end, whatever happened.", false},
}

// SecretKeys are the keys of a secret. Exactly one of them is given.
var SecretKeys = []Key{
	{"env", "text", "The environment variable that holds the secret.", false},
	{"file", "file", "The file that holds the secret; the only file that may lie outside of the project.", false},
}

// SourceKeys are the keys of a source.
var SourceKeys = []Key{
	{"base_url", "text", "The URL that the paths of queries are joined to.", true},
	{"headers", "map of text", "Headers sent with every query; a list sends a header several times.", false},
	{"params", "map of text", "Query parameters sent with every query; a list sends one several times.", false},
	{"cookies", "map of text", "Cookies sent with every query.", false},
	{"auth", "auth", "How requests are authenticated.", false},
	{"ssl", "ssl", "Which certificates are trusted and shown.", false},
	{"timeout", "duration", "How long one attempt may take, redirects included; 30s where it is not given.", false},
	{"connect_timeout", "duration", "How long a new connection may take, TLS included; 10s where it is not given.", false},
	{"redirects", "redirects", "Whether redirects are followed; up to 10 where it is not given.", false},
	{"retry", "retry", "Whether a query that failed for a reason that may pass is sent again; a query's own `retry` stands in its place. Where it is not given, nothing is.", false},
	{"proxy", "text", "The URL of the proxy: http, https or socks5, with user and password where it asks for them; `none` for none. Where it is not given, the usual environment variables say it.", false},
	{"unix_socket", "text", "The path of the socket that is connected to instead of the URL's host, relative to the file that it stands in; it may lie outside of the project, because it is no file that is read.", false},
	{"resolve", "map of text", "Where to connect instead: `host` or `host:port` to an address, with or without a port.", false},
	{"rate_limit", "rate", "How many requests may be sent in a time, such as `50/s` or `100/1m`.", false},
	{"max_concurrency", "whole number", "How many requests may be in flight at once; `--jobs` bounds them too.", false},
	{"http", "auto, 1.1, 2 or h2c", "The version of HTTP; `auto`, where it is not given, is 2 where the server offers it over TLS, else 1.1.", false},
	{"max_response_size", "size", "The most bytes that an answer's body may have; 64MiB where it is not given.", false},
}

// SourceFileKeys are the keys of a source file.
var SourceFileKeys = []Key{
	{"vars", "map of values", "Inputs that the source reads, with their defaults; a suite that declares one of the same name replaces it.", false},
	{"secrets", "map of secrets", "Secret inputs that the source reads; a suite that declares one of the same name replaces it.", false},
	{"source", "source", "The API that the queries are sent to.", true},
}

// SSLKeys are the keys of ssl.
var SSLKeys = []Key{
	{"ca_cert", "file, or PEM", "Certificates of authorities that are trusted beside the system's.", false},
	{"client_cert", "file, or PEM", "The certificate that is shown to the server, with its chain.", false},
	{"client_key", "file, or PEM", "The private key of `client_cert`.", false},
	{"client_key_password", "text", "The password of `client_key`, where it is encrypted.", false},
	{"system_roots", "true or false", "Whether the authorities that the system trusts are trusted; true where it is not given.", false},
	{"server_name", "text", "The name that the server's certificate must be for; the host of the URL where it is not given.", false},
	{"min_version", "1.0, 1.1, 1.2 or 1.3", "The lowest version of TLS; 1.2 where it is not given.", false},
	{"pin_sha256", "text, or list of text", "The base64 SHA-256 of the public key (RFC 7469) of a certificate, one of which the server's chain must have.", false},
	{"verify", "true or false", "Whether the server's certificate is verified; true where it is not given, and false is said at every run.", false},
}

// RedirectsKeys are the keys of redirects.
var RedirectsKeys = []Key{
	{"follow", "true or false", "Whether redirects are followed; true where it is not given.", false},
	{"max", "whole number", "How many redirects are followed; 10 where it is not given.", false},
}

// RetryKeys are the keys of a retry.
var RetryKeys = []Key{
	{"attempts", "whole number", "How often the query is sent at most, the first time included: 2 to 20; 3 where it is not given.", false},
	{"interval", "duration", "The time that the first wait has at most; 500ms where it is not given.", false},
	{"backoff", "constant or exponential", "How the waits grow: `exponential`, where it is not given, doubles their upper limit each time, up to 30s, and draws the wait below it at random; `constant` waits exactly the interval.", false},
	{"on", "list of causes", "What is no verdict yet: `network`, `timeout`, and statuses such as `429` or `5xx` that nothing expects; `[network, timeout, 429, 5xx]` where it is not given.", false},
}

// QueryKeys are the keys of a query. It has one of the method shorthands, or
// method and path.
var QueryKeys = []Key{
	{"name", "text", "What reports call the query; no other query of the suite has the same.", true},
	{"tags", "list of text", "Words that reports carry with the query, beside those of the suite, and that `--tag` selects by.", false},
	{"if", "CEL", "The query is skipped where this is false.", false},
	{"skip", "text", "Skips the query, for the reason given.", false},
	{"each", "rows", "Sends the query once for each row: a list, a file of rows, or a `${…}` that gives a list.", false},
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
	{"timeout", "duration", "How long one attempt may take, redirects included.", false},
	{"redirects", "redirects", "Whether redirects are followed, instead of as the source says.", false},
	{"retry", "retry", "Sends the query again where it failed for a reason that may pass, instead of as the source says; `null` lifts the source's.", false},
	{"after", "list of names", "Queries that must have passed before this one is sent.", false},
	{"safe", "true or false", "Whether the query changes nothing; where it is not given, the method decides, or the operation of a `graphql` body.", false},
	{"poll", "poll", "Sends the query again until its checks pass.", false},
	{"expect", "expect", "What is checked of the answer.", false},
	{"capture", "map of captures", "Values of the answer that later queries read.", false},
}

// shorthands are the keys of a query that say its method and its path at once.
var shorthands = []string{"get", "head", "post", "put", "patch", "delete", "options"}

// BodyKeys are the keys of a body. Exactly one of them is given, content_type
// apart.
var BodyKeys = []Key{
	{"json", "value", "A JSON value.", false},
	{"text", "text", "Text as it is.", false},
	{"form", "map of text", "Fields of a form, sent URL-encoded; a list sends one several times.", false},
	{"multipart", "map of parts", "Parts of a form (RFC 7578): texts, JSON and files; a list sends a name several times.", false},
	{"file", "file", "The content of a file.", false},
	{"xml", "text", "XML; what is inserted is escaped.", false},
	{"graphql", "graphql", "A GraphQL operation, sent as JSON.", false},
	{"base64", "text", "Bytes, written in base64.", false},
	{"content_type", "text", "The media type, instead of what the body's kind says.", false},
}

// bodyKinds are the keys of a body of which exactly one is given.
var bodyKinds = []string{"json", "text", "form", "multipart", "file", "xml", "graphql", "base64"}

// PartKeys are the keys of a part of a multipart body. Exactly one of text,
// json and file is given.
var PartKeys = []Key{
	{"text", "text", "Text as it is.", false},
	{"json", "value", "A JSON value.", false},
	{"file", "file", "The content of a file.", false},
	{"filename", "text", "The file name that is sent; that of `file` where it is not given.", false},
	{"content_type", "text", "The media type of the part.", false},
}

// GraphQLKeys are the keys of graphql.
var GraphQLKeys = []Key{
	{"query", "text", "The document of operations.", true},
	{"variables", "value", "The values of its variables, a map.", false},
	{"operation", "text", "The name of the operation, where the document has several.", false},
}

// EachKeys are the keys of rows that stand in a file. Exactly one of them is given.
var EachKeys = []Key{
	{"csv", "file", "CSV (RFC 4180) whose first line names the columns; cells are text.", false},
	{"json", "file", "A JSON array.", false},
	{"jsonl", "file", "JSON values, one a line.", false},
	{"yaml", "file", "A YAML list.", false},
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
	{"cookies", "map of matchers", "Values of the cookies that the answer set, those of redirects included.", false},
	{"gjson", "map of matchers", "What gjson paths pick out of the body.", false},
	{"json", "value", "The whole body, compared as JSON.", false},
	{"text", "matcher", "The body as text.", false},
	{"xpath", "map of matchers", "What XPath expressions pick out of an XML or HTML body.", false},
	{"cel", "list of CEL", "Expressions that must be true.", false},
	{"schema", "schema", "The JSON Schema that the body must satisfy: a file, or the schema itself.", false},
	{"snapshot", "snapshot", "A file with the body as it was when `--update-snapshots` wrote it.", false},
	{"max_duration", "duration", "The longest time from the start of the request to the end of the answer.", false},
	{"max_size", "size", "The most bytes that the body may have as it was received, before its content encoding is undone.", false},
}

// SnapshotKeys are the keys of a snapshot that says more than its file.
var SnapshotKeys = []Key{
	{"path", "file", "The file.", true},
	{"ignore", "list of gjson paths", "What is not compared.", false},
}

// CELCheckKeys are the keys of a CEL check that says more than its expression.
var CELCheckKeys = []Key{
	{"that", "CEL", "The expression that must be true.", true},
	{"message", "text", "What is reported where it is not.", false},
}

// CaptureKeys are the keys of a capture. At most one of gjson, header, cookie,
// xpath and cel is given; regex alone searches the body's text.
var CaptureKeys = []Key{
	{"gjson", "gjson path", "Takes what the path picks out of the body.", false},
	{"header", "text", "Takes a header of the answer.", false},
	{"cookie", "text", "Takes the value of a cookie that the answer set.", false},
	{"xpath", "XPath", "Takes the text of the first node that the XPath expression picks out of an XML or HTML body.", false},
	{"cel", "CEL", "Takes what the expression gives.", false},
	{"regex", "regular expression", "Takes the first group that the expression (RE2) finds in what was taken, or all that it matches where it has no group; alone, in the body's text.", false},
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
	{AuthDigest, "HTTP Digest authentication (RFC 7616).", []Key{
		{"username", "text", "The name of the user.", true},
		{"password", "text", "The password.", true},
	}},
	{AuthAWSSigV4, "A signature of the request as AWS checks it (Signature Version 4).", []Key{
		{"access_key_id", "text", "The access key.", true},
		{"secret_access_key", "text", "Its secret.", true},
		{"session_token", "text", "The token of temporary credentials.", false},
		{"region", "text", "The region, such as `eu-central-1`.", true},
		{"service", "text", "The service, such as `s3` or `execute-api`.", true},
	}},
	{AuthOAuth2, "An access token that an authorization server gives (OAuth 2.0, RFC 6749). One token serves all queries; it is renewed before it expires, and once after a 401.", []Key{
		{"grant_type", "grant", "How the token is got.", true},
		{"issuer", "text", "The authorization server, whose discovery document (RFC 8414, OpenID Connect Discovery) names the URLs that are not given.", false},
		{"access_token_url", "text", "The URL that tokens are got from.", false},
		{"auth_url", "text", "The URL that the browser opens for `authorization_code`.", false},
		{"device_authorization_url", "text", "The URL that device codes are got from (RFC 8628).", false},
		{"client_id", "text", "The identifier of the client.", false},
		{"client_secret", "text", "The secret of the client.", false},
		{"client_auth", "client authentication", "How the client proves who it is; `header` where there is a secret, else `none`, where it is not given.", false},
		{"scopes", "text, or list of text", "What the token shall be good for.", false},
		{"audience", "text", "The API that the token is for, where the server wants it as `audience`.", false},
		{"resource", "text, or list of text", "The API that the token is for (RFC 8707).", false},
		{"username", "text", "The name of the user, for `password`.", false},
		{"password", "text", "The password of the user, for `password`.", false},
		{"refresh_token", "text", "The refresh token, for `refresh_token`, and for `authorization_code` and `device_code` where nobody can log in.", false},
		{"private_key", "file, or PEM", "The key that signs assertions, for `jwt_bearer` and `private_key_jwt`.", false},
		{"key_id", "text", "The identifier of that key.", false},
		{"algorithm", "signature algorithm", "How assertions are signed; by the kind of key where it is not given.", false},
		{"subject", "text", "Whom the assertion of `jwt_bearer` speaks for; `client_id` where it is not given.", false},
		{"access_token_custom_headers", "map of text", "Headers of the token request.", false},
		{"custom_query_params", "map of text", "Parameters of the authorization URL.", false},
		{"custom_auth_params", "map of text", "Parameters of the token request.", false},
		{"header_prefix", "text", "The word before the token; `Bearer` where it is not given.", false},
		{"add_token_to", "header or query", "Where the token is sent; `header` where it is not given.", false},
	}},
}

// Choices are the values of the types of keys that name a fixed set of them.
var Choices = map[string][]string{
	"safe, file or free":      {"safe", "file", "free"},
	"header, query or cookie": {"header", "query", "cookie"},
	"auto, 1.1, 2 or h2c":     {"auto", "1.1", "2", "h2c"},
	"1.0, 1.1, 1.2 or 1.3":    {"1.0", "1.1", "1.2", "1.3"},
	"true or false":           {"true", "false"},
	"grant":                   {"client_credentials", "authorization_code", "refresh_token", "password", "device_code", "jwt_bearer"},
	"client authentication":   {"header", "body", "private_key_jwt", "tls", "none"},
	"signature algorithm":     {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
	"header or query":         {"header", "query"},
	"constant or exponential": {BackoffConstant, BackoffExponential},
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
