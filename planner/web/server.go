// Package web shows the use cases of planner/pipeline as pages, as the same data in JSON under /api/, and as calendar
// feeds. A handler reads its parameters, makes one call to pipeline, and renders; it holds no rule and no SQL.
//
// Pages are html/template with hand-made CSS and hand-made SVG. They need no script, load nothing from another host and
// set no cookie but the session and the language, so they work on an office's old browser and on a telephone in a village.
// The public pages (reception schedule, about, feeds) need no sign-in; all others do. Nothing here ranks or counts people,
// asks for a place, or searches for residents across villages (domain.md §6.3).
//
// Each page file is named after its page: pairings.go and html/pairings.html.
//
// Decisions. No script but on the visit sheet that works without a network (offline.go), which has a policy of its own; on
// all other pages a print button or a live filter was not worth the first script. Referrer-Policy is same-origin and not no-referrer, because with the latter browsers send Origin: null
// with forms, and [http.CrossOriginProtection] would refuse every form on a plain http address of an office's network.
// The map is schematic: no coordinates of villages are public, so townships are drawn as rings of their villages in the
// order of their codes, and the page says so.
package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"lianxin/notifier"
	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

//go:embed html/*.html
var htmlFS embed.FS

//go:embed static
var staticFS embed.FS

// Server serves the pages of one App.
type Server struct {
	App     *pipeline.App
	Log     *slog.Logger // nil: the App's, else discard
	Secure  bool         // behind https: cookies are Secure, and browsers are told to come back by https only
	Version string       // shown on the page "about"

	MetricsToken string                   // what monitoring must show at /metrics; empty: only this machine may read it
	Health       func() []notifier.Health // of the channels of the worker in this process; nil: there is none
}

// request is one request with who asks and in which language.
type request struct {
	*http.Request
	w       http.ResponseWriter
	account planner.Account   // zero for a visitor
	p       planner.Principal // of the account
	lang    string
	token   string // of the session
}

// today is the office's day.
func (s *Server) today() civil.Date { return civil.DateIn(s.App.Now(), s.App.Zone) }

