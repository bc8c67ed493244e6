package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// The visit sheet for places without a network. It is one page with everything in it: opened over https or on localhost a
// service worker keeps it; saved as a file it opens from the disk. What is noted stays on the device as edits until the server
// has given a receipt for each. It is the only page with a script, so it has a policy of its own that allows that one by its hash.

const (
	offlinePath = "/visits/offline"
	uploadPath  = "/visits/upload"
	maxUpload   = 4 << 20 // about 20,000 entries
)

//go:embed offline/page.html
var offlineHTML string

//go:embed offline/page.css
var offlineCSS string

//go:embed offline/merge.js
var mergeJS string

//go:embed offline/box.js
var boxJS string

//go:embed offline/page.js
var pageJS string

//go:embed offline/sw.js
var workerJS []byte

// offlineScript is the page's one script.
var offlineScript = mergeJS + boxJS + pageJS

// offlineWords are the words that the script says.
var offlineWords = []string{"outcome", "done", "not-home", "declined", "moved", "moved-to", "what", "note", "promises", "promise-n", "promise", "errand", "escort", "promise-say",
	"due", "add", "promise-save", "promise-drop", "promise-needs", "take-back", "this-one", "noted", "muted", "next", "all-noted", "future", "none", "empty", "ticked", "both",
	"refused", "refused-n", "again", "secret-id", "secret-card", "secret-mobile", "full", "not-kept", "file", "file-n", "file-name", "signin", "signin-do", "offline", "offline-n",
	"sending", "delivered", "delivered-rest", "ready", "online", "copied", "log", "more", "s-new", "s-taken", "s-refused", "no-receipts", "forget-n", "forget-sure"}

// offlineSheet is what the page's script works on, worded for one language.
type offlineSheet struct {
	Cadre    planner.CadreID        `json:"cadre"`
	Code     string                 `json:"code"`
	On       civil.Date             `json:"on"`
	Lang     string                 `json:"lang"`
	File     bool                   `json:"file"`
	Days     []offlineDay           `json:"days"`
	Sections []offlineSection       `json:"sections"`
	Stops    []offlineStop          `json:"stops"`
	Edits    []planner.Edit         `json:"edits"`
	Refused  []pipeline.RefusedEdit `json:"refused"`
	Words    map[string]string      `json:"words"`
}

type offlineDay struct {
	On   civil.Date `json:"on"`
	Href string     `json:"href"`
}

type offlineSection struct {
	Key   string        `json:"key"`
	Title string        `json:"title"`
	Role  string        `json:"role"`
	Items []offlineItem `json:"items"`
}

type offlineItem struct {
	Key string `json:"key"`
	Say string `json:"say"`
}

type offlineStop struct {
	Visit planner.VisitID `json:"visit"`
	Stop  int             `json:"stop"`
	Code  string          `json:"code"`
	Head  string          `json:"head"`
	Where string          `json:"where"`
	Hours string          `json:"hours"`
	Muted bool            `json:"muted"`
	Needs []string        `json:"needs"`
	Lines []string        `json:"lines"` // the way there, who goes along
	Open  []offlineTask   `json:"open"`
}

type offlineTask struct {
	Say     string `json:"say"`
	Due     string `json:"due"`
	Overdue bool   `json:"overdue"`
}

// offlinePage is what the template needs.
type offlinePage struct {
	Title    string
	HTMLLang string
	Name     string
	Unit     string
	On       civil.Date
	File     bool
	Policy   string
	CSS      template.CSS
	Script   template.JS
	Sheet    offlineSheet
	Upload   string // where a file's records are uploaded
	Download string // this sheet as a file
	Conduct  string
	Rights   string
}

var offlineTemplates = func() map[string]*template.Template {
	m := map[string]*template.Template{}
	for _, l := range lang.Langs {
		m[l] = template.Must(template.New("offline").Funcs(funcs(l)).Parse(offlineHTML))
	}
	return m
}()

func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// offlinePolicy allows the page's own script and style by their hashes and, on the server, its own address.
func offlinePolicy(file bool) string {
	own := "default-src 'none'; script-src " + hashSource(offlineScript) + "; style-src " + hashSource(offlineCSS) + "; base-uri 'none'; form-action 'none'"
	if file {
		return own
	}
	return own + "; connect-src 'self'; img-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'"
}

func offlineAddress(cadre planner.CadreID, on civil.Date) string {
	return offlinePath + "?" + url.Values{"cadre": {string(cadre)}, "on": {on.String()}}.Encode()
}

