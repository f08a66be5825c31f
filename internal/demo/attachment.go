package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of the attachments of one order.
const (
	maxFilesOfOrder = 10
	maxFileName     = 80 // bytes
)

// attachment is a file that belongs to an order.
type attachment struct {
	order, name string
	kind        string // its media type
	data        []byte
}

// attachmentView is an attachment as answers show it.
type attachmentView struct {
	Name        string `json:"name"`
	Size        int    `json:"size"` // in bytes
	ContentType string `json:"content_type"`
	SHA256      string `json:"sha256"` // in hexadecimal
	URL         string `json:"url"`
}

// key is the name under which the desk stores the attachment.
func (a *attachment) key() string { return a.order + "/" + a.name }

// sum is the digest of the content in hexadecimal.
func (a *attachment) sum() string {
	digest := sha256.Sum256(a.data)
	return hex.EncodeToString(digest[:])
}

// etag is the tag of the content.
func (a *attachment) etag() string { return `"` + a.sum() + `"` }

// view returns the attachment as answers show it.
func (a *attachment) view() attachmentView {
	at := "/orders/" + a.order + "/attachments/" + url.PathEscape(a.name)
	return attachmentView{a.name, len(a.data), a.kind, a.sum(), at}
}

// check refuses names and media types that would not read well in an answer,
// and gives the attachment a media type where it has none.
func (a *attachment) check() error {
	bad := func(c rune) bool { return unicode.IsControl(c) || strings.ContainsRune(`/\"`, c) }
	if a.name == "" || a.name == "." || a.name == ".." || len(a.name) > maxFileName ||
		!utf8.ValidString(a.name) || strings.ContainsFunc(a.name, bad) {
		return invalid("filename", "a file name has up to %d bytes and no slash, backslash, quote or control character", maxFileName)
	}
	if a.kind == "" {
		a.kind = mimeBytes
	}
	if _, _, err := mime.ParseMediaType(a.kind); err != nil || len(a.kind) > maxText {
		return invalid("content_type", "the content type of %q is not one", a.name)
	}
	return nil
}

// filesOf returns the attachments of an order. The lock is held.
func (d *desk) filesOf(orderID string) []*attachment {
	var found []*attachment
	d.files.each(func(a *attachment) {
		if a.order == orderID {
			found = append(found, a)
		}
	})
	return found
}

// attach stores attachments of one order, all or none. The lock is held.
func (d *desk) attach(orderID string, all []*attachment) error {
	names := map[string]bool{}
	for _, a := range append(d.filesOf(orderID), all...) {
		names[a.name] = true
	}
	if len(names) > maxFilesOfOrder {
		return fail(http.StatusConflict, "too_many_files", "an order has up to %d attachments", maxFilesOfOrder)
	}
	for _, a := range all {
		a.order = orderID
		d.files.add(a.key(), a)
	}
	return nil
}

// findFile returns the attachment the path names. The lock is held.
func (d *desk) findFile(r *http.Request) (*attachment, error) {
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	if a := d.files.get(o.id + "/" + r.PathValue("name")); a != nil {
		return a, nil
	}
	return nil, notFound("attachment", clip(r.PathValue("name")))
}

// listFiles answers with the attachments of an order.
func (d *desk) listFiles(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, map[string]any{"order": o.id, "files": views(d.filesOf(o.id))}), nil
}

// views returns attachments as answers show them.
func views(all []*attachment) []attachmentView {
	shown := make([]attachmentView, len(all))
	for i, a := range all {
		shown[i] = a.view()
	}
	return shown
}

// uploadFiles takes a form with files and fields. A field that says that it is
// JSON is answered as the value it is, any other as text.
func (d *desk) uploadFiles(r *http.Request) (*reply, error) {
	form, err := readForm(r)
	if err != nil {
		return nil, err
	}
	if len(form.files) == 0 {
		return nil, invalid("files", "the form has no part with a file name")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	if err := d.attach(o.id, form.files); err != nil {
		return nil, err
	}
	return answer(http.StatusCreated, map[string]any{
		"order": o.id, "files": views(form.files), "fields": form.fields,
	}).with("Location", "/orders/"+o.id+"/attachments"), nil
}

// getFile answers with the content of an attachment.
func (d *desk) getFile(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, err := d.findFile(r)
	if err != nil {
		return nil, err
	}
	if unchanged(r, a.etag()) {
		return answer(http.StatusNotModified, nil).with("ETag", a.etag()), nil
	}
	return content(http.StatusOK, a.kind, string(a.data)).with("ETag", a.etag()).
		with("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.name})), nil
}

// putFile takes the body as it is for the content of an attachment.
func (d *desk) putFile(r *http.Request) (*reply, error) {
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	a := &attachment{name: r.PathValue("name"), kind: r.Header.Get("Content-Type"), data: data}
	if err := a.check(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	status, tag := http.StatusCreated, ""
	if old := d.files.get(o.id + "/" + a.name); old != nil {
		status, tag = http.StatusOK, old.etag()
	}
	if err := precondition(r, tag); err != nil {
		return nil, err
	}
	if err := d.attach(o.id, []*attachment{a}); err != nil {
		return nil, err
	}
	return answer(status, a.view()).with("ETag", a.etag()).with("Location", a.view().URL), nil
}

// deleteFile removes an attachment.
func (d *desk) deleteFile(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, err := d.findFile(r)
	if err != nil {
		return nil, err
	}
	if err := precondition(r, a.etag()); err != nil {
		return nil, err
	}
	d.files.remove(a.key())
	return answer(http.StatusNoContent, nil), nil
}

// field is a part of a form that is no file.
type field struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type,omitempty"`
	Value       any    `json:"value"` // text, or the JSON as it was sent
}

// newField reads a field of a form.
func newField(name, kind string, data []byte) (field, error) {
	if base, _, _ := mime.ParseMediaType(kind); base != mimeJSON {
		return field{name, kind, string(data)}, nil
	}
	if !json.Valid(data) {
		return field{}, fail(http.StatusBadRequest, "invalid_json", "the part %q is not valid JSON", clip(name))
	}
	return field{name, kind, json.RawMessage(data)}, nil
}