// Handler returns the whole site.
func (s *Server) Handler() http.Handler {
	if s.Log == nil {
		s.Log = s.App.Log
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	s.routes(mux)
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(s.open(func(r *request) error {
		return planner.Fail(planner.Forbidden, "这个请求来自别的网站，没有执行。请从本系统的页面上操作。",
			"This request came from another site and was not carried out. Please use the pages of this system.")
	}))
	return s.guard(cross.Handler(mux))
}

// routes lists every address of the site.
func (s *Server) routes(mux *http.ServeMux) {
	// Public.
	mux.Handle("GET /static/{file}", http.HandlerFunc(s.static))
	mux.Handle("GET /favicon.ico", http.HandlerFunc(s.favicon))
	mux.Handle("GET /healthz", http.HandlerFunc(s.health))
	mux.Handle("GET /metrics", http.HandlerFunc(s.metrics))
	mux.Handle("POST /receipts/{channel}", s.open(s.receipts))
	mux.Handle("/.well-known/caldav", http.HandlerFunc(s.wellKnown))
	mux.Handle(davRoot, http.HandlerFunc(s.dav))
	mux.Handle("GET /reception", s.open(s.html(reception)))
	mux.Handle("GET /api/reception", s.open(s.json(reception)))
	mux.Handle("GET /reception/{file}", s.open(s.noticeFile))
	mux.Handle("GET /reception/screen", s.open(s.html(hallScreen)))
	mux.Handle("GET /api/reception/screen", s.open(s.json(hallScreen)))
	mux.Handle("POST /reception/publish", s.signed(s.publishNotice))
	mux.Handle("GET /book", s.open(s.html(book)))
	mux.Handle("GET /api/book", s.open(s.json(book)))
	mux.Handle("POST /book", s.open(s.bookSeat))
	mux.Handle("POST /book/mine", s.open(s.bookMine))
	mux.Handle("POST /api/book/{do}", s.open(s.apiBook))
	mux.Handle("GET /slip", s.open(s.html(slip)))
	mux.Handle("POST /slip", s.open(s.slipLook))
	mux.Handle("GET /about", s.open(s.html(about)))
	mux.Handle("GET /my", s.open(s.my))
	mux.Handle("POST /my", s.open(s.myOpen))
	mux.Handle("POST /my/choose", s.open(s.myChoose))
	mux.Handle("POST /my/ask", s.open(s.myAsk))
	mux.Handle("GET /complain", s.open(s.complainForm))
	mux.Handle("POST /complain", s.open(s.complain))
	mux.Handle("GET /sign-in", s.open(s.signInPage))
	mux.Handle("POST /sign-in", s.open(s.signIn))
	mux.Handle("POST /sign-out", s.open(s.signOut))
	mux.Handle("GET /invite", s.open(s.invitePage))
	mux.Handle("GET /invite/{code}", s.open(s.invitePage))
	mux.Handle("POST /invite/{code}", s.open(s.inviteAccept))
	// Signed in. A page and its JSON run the same function.
	mux.Handle("GET /{$}", s.signed(s.home))
	for address, v := range map[string]view{
		"overview":                   overview,
		"pairings":                   pairings,
		"pairings/{household}":       pairing,
		"calendar":                   calendar,
		"calendar/village":           villageYear,
		"holidays":                   holidays,
		"local":                      local,
		"cadres/{id}":                cadre,
		"tasks":                      tasks,
		"overdue":                    overdue,
		"answers":                    heldAnswers,
		"cadres/{id}/sending":        sending,
		"reminders/ledger":           reminderLedger,
		"reminders/audit":            reminderAudit,
		"channels":                   channels,
		"desk":                       desk,
		"visits":                     visits,
		"visits/paper":               visitPaper,
		"coverage":                   coverage,
		"what-if":                    whatIf,
		"reminders":                  reminders,
		"rules":                      rules,
		"accounts":                   accounts,
		"programs":                   programs,
		"matters":                    matterList,
		"matters/{id}":               matterOne,
		"matters/{id}/paper/{paper}": matterPaper,
		"leads":                      leadBoard,
		"rights":                     rights,
		"counter":                    counter,
		"duty":                       duty,
		"brief/{day}":                brief,
		"meeting":                    leadersMeeting,
		"ledgers":                    ledgers,
		"brief-month":                briefMonth,
		"stats":                      stats,
		"occasions":                  occasions,
	} {
		mux.Handle("GET /"+address, s.signed(s.html(v)))
		mux.Handle("GET /api/"+address, s.signed(s.json(v)))
	}
	mux.Handle("GET /ledgers/{file}", s.signed(s.ledgerFile))
	mux.Handle("GET /brief-month/{file}", s.signed(s.briefFile))
	mux.Handle("POST /brief-month/common", s.signed(s.commonCause))
	mux.Handle("GET /stats/stats.xlsx", s.signed(s.statsFile))
	mux.Handle("GET /cadres/{id}/calendar.ics", s.signed(s.cadreCalendar))
	mux.Handle("POST /cadres/{id}/wish", s.signed(s.wishCalendar))
	mux.Handle("POST /reminders/{id}", s.signed(s.reminderByHand))
	mux.Handle("POST /cadres/{id}/sending", s.signed(s.wishSending))
	mux.Handle("POST /cadres/{id}/channels", s.signed(s.myChannel))
	mux.Handle("POST /channels/test", s.signed(s.testChannel))
	mux.Handle("POST /programs", s.signed(s.addProgram))
	mux.Handle("POST /programs/revoke", s.signed(s.dropProgram))
	mux.Handle("POST /cadres/{id}/rotate", s.signed(s.rotateFeed))
	mux.Handle("POST /api/plan/{op}", s.signed(s.hand))
	mux.Handle("POST /holidays", s.signed(s.changeHolidays))
	mux.Handle("POST /local", s.signed(s.changeLocal))
	mux.Handle("POST /desk", s.signed(s.deskDo))
	mux.Handle("POST /counter", s.signed(s.counterDo))
	mux.Handle("POST /rights/{id}", s.signed(s.answerRequest))
	mux.Handle("POST /cards", s.signed(s.issueCards))
	mux.Handle("POST /visits/{id}", s.signed(s.recordVisit))
	s.offlineRoutes(mux)
	mux.Handle("GET /matters/new", s.signed(s.html(matterNew)))
	mux.Handle("POST /matters", s.signed(s.registerMatter))
	mux.Handle("POST /matters/{id}/{act}", s.signed(s.moveMatter))
	mux.Handle("POST /matters/{id}/lead/{op}", s.signed(s.moveLead))
	mux.Handle("POST /api/matters", s.signed(s.apiRegister))
	mux.Handle("POST /api/matters/{id}/{act}", s.signed(s.apiMove))
	mux.Handle("POST /duty/swap", s.signed(s.askSwap))
	mux.Handle("POST /duty/swap/{id}", s.signed(s.answerSwap))
	mux.Handle("POST /agenda", s.signed(s.addItem))
	mux.Handle("POST /agenda/{id}", s.signed(s.decide))
	mux.Handle("POST /meeting/close", s.signed(s.closeData))
	mux.Handle("POST /occasions", s.signed(s.setOccasion))
	mux.Handle("POST /occasions/{id}/cancel", s.signed(s.cancelOccasion))
	mux.Handle("POST /tasks/{id}", s.signed(s.advanceTask))
	mux.Handle("POST /tasks/{id}/ack", s.signed(s.ackTask))
	mux.Handle("POST /answers/{id}", s.signed(s.settleAnswer))
	mux.Handle("POST /overdue/acting", s.signed(s.setActing))
	mux.Handle("POST /accounts/invite", s.signed(s.inviteAll))
	mux.Handle("POST /accounts/act-for", s.signed(s.actFor))
	mux.Handle("POST /accounts/hand-on", s.signed(s.handOn))
	mux.Handle("/", s.open(func(r *request) error {
		return planner.Fail(planner.NotFound, "没有这个页面。", "There is no such page.")
	}))
}

// guard sets the headers that every answer carries and turns a panic into the page for our own mistakes.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isFeed(r) {
			defer s.mishap(w, r, "GET "+feedPath)
			s.feed(w, r)
			return
		}
		s.guarded(w.Header())
		start := time.Now()
		defer func() {
			// The pattern, never the path: a path may hold a feed token or an invitation code.
			s.Log.Debug("request", "method", r.Method, "route", r.Pattern, "took", time.Since(start))
		}()
		defer s.mishap(w, r, "")
		if !strings.HasPrefix(r.URL.Path, davRoot) && r.URL.Path != uploadPath { // which have their own limits
			r.Body = http.MaxBytesReader(w, r.Body, 64<<10) // forms only; nothing is uploaded here
		}
		next.ServeHTTP(w, r)
	})
}

