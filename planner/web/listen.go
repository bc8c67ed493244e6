package web

import (
	"net/http"
	"sync"
	"time"
)

// HTTP is the server of the site with the limits under which it runs: what is measured is what people use.
func (s *Server) HTTP() *http.Server {
	room()
	return &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
}

// unhurried lifts the limit of the answer's time for pages that compute: a comparison of five plans of a county took longer than a
// minute on a busy machine, and the browser got an empty answer. Whoever turns away still ends the work, by the request's context.
func (r *request) unhurried() {
	_ = http.NewResponseController(r.w).SetWriteDeadline(time.Time{}) // a writer without deadlines has no limit to lift
}

// room is memory that is never touched, so that the machine never gives it. The collector counts it, and begins its work
// after 64 MB of new garbage instead of 4 MB: under load a small office's server spent a fifth of its time collecting.
var room = sync.OnceValue(func() []byte { return make([]byte, 64<<20) })
