package cli

import (
	"net/http"
	"slices"
	"testing"
)

// A suite may not name a key twice; a body can.
func TestDraftOfRepeatedKeys(t *testing.T) {
	var d draft
	d.take(&http.Response{StatusCode: http.StatusOK}, []byte(`{"a": 1, "a": "x", "n": null, "n": 2, "b": []}`))
	if want := [][2]string{{"a", "number"}, {"b", "array"}}; !slices.Equal(d.fields, want) {
		t.Errorf("fields %v, want %v", d.fields, want)
	}
}
