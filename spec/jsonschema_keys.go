package spec

// schemaPart makes the schema of what stands in a place.
type schemaPart func(*schemaMaker) *schemaNode

// schemaTypes are the schemas of the types of keys, Choices excepted.
func schemaTypes() map[string]schemaPart {
	return map[string]schemaPart{
		"text":                    textSchema,
		"path":                    anyTextSchema,
		"gjson path":              textSchema,
		"XPath":                   textSchema,
		"regular expression":      textSchema,
		"file, or PEM":            fileOrPEMSchema,
		"file":                    fileSchema,
		"CEL":                     celSchema,
		"duration":                durationSchema,
		"size":                    sizeSchema,
		"whole number":            countSchema,
		"value":                   valueSchema,
		"list of text":            listOf(constantSchema),
		"list of names":           atLeastOne(listOf(textSchema)),
		"list of gjson paths":     listOf(constantSchema),
		"text, or list of text":   fieldSchema,
		"list of CEL":             celListSchema,
		"map of text":             mapOf(fieldSchema),
		"map of values":           namesOf(valueSchema),
		"map of secrets":          namesOf(secretSchema),
		"map of captures":         capturesSchema,
		"map of parts":            mapOf(partsSchema),
		"matcher":                 matcherOn(SubjectText),
		"map of matchers":         matchersOn(SubjectJSON),
		"list of queries":         queriesSchema,
		"status, or list of them": statusSchema,
		"source":                  sourceSchema,
		"source, or file":         sourceOrFileSchema,
		"auth":                    authSchema,
		"ssl":                     sslSchema,
		"redirects":               tableOf(Table{"redirects", RedirectsKeys}),
		"body":                    bodySchema,
		"graphql":                 tableOf(Table{"graphql", GraphQLKeys}),
		"rows":                    rowsSchema,
		"poll":                    tableOf(Table{"a poll", PollKeys}),
		"expect":                  expectSchema,
		"schema":                  fileOrSchema,
		"snapshot":                snapshotSchema,
	}
}

// schemaPlaces are the schemas of those places that say more than their type,
// by the map that they stand in and their key.
func schemaPlaces() map[string]schemaPart {
	return map[string]schemaPart{
		"a suite.name":        constantSchema,
		"a suite.description": constantSchema,
		"a suite.queries":     atLeastOne(queriesSchema),
		"a secret.env":        constantSchema,
		"a query.method":      methodSchema,
		"a query.params":      mapOf(removableSchema),
		"a query.headers":     tokensOf("header", removableSchema),
		"a query.cookies":     tokensOf("cookie", removableSchema),
		"a query.expect":      queryExpectSchema,
		"a query.skip":        reasonSchema,
		"a snapshot.ignore":   atLeastOne(listOf(constantSchema)),
		"graphql.variables":   variablesSchema,
		"a source.base_url":   baseURLSchema,
		"a source.headers":    tokensOf("header", fieldSchema),
		"a source.cookies":    tokensOf("cookie", fieldSchema),
		"a body.text":         anyTextSchema,
		"a part.text":         anyTextSchema,
		"auth.username":       anyTextSchema,
		"auth.password":       anyTextSchema,
		"auth.header_prefix":  anyTextSchema,
		"a snapshot.path":     snapshotPathSchema,
		"an expect.headers":   matchersOn(SubjectHeader),
		"an expect.cookies":   matchersOn(SubjectCookie),
		"an expect.xpath":     matchersOn(SubjectXPath),
	}
}

// schemaDefaults are the values of keys that are not given, by the map that they
// stand in and their key.
var schemaDefaults = map[string]any{
	"a suite.order":              "safe",
	"a source.timeout":           "30s",
	"a source.connect_timeout":   "10s",
	"a source.http":              "auto",
	"a source.max_response_size": "64MiB",
	"ssl.system_roots":           true,
	"ssl.min_version":            "1.2",
	"ssl.verify":                 true,
	"redirects.follow":           true,
	"redirects.max":              10,
	"auth.header_prefix":         "Bearer",
}

// schemaExamples are what editors offer and show, by the map that it stands in
// and its key.
var schemaExamples = map[string][]any{
	"a source.base_url":      {"https://api.example.com/v1"},
	"a query.timeout":        {"5s"},
	"a query.if":             {"vars.max_orders > 0"},
	"a poll.interval":        {"500ms"},
	"a poll.timeout":         {"30s"},
	"a poll.give_up":         {"body.failed"},
	"an expect.status":       {200, "2xx", []int{200, 404}},
	"an expect.max_duration": {"2s"},
	"an expect.max_size":     {"64kB"},
	"a cel check.that":       {"body.items.all(i, i.qty > 0)"},
	"a capture.gjson":        {"items.0.id"},
	"a capture.header":       {"Location"},
	"a capture.cel":          {"body.items.size()"},
	"a capture.regex":        {"/orders/([0-9]+)"},
}