// WriteOfflineSheet writes a cadre's day as one page that needs nothing else. file: it is opened from a disk, without a server;
// base is where the server is, for the sentence that says where its records go.
func WriteOfflineSheet(w io.Writer, l string, v pipeline.VisitSheet, file bool, base string) error {
	l = lang.Choose(l)
	p := offlinePage{Title: lang.T(l, "offline.title", "date", lang.Date(l, v.On)), HTMLLang: map[string]string{lang.ZH: "zh-Hans", lang.EN: "en"}[l], Name: v.Name, Unit: v.Unit, On: v.On, File: file,
		Policy: offlinePolicy(file), CSS: template.CSS(offlineCSS), Script: template.JS(offlineScript), Upload: strings.TrimRight(base, "/") + "/visits",
		Conduct: v.Checklist.Conduct.In(l), Rights: v.Checklist.Rights.In(l), Sheet: newOfflineSheet(l, v, file)}
	if !file {
		p.Download = offlineAddress(v.Cadre, v.On) + "&file=1"
	}
	return offlineTemplates[l].Execute(w, p)
}

func newOfflineSheet(l string, v pipeline.VisitSheet, file bool) offlineSheet {
	s := offlineSheet{Cadre: v.Cadre, Code: v.Code, On: v.On, Lang: l, File: file, Days: []offlineDay{}, Edits: v.Edits, Words: map[string]string{}}
	for _, w := range offlineWords {
		s.Words[w] = word(l, "offline", w)
	}
	for _, d := range v.Days {
		if !file && d != v.On && d.Sub(v.On) >= -31 && d.Sub(v.On) <= 62 {
			s.Days = append(s.Days, offlineDay{d, offlineAddress(v.Cadre, d)})
		}
	}
	for _, sec := range v.Checklist.Sections {
		o := offlineSection{Key: sec.Key, Title: sec.Title.In(l), Role: sec.Role.In(l)}
		for _, it := range sec.Items {
			o.Items = append(o.Items, offlineItem{it.Key, it.Say.In(l)})
		}
		s.Sections = append(s.Sections, o)
	}
	if s.Edits == nil {
		s.Edits = []planner.Edit{}
	}
	s.Stops = []offlineStop{}
	for _, st := range v.Stops {
		o := offlineStop{Visit: st.Visit, Stop: st.Stop, Code: st.Household.Code, Head: st.Household.Head, Where: st.Household.Area, Hours: word(l, "hours", st.Household.Hours),
			Muted: st.Household.Muted, Needs: []string{}, Lines: []string{}, Open: []offlineTask{}}
		for _, n := range st.Household.Needs {
			o.Needs = append(o.Needs, planner.NeedText[n].In(l))
		}
		if st.Guide != "" {
			o.Lines = append(o.Lines, st.Guide)
		}
		if st.StandsFor != "" {
			o.Lines = append(o.Lines, lang.T(l, "visits.stands-for", "name", st.StandsFor))
		}
		if st.Companion != "" {
			o.Lines = append(o.Lines, lang.T(l, "visits.companion", "name", st.Companion))
		}
		for _, t := range st.Open {
			o.Open = append(o.Open, offlineTask{t.Say.In(l), lang.ShortDate(l, t.DueOn), t.Overdue})
		}
		s.Refused = append(s.Refused, st.Refused...)
		s.Stops = append(s.Stops, o)
	}
	return s
}

func (s *Server) offlineRoutes(mux *http.ServeMux) {
	mux.Handle("GET "+offlinePath, s.signed(s.offline))
	mux.Handle("GET /visits/sw.js", http.HandlerFunc(s.offlineWorker))
	mux.Handle("GET /visits/offline.webmanifest", s.open(s.offlineManifest))
	mux.Handle("POST /api/visits/sync", s.signed(s.syncVisits))
	mux.Handle("POST "+uploadPath, s.signed(s.uploadVisits))
}

// offline shows the sheet of a day; without a day it leads to the next, so that what is kept has the day in its address.
func (s *Server) offline(r *request) error {
	q := r.URL.Query()
	on, err := dayOf(q.Get("on"))
	if err != nil {
		return err
	}
	v, err := s.App.OfflineSheetOf(r.Context(), r.p, cmp.Or(planner.CadreID(q.Get("cadre")), r.p.Cadre), on)
	if err != nil {
		return err
	}
	if on.IsZero() {
		http.Redirect(r.w, r.Request, offlineAddress(v.Cadre, v.On), http.StatusSeeOther)
		return nil
	}
	file := q.Get("file") != ""
	var b bytes.Buffer
	if err := WriteOfflineSheet(&b, r.lang, v, file, s.App.BaseURL); err != nil {
		return err
	}
	h := r.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", offlinePolicy(false))
	if file {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "visits-" + v.Code + "-" + v.On.String() + ".html"}))
	}
	return writeSmall(r, b.Bytes())
}

// offlineWorker serves the service worker; its own policy holds for what it fetches.
func (s *Server) offlineWorker(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'")
	_, _ = w.Write(workerJS)
}

