package demo

import (
	"net/http"
	"slices"
	"strings"
)

// product is an item of the catalogue. The catalogue never changes.
type product struct {
	SKU      string   `json:"sku"`
	Name     string   `json:"name"`
	Category string   `json:"category"`
	Price    int      `json:"price"` // in cents
	WeightKg float64  `json:"weight_kg"`
	Stock    int      `json:"stock"` // filled up every night, so ordering leaves it alone
	Tags     []string `json:"tags"`
}

// findProduct returns the product with the given number, or nil.
func findProduct(sku string) *product {
	for i := range catalogue {
		if catalogue[i].SKU == sku {
			return &catalogue[i]
		}
	}
	return nil
}

// listProducts answers with the products of the categories asked for whose
// name holds q.
func (d *desk) listProducts(r *http.Request) (*reply, error) {
	query := r.URL.Query()
	var found []product
	for _, p := range catalogue {
		ofCategory := !query.Has("category") || slices.Contains(query["category"], p.Category)
		if ofCategory && strings.Contains(strings.ToLower(p.Name), strings.ToLower(query.Get("q"))) {
			found = append(found, p)
		}
	}
	return paged(r, found)
}

// getProduct answers with one product.
func (d *desk) getProduct(r *http.Request) (*reply, error) {
	p := findProduct(r.PathValue("sku"))
	if p == nil {
		return nil, notFound("product", r.PathValue("sku"))
	}
	return answer(http.StatusOK, p), nil
}

// listWarehouses answers with all warehouses as a bare array.
func (d *desk) listWarehouses(*http.Request) (*reply, error) {
	return answer(http.StatusOK, warehouses), nil
}

// getWarehouse answers with one warehouse.
func (d *desk) getWarehouse(r *http.Request) (*reply, error) {
	for _, w := range warehouses {
		if w.Code == r.PathValue("code") {
			return answer(http.StatusOK, w), nil
		}
	}
	return nil, notFound("warehouse", r.PathValue("code"))
}

// preferences answers with what a request says about its sender, so that one
// sees which headers, parameters and cookies arrived. What was not sent is null.
func (d *desk) preferences(r *http.Request) (*reply, error) {
	orNull := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	region := ""
	if c, err := r.Cookie("region"); err == nil {
		region = c.Value
	}
	return answer(http.StatusOK, map[string]any{
		"language": orNull(r.Header.Get("Accept-Language")),
		"region":   orNull(region),
		"currency": orNull(r.URL.Query().Get("currency")),
		"labels":   append([]string{}, r.URL.Query()["label"]...),
	}), nil
}
