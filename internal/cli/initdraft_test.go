package cli

import (
	"net/http"
	"slices"
	"strings"
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

// What a check would refuse to read has no checks.
func TestDraftOfDeepJSON(t *testing.T) {
	for depth, fields := range map[int]int{9_999: 1, 20_000: 0} {
		var d draft
		body := `{"a": ` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + "}"
		d.take(&http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}}, []byte(body))
		if len(d.fields) != fields || d.mediaType != "application/json" {
			t.Errorf("%d levels: %+v", depth, d)
		}
	}
}
