package web

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// receiptMost bounds a push of receipts.
const receiptMost = 256 << 10

// receipts takes what an SMS gateway pushes about messages: its token opens it, and the answer is JSON, as gateways want.
func (s *Server) receipts(r *request) error {
	token := r.URL.Query().Get("token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	body, err := io.ReadAll(http.MaxBytesReader(r.w, r.Body, receiptMost))
	if err != nil {
		return err
	}
	n, err := s.App.ReceivePush(r.Context(), r.PathValue("channel"), token, body)
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fmt.Fprintf(r.w, "{\"code\":0,\"msg\":\"ok\",\"settled\":%d}\n", n)
	return nil
}
