package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

// part is a part of a form of a test.
type part struct{ disposition, kind, data string }

// upload sends a form to the attachments of an order.
func upload(t *testing.T, h http.Handler, order string, parts ...part) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, p := range parts {
		header := textproto.MIMEHeader{"Content-Disposition": {"form-data; " + p.disposition}}
		if p.kind != "" {
			header.Set("Content-Type", p.kind)
		}
		to, err := w.CreatePart(header)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(to, p.data)
	}
	_ = w.Close()
	return call(t, h, "POST /orders/"+order+"/attachments", body.String(), "Content-Type", w.FormDataContentType())
}

// digest is the SHA-256 of a text in hexadecimal.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestUpload(t *testing.T) {
	h := Handler(nil)
	binary := "\x00\xff\r\n--\x80"
	w := upload(t, h, "ord-1",
		part{`name="file"; filename="a.bin"`, "application/x-demo", binary},
		part{`name="details"`, "application/json; charset=utf-8", `{"title": "Both sides", "pages": 12345678901234567890}`},
		part{`name="file"; filename="größe.txt"`, "", "zwölf"},
		part{`name="note"`, "", "ring twice"})
	wantStatus(t, w, 201)
	want(t, w, "files.#.name", `["a.bin","größe.txt"]`)
	want(t, w, "files.#.size", fmt.Sprintf("[%d,6]", len(binary)))
	want(t, w, "files.#.content_type", `["application/x-demo","application/octet-stream"]`)
	want(t, w, "files.0.sha256", digest(binary))
	want(t, w, "files.1.url", "/orders/ord-1/attachments/gr%C3%B6%C3%9Fe.txt")
	want(t, w, "fields.#.name", `["details","note"]`)
	want(t, w, "fields.0.value.pages", "12345678901234567890")
	want(t, w, "fields.1.value", "ring twice")

	w = call(t, h, "GET /orders/ord-1/attachments/gr%C3%B6%C3%9Fe.txt", "")
	wantStatus(t, w, 200)
	if got := w.Header().Get("Content-Disposition"); got != "attachment; filename*=utf-8''gr%C3%B6%C3%9Fe.txt" {
		t.Errorf("Content-Disposition is %q", got)
	}
	want(t, call(t, h, "GET /orders/ord-1/attachments", ""), "files.#.name", `["stamp.png","a.bin","größe.txt"]`)
	wantStatus(t, call(t, h, "DELETE /orders/ord-1", ""), 204)
	wantStatus(t, call(t, h, "GET /orders/ord-1/attachments/a.bin", ""), 404)
}

