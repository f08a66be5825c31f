package demo

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// customerInput is what a client may say about a customer. Pointers, so that a
// merge patch can remove with null.
type customerInput struct {
	Name    *string  `json:"name"`
	Email   *string  `json:"email"`
	Tier    *string  `json:"tier"`
	Address *address `json:"address"`
}

// address is where a customer's orders go.
type address struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
}

// customer is a customer of the desk.
type customer struct {
	customerInput
	id               string
	revision         int
	created, updated time.Time
}

// customerView is a customer as answers show it.
type customerView struct {
	ID        string `json:"id"`
	AccountID string `json:"account_id"`
	customerInput
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
}

// tiers are what a customer's tier may be; the first is the default.
var tiers = []string{"standard", "gold"}

// stamp spells a time as the API does (RFC 3339).
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// etag is the tag of the customer's present revision.
func (c *customer) etag() string { return fmt.Sprintf(`"c%d"`, c.revision) }

// view returns the customer as answers show it.
func (c *customer) view() customerView {
	digest := sha256.Sum256([]byte("account " + c.id))
	return customerView{c.id, formatUUID([16]byte(digest[:16])), c.customerInput, stamp(c.created), stamp(c.updated)}
}

// check fills in defaults and refuses what the desk cannot take.
func (in *customerInput) check() error {
	if in.Name == nil || strings.TrimSpace(*in.Name) == "" {
		return invalid("name", "name must not be empty")
	}
	if in.Tier == nil {
		in.Tier = &tiers[0]
	}
	if !slices.Contains(tiers, *in.Tier) {
		return invalid("tier", "tier must be one of %s", strings.Join(tiers, ", "))
	}
	if in.Email != nil && !strings.Contains(*in.Email, "@") {
		return invalid("email", "email must be an e-mail address")
	}
	return in.checkLengths()
}

// checkLengths refuses texts that are too long.
func (in *customerInput) checkLengths() error {
	texts := [][2]string{{"name", *in.Name}}
	if in.Email != nil {
		texts = append(texts, [2]string{"email", *in.Email})
	}
	if a := in.Address; a != nil {
		texts = append(texts, [2]string{"address.street", a.Street}, [2]string{"address.city", a.City},
			[2]string{"address.zip", a.Zip}, [2]string{"address.country", a.Country})
	}
	for _, t := range texts {
		if err := checkText(t[0], t[1]); err != nil {
			return err
		}
	}
	return nil
}

// checkID refuses ids that would not read well in a URL.
func checkID(id string) error {
	good := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' }
	if id == "" || len(id) > 80 || strings.ContainsFunc(id, func(c rune) bool { return !good(c) }) {
		return invalid("id", "an id has up to 80 lower-case letters, digits and hyphens")
	}
	return nil
}

// saveCustomer stores a new revision of the customer. The lock is held.
func (d *desk) saveCustomer(c *customer) {
	c.revision = d.next()
	if gone := d.customers.add(c.id, c); gone != nil {
		d.dropOrdersOf(gone.id)
	}
}

// findCustomer returns the customer the path names. The lock is held.
func (d *desk) findCustomer(r *http.Request) (*customer, error) {
	id := r.PathValue("id")
	if c := d.customers.get(id); c != nil {
		return c, nil
	}
	return nil, notFound("customer", id)
}

// listCustomers answers with the customers, by page.
func (d *desk) listCustomers(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []customerView
	d.customers.each(func(c *customer) { all = append(all, c.view()) })
	return paged(r, all)
}

// createCustomer takes a new customer, under an id of its own where it gives none.
func (d *desk) createCustomer(r *http.Request) (*reply, error) {
	var in struct {
		ID *string `json:"id"`
		customerInput
	}
	if _, err := readJSON(r, &in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	id := fmt.Sprintf("cus-%d", d.next())
	if in.ID != nil {
		id = *in.ID
	}
	if err := checkID(id); err != nil {
		return nil, err
	}
	if d.customers.get(id) != nil {
		return nil, fail(http.StatusConflict, "exists", "there is a customer %q already", id)
	}
	return d.addCustomer(id, in.customerInput), nil
}

// addCustomer stores a new customer and answers with it. The lock is held.
func (d *desk) addCustomer(id string, in customerInput) *reply {
	c := &customer{customerInput: in, id: id, created: d.now(), updated: d.now()}
	d.saveCustomer(c)
	return answer(http.StatusCreated, c.view()).with("Location", "/customers/"+id).with("ETag", c.etag())
}

// getCustomer answers with one customer.
func (d *desk) getCustomer(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.findCustomer(r)
	if err != nil {
		return nil, err
	}
	return entity(r, c.etag(), c.view()), nil
}

// putCustomer creates or replaces the customer.
func (d *desk) putCustomer(r *http.Request) (*reply, error) {
	var in customerInput
	if _, err := readJSON(r, &in); err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	if err := checkID(id); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.customers.get(id)
	if c != nil {
		return d.changeCustomer(r, c, in)
	}
	if err := precondition(r, ""); err != nil {
		return nil, err
	}
	return d.addCustomer(id, in), nil
}

// patchCustomer merges the body into the customer (RFC 7396).
func (d *desk) patchCustomer(r *http.Request) (*reply, error) {
	var patch json.RawMessage
	if _, err := readJSON(r, &patch, mimeJSON, mimePatch); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.findCustomer(r)
	if err != nil {
		return nil, err
	}
	in := c.clone()
	if err := decodeJSON(patch, &in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	return d.changeCustomer(r, c, in)
}

// clone returns a copy that decoding into does not reach the original.
func (in customerInput) clone() customerInput {
	for _, text := range []**string{&in.Name, &in.Email, &in.Tier} {
		if *text != nil {
			*text = new(**text)
		}
	}
	if in.Address != nil {
		in.Address = new(*in.Address)
	}
	return in
}

// changeCustomer stores what was changed, unless a precondition forbids it.
// The lock is held.
func (d *desk) changeCustomer(r *http.Request, c *customer, in customerInput) (*reply, error) {
	if err := precondition(r, c.etag()); err != nil {
		return nil, err
	}
	c.customerInput, c.updated = in, d.now()
	d.saveCustomer(c)
	return answer(http.StatusOK, c.view()).with("ETag", c.etag()), nil
}

// deleteCustomer removes a customer and their orders.
func (d *desk) deleteCustomer(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.findCustomer(r)
	if err != nil {
		return nil, err
	}
	if err := precondition(r, c.etag()); err != nil {
		return nil, err
	}
	d.customers.remove(c.id)
	d.dropOrdersOf(c.id)
	return answer(http.StatusNoContent, nil), nil
}

// latestOrder sends the client on to the customer's latest order.
func (d *desk) latestOrder(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.findCustomer(r)
	if err != nil {
		return nil, err
	}
	latest := ""
	d.orders.each(func(o *order) {
		if o.customer == c.id {
			latest = o.id
		}
	})
	if latest == "" {
		return nil, fail(http.StatusNotFound, "not_found", "customer %q has not ordered yet", c.id)
	}
	return answer(http.StatusFound, nil).with("Location", "/orders/"+latest), nil
}
