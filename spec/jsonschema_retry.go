package spec

// retrySchema is a retry; in a query null lifts the source's.
func retrySchema(m *schemaMaker) *schemaNode { return tableOf(retryTable)(m) }

func queryRetrySchema(m *schemaMaker) *schemaNode {
	return m.ref("retry-or-null", func() *schemaNode { return m.table(retryTable).orNull() })
}

func attemptsSchema(*schemaMaker) *schemaNode {
	return &schemaNode{Type: typeList{"integer"}, Minimum: number(2), Maximum: number(MaxRetryAttempts)}
}

// causesSchema is a list of causes to send again, each once.
func causesSchema(*schemaMaker) *schemaNode {
	words := &schemaNode{Enum: []any{CauseNetwork, CauseTimeout, "5xx"}}
	status := &schemaNode{
		Title: "status", Type: typeList{"integer", "string"}, Minimum: number(100), Maximum: number(599),
		Pattern: statusSyntax.String(),
	}
	item := &schemaNode{AnyOf: []*schemaNode{words, status}, ErrorMessage: "write network, timeout, or a status such as 429 or 5xx"}
	return &schemaNode{Type: typeList{"array"}, Items: item, MinItems: 1, Unique: true}
}