func TestDownload(t *testing.T) {
	h := Handler(nil)
	w := call(t, h, "GET /orders/ord-1/attachments/stamp.png", "", "Accept-Encoding", "gzip")
	wantStatus(t, w, 200)
	if _, err := png.Decode(bytes.NewReader(w.Body.Bytes())); err != nil {
		t.Error(err)
	}
	for name, value := range map[string]string{
		"Content-Type": "image/png", "Content-Length": "67", "Content-Encoding": "",
		"Content-Disposition": "attachment; filename=stamp.png", "ETag": `"` + digest(stampPNG) + `"`,
	} {
		if got := w.Header().Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	wantStatus(t, call(t, h, "GET /orders/ord-1/attachments/stamp.png", "", "If-None-Match", w.Header().Get("ETag")), 304)
	wantStatus(t, call(t, h, "GET /orders/ord-1/attachments/other.png", ""), 404)
	wantStatus(t, call(t, h, "GET /orders/ord-0/attachments/stamp.png", ""), 404)
	wantStatus(t, call(t, h, "GET /orders/ord-0/attachments", ""), 404)
}

func TestPutFile(t *testing.T) {
	h := Handler(nil)
	at := "/orders/ord-2/attachments/slip.txt"
	w := call(t, h, "PUT "+at, "one", "Content-Type", "text/plain")
	wantStatus(t, w, 201)
	want(t, w, "sha256", digest("one"))
	tag := w.Header().Get("ETag")
	wantStatus(t, call(t, h, "PUT "+at, "two", "If-None-Match", "*"), 412)
	wantStatus(t, call(t, h, "PUT "+at, "two", "Content-Type", "text/plain", "If-Match", tag), 200)
	wantStatus(t, call(t, h, "PUT "+at, "three", "If-Match", tag), 412)
	wantStatus(t, call(t, h, "DELETE "+at, "", "If-Match", tag), 412)
	wantStatus(t, call(t, h, "DELETE "+at, ""), 204)
	wantStatus(t, call(t, h, "DELETE "+at, ""), 404)
	wantStatus(t, call(t, h, "PUT /orders/ord-0/attachments/slip.txt", "x"), 404)

	wantStatus(t, call(t, h, "PUT "+at, ""), 201)
	w = call(t, h, "GET "+at, "")
	if w.Header().Get("Content-Type") != mimeBytes || w.Header().Get("Content-Length") != "0" {
		t.Errorf("an empty file came with %v", w.Header())
	}
}

func TestRefusedFiles(t *testing.T) {
	h := Handler(nil)
	file := func(name string) part { return part{`name="f"; filename="` + name + `"`, "", "x"} }
	refuse := func(name string, w *httptest.ResponseRecorder, status int, code string) {
		t.Helper()
		if got := gjson.Get(w.Body.String(), "error.code").String(); w.Code != status || got != code {
			t.Errorf("%s: %d %s, want %d %s", name, w.Code, w.Body, status, code)
		}
	}
	send := func(body, kind string) *httptest.ResponseRecorder {
		return call(t, h, "POST /orders/ord-1/attachments", body, "Content-Type", kind)
	}
	refuse("no form", send("{}", mimeJSON), 415, "unsupported_media_type")
	refuse("no boundary", send("x", mimeParts), 400, "invalid_multipart")
	refuse("no parts", send("x", mimeParts+"; boundary=b"), 422, "invalid")
	refuse("cut off", send("--b\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\nx", mimeParts+"; boundary=b"), 400, "invalid_multipart")
	refuse("too large", send("--b\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\n"+strings.Repeat("x", maxBody)+"\r\n--b--", mimeParts+"; boundary=b"), 413, "too_large")
	refuse("no files", upload(t, h, "ord-1", part{`name="note"`, "", "x"}), 422, "invalid")
	refuse("bad JSON", upload(t, h, "ord-1", part{`name="d"`, mimeJSON, "{"}, file("a")), 400, "invalid_json")
	refuse("bad media type", upload(t, h, "ord-1", part{`name="f"; filename="a"`, "///", "x"}), 422, "invalid")
	refuse("long name", upload(t, h, "ord-1", file(strings.Repeat("n", maxFileName+1))), 422, "invalid")
	refuse("dots", upload(t, h, "ord-1", file("..")), 422, "invalid")
	refuse("twice", upload(t, h, "ord-1", file("a"), file("a")), 422, "invalid")
	refuse("no order", upload(t, h, "ord-0", file("a")), 404, "not_found")
	refuse("quote", call(t, h, "PUT /orders/ord-1/attachments/a%22b", "x"), 422, "invalid")

	var many []part
	for i := range maxFilesOfOrder {
		many = append(many, file(fmt.Sprint(i)))
	}
	refuse("too many files", upload(t, h, "ord-1", many...), 409, "too_many_files")
	wantStatus(t, upload(t, h, "ord-2", many...), 201)
	wantStatus(t, upload(t, h, "ord-2", many...), 201) // each takes the place of its namesake
	refuse("one more", upload(t, h, "ord-2", file("more")), 409, "too_many_files")
	for range maxParts {
		many = append(many, part{`name="note"`, "", "x"})
	}
	refuse("too many parts", upload(t, h, "ord-3", many...), 400, "invalid_multipart")
}

func TestFilesAreBounded(t *testing.T) {
	h := Handler(nil)
	for i := range maxFiles + 1 {
		id := strings.TrimPrefix(place(t, h, ""), "/orders/")
		if i == 0 {
			defer func() { wantStatus(t, call(t, h, "GET /orders/"+id+"/attachments/a", ""), 404) }()
		}
		wantStatus(t, call(t, h, "PUT /orders/"+id+"/attachments/a", "x"), 201)
	}
	wantStatus(t, call(t, h, "GET /orders/ord-1/attachments/stamp.png", ""), 200)
}
