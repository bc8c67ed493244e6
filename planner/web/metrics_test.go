package web

import (
	"net/http/httptest"
	"testing"
)

func TestMetricsAreForThisMachineOrTheToken(t *testing.T) {
	for _, c := range []struct {
		name, remote, token, bearer, forwarded string
		may                                    bool
	}{
		{"this machine", "127.0.0.1:4", "", "", "", true},
		{"this machine over IPv6", "[::1]:4", "", "", "", true},
		{"another machine", "10.1.2.3:4", "", "", "", false},
		{"another machine behind a proxy on this one", "127.0.0.1:4", "", "", "10.1.2.3", false},
		{"the token", "10.1.2.3:4", "secret", "Bearer secret", "", true},
		{"a wrong token", "127.0.0.1:4", "secret", "Bearer secre", "", false},
		{"no token", "127.0.0.1:4", "secret", "", "", false},
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = c.remote
		if c.bearer != "" {
			r.Header.Set("Authorization", c.bearer)
		}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := (&Server{MetricsToken: c.token}).mayMeasure(r); got != c.may {
			t.Errorf("%s: got %v, want %v", c.name, got, c.may)
		}
	}
}