// mishap turns a panic of a handler into the page for our own mistakes. It is deferred.
func (s *Server) mishap(w http.ResponseWriter, r *http.Request, route string) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.Log.Error("handler panicked", "method", r.Method, "route", cmp.Or(r.Pattern, route), "panic", v)
	http.Error(w, lang.T(lang.ZH, "error.internal"), http.StatusInternalServerError)
}

// guarded sets the headers that every page carries.
func (s *Server) guarded(h http.Header) {
	h["Content-Security-Policy"] = contentPolicy
	h["X-Content-Type-Options"] = nosniff
	h["Referrer-Policy"] = sameOrigin
	h["Permissions-Policy"] = noSensors
	h["Cross-Origin-Opener-Policy"] = sameOrigin
	h["Cache-Control"] = noStore
	if s.Secure {
		h["Strict-Transport-Security"] = httpsOnly
	}
}

var (
	contentPolicy = []string{"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}
	nosniff       = []string{"nosniff"}
	sameOrigin    = []string{"same-origin"}
	noSensors     = []string{"geolocation=(), camera=(), microphone=()"}
	noStore       = []string{"no-store"}
	httpsOnly     = []string{"max-age=31536000"}
)

// handler is a page or an action. What it returns is shown by fail.
type handler func(*request) error

// open serves anybody; a session, if there is one, is still read.
func (s *Server) open(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, w: w}
		err := s.identify(r)
		r.lang = chooseLang(r)
		if err == nil {
			err = h(r)
		}
		if err != nil {
			s.fail(r, err)
		}
	})
}

// signed serves whoever is signed in and sends others to the sign-in page, which sends them back.
func (s *Server) signed(h handler) http.Handler {
	return s.open(func(r *request) error {
		if r.account.ID == "" {
			if isAPI(r) {
				return &unsigned{}
			}
			http.Redirect(r.w, r.Request, "/sign-in?next="+escapeNext(r.URL.RequestURI(), r.Method), http.StatusSeeOther)
			return nil
		}
		return h(r)
	})
}

// identify reads the session cookie. A session that is none is a visitor, not an error.
func (s *Server) identify(r *request) error {
	c, err := r.Cookie(sessionCookie)
	if err != nil || c.Value == "" {
		return nil
	}
	acc, err := s.App.Session(r.Context(), c.Value)
	switch {
	case err == nil:
		r.account, r.p, r.token = acc, acc.Principal(), c.Value
		return nil
	case planner.KindOf(err) == planner.NotFound:
		return nil
	}
	return err
}

func isAPI(r *request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

const langCookie = "lianxin_lang"

// chooseLang takes ?lang= (and keeps it in a cookie), the cookie, the account's language, what the browser asks for, in
// this order.
func chooseLang(r *request) string {
	if wish := r.URL.Query().Get("lang"); wish != "" {
		l := lang.Choose(wish)
		http.SetCookie(r.w, &http.Cookie{Name: langCookie, Value: l, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode, HttpOnly: true})
		return l
	}
	var kept string
	if c, err := r.Cookie(langCookie); err == nil {
		kept = c.Value
	}
	return lang.Choose(kept, r.account.Lang, lang.Accepted(r.Header.Get("Accept-Language")))
}

// staticHash names each static file by its content, so that browsers may keep it for ever.
var staticHash = func() map[string]string {
	m := map[string]string{}
	files, err := fs.ReadDir(staticFS, "static")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		b, err := staticFS.ReadFile("static/" + f.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(b)
		m[f.Name()] = hex.EncodeToString(sum[:6])
	}
	return m
}()

// staticURL is the address of a static file with its hash.
func staticURL(name string) string { return "/static/" + name + "?v=" + staticHash[name] }

func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.PathValue("file"))
	hash, ok := staticHash[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", `"`+hash+`"`)
	if r.URL.Query().Get("v") == hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "public, max-age=300")
	}
	http.ServeFileFS(w, r, staticFS, "static/"+name)
}

func (s *Server) favicon(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=86400")
	http.ServeFileFS(w, r, staticFS, "static/icon.svg")
}

// health answers "ok" if the database answers.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := s.App.Ping(ctx); err != nil {
		s.Log.Error("health", "err", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("database unavailable\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

// acceptsGzip reports whether the request accepts gzip (RFC 9110 §12.5.3); "gzip;q=0" does not.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name = strings.TrimSpace(name); name == "gzip" || name == "*" {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
