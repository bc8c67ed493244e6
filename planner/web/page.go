package web

import (
	"bytes"
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// view is one page: its template, which is also its place in the menu, and the one call that gives what it shows. The
// JSON of the page is the same value.
type view struct {
	name string
	load func(*Server, *request) (any, error)
}

// page is what the layout needs around a view's value V.
type page struct {
	Name    string
	Title   string
	Lang    string
	Signed  bool
	Who     string
	Admin   bool
	Planner bool // may work on the plan
	Nav     []navItem
	Here    string // this address, to come back to
	Other   string // this address in the other language
	Office  pipeline.Office
	Done    string // key of what a form has just done, from ?done=
	V       any
}

type navItem struct {
	Name string // key nav.NAME
	Href string
	On   bool
}

// doneWords are the notices that a redirect after a form may show.
var doneWords = []string{
	"task",
	"ack",
	"acting",
	"channel-set",
	"channel-test",
	"channel-prove",
	"rotated",
	"act-for",
	"act-end",
	"wish",
	"sending",
	"reminder",
	"program",
	"desk",
	"visit",
	"matter",
	"request",
	"swap",
	"agenda",
	"occasion",
	"counter",
	"holidays",
	"holidays-same",
	"local",
	"notice",
	"answer-taken",
	"answer-dropped",
}

// page fills the frame of a page for who asks.
func (s *Server) page(r *request, name string) *page {
	p := &page{Name: name, Title: lang.T(r.lang, name+".title"), Lang: r.lang, Signed: r.account.ID != "", Who: r.account.Name,
		Admin: r.p.Is(planner.RoleAdmin), Planner: r.p.Is(planner.RolePlanner), Here: r.URL.RequestURI(), Office: s.App.Office}
	q := r.URL.Query()
	for _, d := range doneWords {
		if q.Get("done") == d {
			p.Done = "done." + d
		}
	}
	q.Del("done")
	q.Set("lang", map[string]string{lang.ZH: lang.EN, lang.EN: lang.ZH}[r.lang])
	p.Other = r.URL.Path + "?" + q.Encode()
	for _, n := range navOf(r.p) {
		n.On = n.Name == name || (name == "pairing" || name == "desk") && n.Name == "pairings" || name == "invites" && n.Name == "accounts" || strings.HasPrefix(name, "matter-") && n.Name == "matters" || name == "matter" && n.Name == "matters" || (name == "holidays" || name == "local" || name == "answers") && n.Name == "calendar" || name == "overdue" && n.Name == "tasks" || (name == "programs" || name == "sending") && n.Name == "cadre" || name == "brief" && n.Name == "duty" || strings.HasPrefix(name, "reminder-") && n.Name == "reminders"
		p.Nav = append(p.Nav, n)
	}
	return p
}

// navOf is the menu of who asks. A menu is a help, not a guard: pipeline and store refuse what is not for p.
func navOf(p planner.Principal) (items []navItem) {
	if !p.Signed() {
		return []navItem{{Name: "reception", Href: "/reception"}, {Name: "book", Href: "/book"}, {Name: "slip", Href: "/slip"}, {Name: "my", Href: "/my"}}
	}
	if p.SeesAll() {
		items = append(items, navItem{Name: "overview", Href: "/overview"})
	}
	if p.Cadre != "" {
		items = append(items, navItem{Name: "cadre", Href: "/cadres/" + url.PathEscape(string(p.Cadre))}, navItem{Name: "visits", Href: "/visits"})
	}
	for _, l := range p.ActsFor {
		if len(p.ActsFor) == 1 {
			items = append(items, navItem{Name: "acting", Href: "/cadres/" + url.PathEscape(string(l))})
		}
	}
	items = append(items, navItem{Name: "pairings", Href: "/pairings"})
	if p.SeesAll() {
		items = append(items, navItem{Name: "rules", Href: "/rules"})
	}
	if p.SeesAll() || p.Is(planner.RoleSupervisor, planner.RoleClerk) {
		items = append(items, navItem{Name: "coverage", Href: "/coverage"}, navItem{Name: "rights", Href: "/rights"})
	}
	if p.Is(planner.RoleClerk, planner.RolePlanner) {
		items = append(items, navItem{Name: "counter", Href: "/counter"})
	}
	items = append(items, navItem{Name: "calendar", Href: "/calendar"}, navItem{Name: "tasks", Href: "/tasks"}, navItem{Name: "matters", Href: "/matters"}, navItem{Name: "ledgers", Href: "/ledgers"})
	if p.SeesAll() || p.Is(planner.RoleLeader, planner.RoleSecretary, planner.RoleSupervisor) {
		items = append(items, navItem{Name: "brief-month", Href: "/brief-month"}, navItem{Name: "stats", Href: "/stats"})
	}
	if p.Is(planner.RolePlanner, planner.RoleLeader, planner.RoleSecretary) {
		items = append(items, navItem{Name: "leads", Href: "/leads"})
		items = append(items, navItem{Name: "duty", Href: "/duty"}, navItem{Name: "meeting", Href: "/meeting"}, navItem{Name: "occasions", Href: "/occasions"})
	}
	if p.Is(planner.RolePlanner, planner.RoleAdmin) {
		items = append(items, navItem{Name: "reminders", Href: "/reminders"}, navItem{Name: "channels", Href: "/channels"})
	}
	if p.Is(planner.RolePlanner) {
		items = append(items, navItem{Name: "what-if", Href: "/what-if"})
	}
	items = append(items, navItem{Name: "reception", Href: "/reception"})
	if p.Is(planner.RoleAdmin) {
		items = append(items, navItem{Name: "accounts", Href: "/accounts"})
	}
	return items
}

// html renders a view in the frame.
func (s *Server) html(v view) handler {
	return func(r *request) error {
		value, err := v.load(s, r)
		if err != nil {
			return err
		}
		p := s.page(r, v.name)
		p.V = value
		s.render(r, http.StatusOK, p)
		return nil
	}
}

// json writes a view's value. Values that hold pages' own parts say how they look in JSON by MarshalJSON.
func (s *Server) json(v view) handler {
	return func(r *request) error {
		value, err := v.load(s, r)
		if err != nil {
			return err
		}
		b, err := json.MarshalIndent(value, "", "  ")
		if err != nil {
			return err
		}
		r.w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = r.w.Write(append(b, '\n'))
		return nil
	}
}

// render executes a page into memory first, so that a failing template never leaves half a page with status 200.
func (s *Server) render(r *request, status int, p *page) {
	var b bytes.Buffer
	if err := pages[r.lang][p.Name].ExecuteTemplate(&b, "layout", p); err != nil {
		s.Log.Error("render", "page", p.Name, "err", err)
		http.Error(r.w, lang.T(r.lang, "error.internal"), http.StatusInternalServerError)
		return
	}
	r.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	r.w.Header().Set("Content-Language", map[string]string{lang.ZH: "zh-Hans", lang.EN: "en"}[r.lang])
	r.w.WriteHeader(status)
	_, _ = b.WriteTo(r.w)
}

// pageNames are the templates; each is html/NAME.html with a block "main", and has a text NAME.title.
var pageNames = func() []string {
	files, err := fs.Glob(htmlFS, "html/*.html")
	if err != nil {
		panic(err)
	}
	var names []string
	for _, f := range files {
		if name := strings.TrimSuffix(path.Base(f), ".html"); name != "layout" {
			names = append(names, name)
		}
	}
	return names
}()

// pages holds the parsed templates by language and name; a template that does not parse stops the program at start.
var pages = func() map[string]map[string]*template.Template {
	m := map[string]map[string]*template.Template{}
	for _, l := range lang.Langs {
		m[l] = map[string]*template.Template{}
		for _, n := range pageNames {
			m[l][n] = template.Must(template.New(n).Funcs(funcs(l)).ParseFS(htmlFS, "html/layout.html", "html/"+n+".html"))
		}
	}
	return m
}()

// funcs are the words of the templates, bound to a language.
func funcs(l string) template.FuncMap {
	return template.FuncMap{
		"t":         func(key string, pairs ...any) string { return lang.T(l, key, pairs...) },
		"word":      func(family string, v any) string { return word(l, family, v) },
		"text":      func(t planner.Text) string { return t.In(l) },
		"sentence":  func(f planner.Finding) string { return f.Sentence().In(l) },
		"date":      func(d civil.Date) string { return lang.Date(l, d) },
		"short":     func(d civil.Date) string { return lang.ShortDate(l, d) },
		"daymonth":  func(d civil.Date) string { return lang.DayMonth(l, d) },
		"weekday":   func(d civil.Date) string { return lang.Weekday(l, d.Weekday()) },
		"monthname": func(m string) string { return monthName(l, m) },
		"hours":     lang.Hours,
		"count":     pipeline.Cell,
		"num":       func(n any) string { return number(n) },
		"mins":      func(p planner.Seconds) string { return lang.Minutes(l, p.Minutes()) },
		"exact":     func(p planner.Seconds) string { return lang.Exact(l, int64(p)) },
		"signed":    func(p planner.Seconds) string { return signed(l, p) },
		"need":      func(n planner.Need) string { return planner.NeedText[n].In(l) },
		"static":    staticURL,
		"path":      url.PathEscape,
		"add":       func(a, b int) int { return a + b },
		"join":      strings.Join,
		"fields":    strings.Fields,
		"rank":      func(s string) planner.Rank { return planner.Rank(s) },
		"slug":      slug,
		"pair": func(f actForm, name string) any {
			return struct {
				F    actForm
				Name string
			}{f, name}
		},
	}
}

// monthName words "2026-02".
func monthName(l, m string) string {
	t, err := time.Parse("2006-01", m)
	if err != nil {
		return m
	}
	return lang.Month(l, t.Year(), t.Month())
}

// number prints any of the integer types that views use.
func number(n any) string {
	switch n := n.(type) {
	case int:
		return lang.Number(int64(n))
	case int64:
		return lang.Number(n)
	case planner.Seconds:
		return lang.Number(n.Minutes())
	}
	panic("web: num of something that is no integer")
}

// signed prints a price with its sign, as the parts of a sum: +16 分钟, −20 分钟, 0 分钟.
func signed(l string, p planner.Seconds) string {
	s := lang.Exact(l, int64(p))
	if p > 0 {
		return "+" + s
	}
	return s
}
