package demo

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The namespaces of the desk's XML.
const (
	orderSpace     = "https://orderdesk.example/ns/order"
	catalogueSpace = "https://orderdesk.example/ns/catalogue"
)

// xmlContent is the content type of XML answers.
const xmlContent = mimeXML + "; charset=utf-8"

// xmlOrder is an order as XML answers show it. Its prefix is part of the names,
// since encoding/xml would declare the namespace anew on every element.
type xmlOrder struct {
	XMLName  xml.Name  `xml:"d:order"`
	Space    string    `xml:"xmlns:d,attr"`
	ID       string    `xml:"id,attr"`
	State    string    `xml:"state,attr"`
	Customer string    `xml:"d:customer"`
	Lines    []xmlLine `xml:"d:line"`
	Note     string    `xml:"d:note,omitempty"`
	Total    xmlMoney  `xml:"d:total"`
}

// xmlLine is a line of an order.
type xmlLine struct {
	SKU    string `xml:"sku,attr"`
	Qty    int    `xml:"qty,attr"`
	Name   string `xml:"d:name"`
	Amount string `xml:"d:amount"`
}

// xmlMoney is an amount and its currency.
type xmlMoney struct {
	Currency string `xml:"currency,attr"`
	Amount   string `xml:",chardata"`
}

// xmlCatalogue is the whole catalogue.
type xmlCatalogue struct {
	XMLName  xml.Name     `xml:"c:catalogue"`
	Space    string       `xml:"xmlns:c,attr"`
	Products []xmlProduct `xml:"c:product"`
}

// xmlProduct is a product of the catalogue.
type xmlProduct struct {
	SKU      string   `xml:"sku,attr"`
	Category string   `xml:"category,attr"`
	Name     string   `xml:"c:name"`
	Price    xmlMoney `xml:"c:price"`
	Tags     []string `xml:"c:tag"`
}

// money spells an amount of cents.
func money(cents int) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// xmlReply returns a reply with a document.
func xmlReply(status int, document any) (*reply, error) {
	data, err := xml.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write XML: %w", err)
	}
	return content(status, xmlContent, xml.Header+string(data)+"\n"), nil
}

// newXMLOrder returns an order as XML answers show it.
func newXMLOrder(v orderView) xmlOrder {
	x := xmlOrder{Space: orderSpace, ID: v.ID, State: v.State, Customer: v.Customer,
		Total: xmlMoney{"EUR", money(v.Total)}}
	if v.Note != nil {
		x.Note = *v.Note
	}
	for _, l := range v.Lines {
		x.Lines = append(x.Lines, xmlLine{l.SKU, l.Qty, l.Name, money(l.Amount)})
	}
	return x
}

// xmlInvoice answers with an order as XML.
func (d *desk) xmlInvoice(r *http.Request) (*reply, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.findOrder(r)
	if err != nil {
		return nil, err
	}
	return xmlReply(http.StatusOK, newXMLOrder(o.view(d.now())))
}

// showCatalogue answers with all products as XML.
func (d *desk) showCatalogue(*http.Request) (*reply, error) {
	x := xmlCatalogue{Space: catalogueSpace}
	for _, p := range catalogue {
		x.Products = append(x.Products, xmlProduct{p.SKU, p.Category, p.Name, xmlMoney{"EUR", money(p.Price)}, p.Tags})
	}
	return xmlReply(http.StatusOK, x)
}

// xmlInput is an order as a client writes it. What it has beyond that is kept,
// so that it can be refused by name.
type xmlInput struct {
	XMLName    xml.Name      `xml:"https://orderdesk.example/ns/order order"`
	Customer   string        `xml:"customer,attr"`
	Hold       string        `xml:"hold,attr"`
	Note       string        `xml:"https://orderdesk.example/ns/order note"`
	Lines      []xmlLineIn   `xml:"https://orderdesk.example/ns/order line"`
	OtherAttrs []xml.Attr    `xml:",any,attr"`
	Others     []xmlUnwanted `xml:",any"`
}

// xmlLineIn is a line as a client writes it.
type xmlLineIn struct {
	SKU string `xml:"sku,attr"`
	Qty string `xml:"qty,attr"`
}

// xmlUnwanted is an element that the desk does not know.
type xmlUnwanted struct{ XMLName xml.Name }

// importOrder takes an order as XML and answers with it as XML.
func (d *desk) importOrder(r *http.Request) (*reply, error) {
	if _, err := contentType(r, mimeXML, "text/xml"); err != nil {
		return nil, err
	}
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	in, err := decodeOrder(string(data))
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.newOrder(in)
	if err != nil {
		return nil, err
	}
	d.saveOrder(o)
	rep, err := xmlReply(http.StatusCreated, newXMLOrder(o.view(o.created)))
	if err != nil {
		return nil, err
	}
	return rep.with("Location", "/orders/"+o.id), nil
}

// decodeOrder reads exactly one order from XML.
func decodeOrder(text string) (*orderInput, error) {
	dec := xml.NewDecoder(strings.NewReader(text))
	var x xmlInput
	if err := dec.Decode(&x); err != nil {
		return nil, xmlProblem(err)
	}
	for {
		switch token, err := dec.Token(); token := token.(type) {
		case nil:
			if !errors.Is(err, io.EOF) {
				return nil, xmlProblem(err)
			}
			return x.order()
		case xml.StartElement:
			return nil, fail(http.StatusBadRequest, "invalid_xml", "there is more than one element at the top")
		case xml.CharData:
			if strings.TrimSpace(string(token)) != "" {
				return nil, fail(http.StatusBadRequest, "invalid_xml", "there is text after the order")
			}
		}
	}
}

// xmlProblem is the problem of a document that is no order.
func xmlProblem(err error) error {
	if unfit := xml.UnmarshalError(""); errors.As(err, &unfit) {
		return invalid("order", "the document must be an order of the namespace %s", orderSpace)
	}
	if syntax := (*xml.SyntaxError)(nil); errors.As(err, &syntax) {
		return fail(http.StatusBadRequest, "invalid_xml", "the body is not well-formed XML: line %d", syntax.Line)
	}
	return fail(http.StatusBadRequest, "invalid_xml", "the body is not an XML document in UTF-8")
}

// order turns what the XML says into what JSON would say.
func (x *xmlInput) order() (*orderInput, error) {
	for _, a := range x.OtherAttrs {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			return nil, invalid(clip(a.Name.Local), "there is no attribute %q", clip(a.Name.Local))
		}
	}
	for _, e := range x.Others {
		return nil, invalid(clip(e.XMLName.Local), "there is no element %q in the namespace %q", clip(e.XMLName.Local), clip(e.XMLName.Space))
	}
	in := &orderInput{Customer: x.Customer, Note: strings.TrimSpace(x.Note), Hold: x.Hold == "true" || x.Hold == "1"}
	if x.Hold != "" && !in.Hold && x.Hold != "false" && x.Hold != "0" {
		return nil, invalid("hold", "hold must be true or false")
	}
	for i, l := range x.Lines {
		qty, err := strconv.Atoi(strings.TrimSpace(l.Qty))
		if err != nil {
			return nil, invalid(fmt.Sprintf("lines.%d.qty", i), "qty must be a whole number")
		}
		in.Lines = append(in.Lines, lineInput{l.SKU, qty})
	}
	return in, nil
}
