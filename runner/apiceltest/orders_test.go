package apiceltest_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/apicel/apicel/runner/apiceltest"
)

func TestOrders(t *testing.T) {
	apiceltest.Run(t, "testdata/orders.apicel.yaml",
		apiceltest.Handler(newServer("let-me-in")),
		apiceltest.Secret("token", "let-me-in"))
}

// newServer is the API under test: orders in memory, for those who have the token.
func newServer(token string) http.Handler {
	orders := map[string]map[string]any{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		order := map[string]any{"id": "o-1", "state": "pending"}
		_ = json.NewDecoder(r.Body).Decode(&order)
		orders["o-1"] = order
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(order)
	})
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(orders[r.PathValue("id")])
	})
	mux.HandleFunc("DELETE /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		delete(orders, r.PathValue("id"))
		w.WriteHeader(http.StatusNoContent)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
