package web

import (
	"crypto/subtle"
	"net"
	"net/http"
	"strings"

	"lianxin/notifier"
)

// metrics is for the office's monitoring. It names channels and counts, no person; still only a program on this machine may
// read it, or one that knows the token. A reverse proxy on this machine speaks for others, so what it forwards needs the
// token.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	if !s.mayMeasure(r) {
		http.Error(w, "只限本机，或带令牌。 From this machine only, or with the token.", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	var own []notifier.Health // none in a process that sends nothing: those of the others stand in the ledger
	if s.Health != nil {
		own = s.Health()
	}
	if err := s.App.Notifier().WriteMetrics(r.Context(), w, own); err != nil {
		s.Log.Error("metrics", "error", err)
		http.Error(w, "unavailable", http.StatusServiceUnavailable)
	}
}

func (s *Server) mayMeasure(r *http.Request) bool {
	if s.MetricsToken != "" {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return ok && subtle.ConstantTimeCompare([]byte(token), []byte(s.MetricsToken)) == 1
	}
	if r.Header.Get("X-Forwarded-For")+r.Header.Get("Forwarded")+r.Header.Get("X-Real-Ip") != "" {
		return false
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}
