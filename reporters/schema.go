package reporters

import _ "embed"

// Made from the types of package runner by TestReportSchema -update.
//
//go:embed report.schema.json
var reportSchema []byte

// ReportJSONSchema returns the JSON Schema (draft 2020-12) of what WriteJSON
// writes. Fields that it does not know are allowed, since newer programs of the
// same version may write them.
func ReportJSONSchema() []byte { return reportSchema }