// offlineManifest lets a telephone put the sheet on its home screen. It says nothing about anybody.
func (s *Server) offlineManifest(r *request) error {
	type icon struct {
		Src   string `json:"src"`
		Sizes string `json:"sizes"`
		Type  string `json:"type"`
	}
	r.w.Header().Set("Content-Type", "application/manifest+json; charset=utf-8")
	return json.NewEncoder(r.w).Encode(struct {
		Name    string `json:"name"`
		Short   string `json:"short_name"`
		Start   string `json:"start_url"`
		Scope   string `json:"scope"`
		Display string `json:"display"`
		Icons   []icon `json:"icons"`
	}{lang.T(r.lang, "offline.app"), lang.T(r.lang, "offline.app-short"), offlinePath, "/visits/", "standalone", []icon{{"/static/icon.svg", "any", "image/svg+xml"}}})
}

// exported is what a sheet sends or saves.
type exported struct {
	Edits []planner.Edit `json:"edits"`
}

func badExport() error {
	return planner.Fail(planner.Invalid, "这不是离线走访表的记录：请选从走访表导出的文件，或把导出的文字整段粘贴。",
		"these are no records of an offline sheet: choose the file that the sheet exported, or paste the whole of its text")
}

// readEdits reads one JSON object to its end.
func readEdits(from io.Reader) ([]planner.Edit, error) {
	var e exported
	d := json.NewDecoder(from)
	err := d.Decode(&e)
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return nil, planner.Fail(planner.Invalid, "一次传得太多，请分几次。", "too much at once; send it in several parts")
	}
	if err != nil || d.Decode(&struct{}{}) != io.EOF {
		return nil, badExport()
	}
	return e.Edits, nil
}

// syncVisits takes a part of what a device noted and answers with receipts, and with what others wrote about the same visits.
func (s *Server) syncVisits(r *request) error {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return badExport() // a form of another site cannot send this type
	}
	edits, err := readEdits(r.Body)
	if err != nil {
		return err
	}
	out, err := s.App.RecordVisits(r.Context(), r.p, edits)
	if err != nil {
		return err
	}
	sent := make(map[planner.EditID]bool, len(edits))
	for _, e := range edits {
		sent[e.ID] = true
	}
	out.Edits = slices.DeleteFunc(out.Edits, func(e planner.Edit) bool { return sent[e.ID] }) // the device has these; the line may be slow
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return writeSmall(r, b)
}

// writeSmall writes a body compressed if the browser takes that: these two answers cross slow lines.
func writeSmall(r *request, b []byte) error {
	h := r.w.Header()
	h.Set("Vary", "Accept-Encoding")
	if !acceptsGzip(r.Request) {
		_, err := r.w.Write(b)
		return err
	}
	h.Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(r.w)
	if _, err := z.Write(b); err != nil {
		return err
	}
	return z.Close()
}

// uploadPage shows what became of an uploaded file.
type uploadPage struct {
	pipeline.Synced
	Taken int
	File  template.URL // the receipts, for the sheet to read in
}

// uploadVisits takes the records of a sheet that was opened without a server, as a file or as pasted text.
func (s *Server) uploadVisits(r *request) error {
	r.Body = http.MaxBytesReader(r.w, r.Body, maxUpload)
	if err := r.ParseMultipartForm(maxUpload); err != nil {
		return badExport()
	}
	defer r.MultipartForm.RemoveAll()
	var from io.Reader = strings.NewReader(strings.TrimPrefix(strings.TrimSpace(r.PostFormValue("text")), "\ufeff"))
	if f, head, err := r.FormFile("file"); err == nil && head.Size > 0 {
		defer f.Close()
		from = f
	}
	edits, err := readEdits(from)
	if err != nil {
		return err
	}
	var p uploadPage
	for part := range slices.Chunk(edits, pipeline.MaxEdits) {
		got, err := s.App.RecordVisits(r.Context(), r.p, part)
		if err != nil {
			return err
		}
		p.Receipts = append(p.Receipts, got.Receipts...)
	}
	v, err := newUpload(p.Receipts)
	if err != nil {
		return err
	}
	page := s.page(r, "visit-upload")
	page.V = v
	s.render(r, http.StatusOK, page)
	return nil
}

func newUpload(receipts []pipeline.Receipt) (p uploadPage, err error) {
	p.Receipts = receipts
	for _, r := range receipts {
		if r.Taken {
			p.Taken++
		}
	}
	b, err := json.Marshal(pipeline.Synced{Receipts: receipts, Edits: []planner.Edit{}})
	p.File = template.URL("data:application/json;base64," + base64.StdEncoding.EncodeToString(b))
	return p, err
}
