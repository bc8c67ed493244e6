package web

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// device is a calendar program that signed in.
type device struct {
	t        testing.TB
	base     string
	login    string
	password string
	home     string // /dav/calendars/ACCOUNT/
}

// answer of a server.
type answer struct {
	status int
	header http.Header
	body   string
}

func (d device) do(method, path, body string, pairs ...string) answer {
	d.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, d.base+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.SetBasicAuth(d.login, d.password)
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if strings.Contains(res.Header.Get("Content-Type"), "application/xml") {
		if err := xml.Unmarshal(b, new(struct{})); err != nil {
			d.t.Errorf("%s %s: the answer is no XML: %v\n%s", method, path, err, b)
		}
	}
	return answer{res.StatusCode, res.Header, string(b)}
}

// want does a request and fails unless it has the status and says the words.
func (d device) want(status int, method, path, body string, words []string, pairs ...string) answer {
	d.t.Helper()
	a := d.do(method, path, body, pairs...)
	if a.status != status {
		d.t.Errorf("%s %s: got status %d, want %d\n%.600s", method, path, a.status, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			d.t.Errorf("%s %s: got no %q in\n%.1500s", method, path, w, a.body)
		}
	}
	return a
}

// davTown serves a town and signs a device of a login in.
func davTown(t *testing.T) (*town, func(login string) device) {
	t.Helper()
	town := newTown(t)
	srv := httptest.NewServer(town.server.Handler())
	t.Cleanup(srv.Close)
	return town, func(login string) device { return town.device(t, srv.URL, login) }
}

func (town *town) device(t testing.TB, base, login string) device {
	t.Helper()
	sys := planner.System("test")
	acc, err := town.AccountByLogin(t.Context(), sys, login)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := town.AddAppPassword(t.Context(), sys, acc.ID, "Thunderbird")
	if err != nil {
		t.Fatal(err)
	}
	return device{t, base, login, secret, "/dav/calendars/" + string(acc.ID) + "/"}
}

func propfindOf(names ...string) string {
	return `<?xml version="1.0"?><D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"><D:prop><` +
		strings.Join(names, "/><") + `/></D:prop></D:propfind>`
}

var hrefs = regexp.MustCompile(`<D:href>([^<]*)</D:href>`)

// hrefsOf lists the hrefs of an answer.
func hrefsOf(a answer) (list []string) {
	for _, m := range hrefs.FindAllStringSubmatch(a.body, -1) {
		list = append(list, m[1])
	}
	return list
}

func inner(body, tag string) string {
	_, rest, _ := strings.Cut(body, "<"+tag+">")
	v, _, _ := strings.Cut(rest, "</"+tag+">")
	return v
}

func TestACalendarProgramFindsItsWay(t *testing.T) {
	_, sign := davTown(t)
	d := sign("cadre")
	if a := d.do("PROPFIND", "/.well-known/caldav", ""); a.status != 301 || a.header.Get("Location") != "/dav/" {
		t.Errorf("well-known: got %d to %q", a.status, a.header.Get("Location"))
	}
	a := d.do("OPTIONS", "/dav/", "")
	if got := a.header.Get("Dav"); a.status != 200 || got != "1, 3, access-control, calendar-access, extended-mkcol, sync-collection" || strings.Contains(got, "schedule") {
		t.Errorf("OPTIONS: got %d, DAV: %s", a.status, got)
	}
	for _, bad := range []device{{t, d.base, "cadre", "wrong", ""}, {t, d.base, "leader", d.password, ""}, {t, d.base, "cadre", townPassword, ""}} {
		if a := bad.do("PROPFIND", "/dav/", "", "Depth", "0"); a.status != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic") {
			t.Errorf("wrong sign-in: got %d", a.status)
		}
	}
	a = d.want(207, "PROPFIND", "/dav/", propfindOf("D:current-user-principal", "D:resourcetype"), []string{"<D:current-user-principal><D:href>/dav/principals/"}, "Depth", "0")
	principal := hrefsOf(a)[1]
	a = d.want(207, "PROPFIND", principal, propfindOf("C:calendar-home-set", "C:calendar-user-address-set", "D:principal-URL", "D:displayname"),
		[]string{"<C:calendar-home-set><D:href>" + d.home + "</D:href>", "丙一"}, "Depth", "0")
	a = d.want(207, "PROPFIND", d.home, propfindOf("D:resourcetype", "D:displayname", "C:supported-calendar-component-set", "S:getctag", "D:sync-token",
		"D:supported-report-set", "D:current-user-privilege-set", "A:calendar-color", "A:calendar-order", "C:schedule-default-calendar-URL"),
		[]string{"<C:calendar/>", `<C:comp name="VTODO"/>`, `<C:comp name="VEVENT"/>`, "<D:sync-collection/>", "<D:sync-token>urn:x-lianxin:sync:1", "<C:schedule-default-calendar-URL/>", "404 Not Found"}, "Depth", "1")
	if got, want := hrefsOf(a), []string{d.home, d.home + "cadre-S1/", d.home + "tasks-S1/", d.home + "holidays/"}; !slices.Equal(got, want) {
		t.Errorf("the home holds %v, want %v", got, want)
	}
	for _, part := range strings.Split(a.body, "<D:response>") {
		if writes, tasks := strings.Contains(part, "write-content"), strings.Contains(part, "tasks-S1"); writes != tasks {
			t.Errorf("a right to write in %.60s", part)
		}
	}
	secretary := sign("secretary")
	if got := hrefsOf(secretary.do("PROPFIND", secretary.home, propfindOf("D:displayname"), "Depth", "1")); len(got) != 4 || !strings.HasSuffix(got[1], "cadre-L1/") {
		t.Errorf("the secretary's home holds %v", got)
	}
	for _, path := range []string{secretary.home, strings.Replace(secretary.home, "calendars", "principals", 1), d.home + "cadre-L1/", d.home + "nothing/", "/dav/x/", d.home + "cadre-S1/nothing.ics", "/dav/calendars/%2e%2e/", "/dav/principals/a/b/c/d"} {
		d.want(404, "PROPFIND", path, "", nil, "Depth", "0")
	}
	d.want(403, "PROPFIND", d.home, "", []string{"propfind-finite-depth"}, "Depth", "infinity")
	for _, path := range []string{strings.TrimSuffix(d.home, "/"), d.home + "cadre-S1"} { // without the slash
		d.want(207, "PROPFIND", path, "", []string{"<D:collection/>"}, "Depth", "0")
	}
}

func TestBriefAnswersLeaveOutWhatIsNotThere(t *testing.T) {
	_, sign := davTown(t)
	d := sign("cadre")
	for _, header := range [][2]string{{"Prefer", "return=minimal"}, {"Brief", "t"}} {
		a := d.want(207, "PROPFIND", d.home+"cadre-S1/", propfindOf("D:getetag", "D:quota-used-bytes"), []string{"getetag"}, "Depth", "1", header[0], header[1])
		if strings.Contains(a.body, "404") || a.header.Get("Preference-Applied") != "return=minimal" {
			t.Errorf("%s: got %.300s", header[0], a.body)
		}
	}
	full := d.want(207, "PROPFIND", d.home+"cadre-S1/", propfindOf("D:getetag", "D:quota-used-bytes"), []string{"<D:quota-used-bytes/>"}, "Depth", "1")
	if n := strings.Count(full.body, "<D:response>"); n != strings.Count(full.body, "quota-used-bytes") || n < 10 {
		t.Errorf("got %d responses", n)
	}
}

const ticked = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN\r\n%sEND:VCALENDAR\r\n"

// todoOf fetches the one task of a home.
func todoOf(t *testing.T, d device, collection string) (path, tag, body string) {
	t.Helper()
	a := d.want(207, "PROPFIND", d.home+collection, propfindOf("D:getetag"), nil, "Depth", "1")
	list := hrefsOf(a)
	if len(list) != 2 {
		t.Fatalf("got %v, want one task", list)
	}
	got := d.want(200, "GET", list[1], "", []string{"BEGIN:VTODO"})
	return list[1], got.header.Get("Etag"), got.body
}

func TestTickingATaskCompletesItAndNothingElseCanBeChanged(t *testing.T) {
	town, sign := davTown(t)
	d := sign("cadre")
	path, tag, body := todoOf(t, d, "tasks-S1/")
	if !strings.Contains(body, "DTSTART;VALUE=DATE:20251215\r\nDUE;VALUE=DATE:20260112\r\nSUMMARY:【跟进】281001-0001\r\n") || !strings.Contains(body, "STATUS:NEEDS-ACTION") || strings.Contains(body, "灌溉") {
		t.Errorf("the task reads\n%s", body)
	}
	tick := func(body string) string {
		return strings.Replace(body, "STATUS:NEEDS-ACTION\r\n", "STATUS:COMPLETED\r\nPERCENT-COMPLETE:100\r\nCOMPLETED:20260105T013000Z\r\nX-MOZ-GENERATION:1\r\n", 1)
	}
	d.want(412, "PUT", path, tick(body), nil, "If-Match", `"stale"`)
	d.want(412, "PUT", path, tick(body), nil, "If-None-Match", "*")
	for name, edit := range map[string][2]string{"SUMMARY": {"SUMMARY:【跟进】", "SUMMARY:改了"}, "DUE": {"DUE;VALUE=DATE:20260112", "DUE;VALUE=DATE:20270112"}, "PRIORITY": {"PRIORITY:5", "PRIORITY:1"},
		"UID": {"UID:task-", "UID:other-"}, "LOCATION": {"CLASS:PRIVATE", "CLASS:PRIVATE\r\nLOCATION:x"}} {
		a := d.want(403, "PUT", path, strings.ReplaceAll(tick(body), edit[0], edit[1]), []string{"cannot-modify-protected-property", name}, "If-Match", tag)
		if a.header.Get("Etag") != "" {
			t.Errorf("%s: a refused change has an entity tag", name)
		}
	}
	d.want(403, "PUT", path, strings.Replace(body, "NEEDS-ACTION", "CANCELLED", 1), []string{"valid-calendar-object-resource"}, "If-Match", tag)
	d.want(403, "PUT", path, "no calendar", []string{"valid-calendar-data"})
	d.want(403, "PUT", path, fmt.Sprintf(ticked, "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\n"), []string{"valid-calendar-object-resource"})
	d.want(403, "PUT", d.home+"tasks-S1/new.ics", tick(body), []string{"need-privileges", "<D:bind/>"})
	d.want(403, "DELETE", path, "", []string{"<D:unbind/>"}, "If-Match", tag)
	d.want(412, "DELETE", path, "", nil, "If-Match", `"stale"`)
	events := hrefsOf(d.do("PROPFIND", d.home+"cadre-S1/", propfindOf("D:getetag"), "Depth", "1"))
	event := d.do("GET", events[1], "")
	d.want(403, "PUT", events[1], event.body, []string{"<D:write-content/>"}, "If-Match", event.header.Get("Etag"))
	for _, m := range []string{"MKCALENDAR", "MKCOL"} {
		d.want(403, m, d.home+"new/", "", []string{"need-privileges", "<D:bind/>"})
	}
	d.want(405, "LOCK", path, "", nil)
	if tasks, err := town.Tasks(t.Context(), planner.System("test")); err != nil || tasks[0].State != planner.TaskReady {
		t.Fatalf("a refused request changed the task: %v, %v", tasks, err)
	}

	// An acknowledged alarm (Thunderbird) changes nothing; ticking completes.
	d.want(204, "PUT", path, strings.Replace(body, "END:VALARM", "ACKNOWLEDGED:20260105T000000Z\r\nEND:VALARM", 1), nil, "If-Match", tag)
	if a := d.want(204, "PUT", path, tick(body), nil, "If-Match", tag); a.header.Get("Etag") != "" {
		t.Error("the answer bears an entity tag, though what is stored is not what was sent")
	}
	_, next, done := todoOf(t, d, "tasks-S1/")
	if next == tag || !strings.Contains(done, "STATUS:COMPLETED\r\nPERCENT-COMPLETE:100\r\nCOMPLETED:20260105T000000Z\r\n") || strings.Contains(done, "VALARM") {
		t.Errorf("afterwards the task reads\n%s", done)
	}
	d.want(412, "PUT", path, tick(body), nil, "If-Match", tag)
	d.want(204, "PUT", path, done, nil, "If-Match", next)
	d.want(403, "PUT", path, body, []string{"valid-calendar-object-resource"}, "If-Match", next) // it cannot be opened again
	all, err := town.Tasks(t.Context(), planner.System("test"))
	if err != nil || all[0].State != planner.TaskCompleted {
		t.Errorf("in Lianxin the task is %v, %v", all, err)
	}
}

// Reminders on iOS rewrites what it sends back: it drops properties, adds its own, and writes the due day with a zone.
func TestTheShapesOfAppleReminders(t *testing.T) {
	town, sign := davTown(t)
	d := sign("cadre")
	path, tag, body := todoOf(t, d, "tasks-S1/")
	uid := regexp.MustCompile(`UID:(task-\S+)`).FindStringSubmatch(body)[1]
	// Discovery and listing as iOS asks.
	d.want(207, "PROPFIND", d.home, `<?xml version="1.0" encoding="UTF-8"?>
<A:propfind xmlns:A="DAV:"><A:prop><A:add-member/><C:allowed-sharing-modes xmlns:C="http://calendarserver.org/ns/"/><D:autoprovisioned xmlns:D="http://apple.com/ns/ical/"/><E:bulk-requests xmlns:E="http://me.com/_namespace/"/><B:calendar-alarms xmlns:B="urn:ietf:params:xml:ns:caldav"/><D:calendar-color xmlns:D="http://apple.com/ns/ical/"/><B:calendar-description xmlns:B="urn:ietf:params:xml:ns:caldav"/><C:getctag xmlns:C="http://calendarserver.org/ns/"/><A:sync-token/><A:supported-report-set/><B:supported-calendar-component-set xmlns:B="urn:ietf:params:xml:ns:caldav"/></A:prop></A:propfind>`,
		[]string{"<S:getctag>", "<A:calendar-color>#"}, "Depth", "1", "Brief", "t", "Prefer", "return=minimal", "User-Agent", "iOS/17.1 (21B74) remindd/1.0")
	d.want(207, "PROPPATCH", d.home+"tasks-S1/", `<?xml version="1.0" encoding="UTF-8"?><A:propertyupdate xmlns:A="DAV:"><A:set><A:prop><D:calendar-order xmlns:D="http://apple.com/ns/ical/">7</D:calendar-order></A:prop></A:set></A:propertyupdate>`, []string{"200 OK"})
	d.want(207, "REPORT", d.home+"tasks-S1/", `<?xml version="1.0" encoding="UTF-8"?><A:sync-collection xmlns:A="DAV:"><A:sync-token/><A:sync-level>1</A:sync-level><A:prop><A:getetag/><A:getcontenttype/></A:prop></A:sync-collection>`, []string{path, "component=VTODO", "urn:x-lianxin:sync:"}, "Brief", "t")
	put := "BEGIN:VCALENDAR\r\nCALSCALE:GREGORIAN\r\nPRODID:-//Apple Inc.//iOS 17.1//EN\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nCOMPLETED:20260105T020304Z\r\nCREATED:20251214T160000Z\r\nDTSTAMP:20260105T020304Z\r\n" +
		"DUE;VALUE=DATE:20260112\r\nLAST-MODIFIED:20260105T020304Z\r\nPERCENT-COMPLETE:100\r\nPRIORITY:5\r\nSEQUENCE:2\r\nSTATUS:COMPLETED\r\nSUMMARY:【跟进】281001-0001\r\nUID:" + uid + "\r\nX-APPLE-SORT-ORDER:789012345\r\n" +
		"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\nTRIGGER;VALUE=DATE-TIME:20260112T010000Z\r\nUID:8A\r\nX-WR-ALARMUID:8A\r\nEND:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
	d.want(204, "PUT", path, put, nil, "If-Match", tag, "Content-Type", "text/calendar", "User-Agent", "iOS/17.1 (21B74) remindd/1.0")
	all, err := town.Tasks(t.Context(), planner.System("test"))
	if err != nil || all[0].State != planner.TaskCompleted {
		t.Errorf("the task is %v, %v", all, err)
	}
}

func TestSynchronisationTellsWhatChangedAndWhatWent(t *testing.T) {
	town, sign := davTown(t)
	d := sign("cadre")
	sync := func(token, more string) answer {
		return d.do("REPORT", d.home+"cadre-S1/", `<D:sync-collection xmlns:D="DAV:"><D:sync-token>`+token+`</D:sync-token><D:sync-level>1</D:sync-level>`+more+`<D:prop><D:getetag/></D:prop></D:sync-collection>`, "Depth", "1")
	}
	first := sync("", "")
	if n := len(hrefsOf(first)); first.status != 207 || n < 10 {
		t.Fatalf("got %d with %d members", first.status, n)
	}
	token := inner(first.body, "D:sync-token")
	if a := sync(token, ""); len(hrefsOf(a)) != 0 || inner(a.body, "D:sync-token") != token {
		t.Errorf("nothing changed, yet %s", a.body)
	}
	now := town.Now()
	var moved, dropped planner.Event
	err := town.DB.Write(t.Context(), planner.System("test"), store.Op{Name: "test", Now: now}, func(tx *store.Tx) error {
		es, err := tx.Events(store.EventFilter{Cadre: "S1"})
		if err != nil {
			return err
		}
		moved, dropped = es[2], es[3]
		moved.On, moved.Sequence = moved.On.AddDays(1), moved.Sequence+1
		dropped.On = civil.Of(2020, 1, 1) // out of every window
		return tx.PutEvents([]planner.Event{moved, dropped})
	})
	if err != nil {
		t.Fatal(err)
	}
	name := func(e planner.Event) string {
		id, _, _ := strings.Cut(e.UID, "@")
		return d.home + "cadre-S1/" + id + ".ics"
	}
	a := sync(token, "")
	// Two changed: the moved one, and the county's day, which shows now that the person has no day of their own that month.
	if got := hrefsOf(a); len(got) != 3 || !slices.Contains(got, name(moved)) || got[2] != name(dropped) || strings.Count(a.body, "404 Not Found") != 1 {
		t.Errorf("got %s", a.body)
	}
	if next := inner(a.body, "D:sync-token"); next == token {
		t.Error("the token stayed the same")
	}
	for _, bad := range []string{"urn:x-lianxin:sync:99999", "urn:x-lianxin:sync:x", "http://other.example/7", "urn:x-lianxin:sync:-1", "urn:x-lianxin:sync:0", "urn:x-lianxin:sync:1:9999:a", "urn:x-lianxin:sync:1:1", "urn:x-lianxin:sync:1:x:a"} {
		if a := sync(bad, ""); a.status != 403 || !strings.Contains(a.body, "<D:valid-sync-token/>") {
			t.Errorf("token %s: got %d %s", bad, a.status, a.body)
		}
	}
	if a := sync("", "<D:limit><D:nresults>0</D:nresults></D:limit>"); a.status != 400 {
		t.Errorf("a limit of none: got %d %s", a.status, a.body)
	}
	// In pieces of three, from the beginning and from the old token, a program learns what it learns at once.
	for _, from := range []string{"", token} {
		whole := hrefsOf(sync(from, ""))
		var told []string
		next, pieces := from, 0
		for more := true; more; pieces++ {
			a := sync(next, "<D:limit><D:nresults>3</D:nresults></D:limit>")
			got := hrefsOf(a)
			if more = strings.Contains(a.body, "507 Insufficient Storage"); more {
				if i := slices.Index(got, d.home+"cadre-S1/"); i != 3 {
					t.Fatalf("a piece of three with more to come: got %s", a.body)
				}
				got = got[:3]
			}
			told, next = append(told, got...), inner(a.body, "D:sync-token")
			if pieces > len(whole) {
				t.Fatalf("from %q it never ends: %s", from, next)
			}
		}
		if want := (len(whole) + 2) / 3; pieces != want || next != inner(sync("", "").body, "D:sync-token") {
			t.Errorf("from %q: got %d pieces and the token %s, want %d", from, pieces, next, want)
		}
		slices.Sort(whole)
		slices.Sort(told)
		if !slices.Equal(whole, told) {
			t.Errorf("from %q: in pieces\n%q\nat once\n%q", from, told, whole)
		}
	}
	// A restart forgets nothing, and a tombstone lives for at least 90 days.
	restarted := &pipeline.App{DB: town.DB, Now: func() time.Time { return now.AddDate(0, 0, 90) }, Zone: town.Zone, NewID: town.NewID, Host: town.Host, BaseURL: town.BaseURL, Office: town.Office}
	srv := httptest.NewServer((&Server{App: restarted}).Handler())
	defer srv.Close()
	d.base = srv.URL
	if a := sync(token, ""); a.status != 207 || !slices.Contains(hrefsOf(a), name(dropped)) {
		t.Errorf("after 90 days and a restart: got %d %.300s", a.status, a.body)
	}
	old := &pipeline.App{DB: town.DB, Now: func() time.Time { return now.AddDate(0, 0, 200) }, Zone: town.Zone, NewID: town.NewID, Host: town.Host, BaseURL: town.BaseURL, Office: town.Office}
	srv2 := httptest.NewServer((&Server{App: old}).Handler())
	defer srv2.Close()
	d.base = srv2.URL
	d.do("PROPFIND", d.home, "", "Depth", "1")
	if a := sync(token, ""); a.status != 403 {
		t.Errorf("after 200 days the token still works: got %d", a.status)
	}
}

func TestPropertiesAreSetEachWithItsStatus(t *testing.T) {
	_, sign := davTown(t)
	d := sign("cadre")
	patch := func(props string) string {
		return `<D:propertyupdate xmlns:D="DAV:" xmlns:A="http://apple.com/ns/ical/" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>` + props + `</D:prop></D:set></D:propertyupdate>`
	}
	path := d.home + "cadre-S1/"
	d.want(207, "PROPPATCH", path, patch(`<A:calendar-color>#00FF00FF</A:calendar-color><D:displayname>我的 &amp; 日历</D:displayname>`), []string{"200 OK"})
	d.want(207, "PROPFIND", path, propfindOf("A:calendar-color", "D:displayname"), []string{"#00FF00FF", "我的 &amp; 日历"}, "Depth", "0")
	a := d.want(207, "PROPPATCH", path, patch(`<A:calendar-color>#0000FFFF</A:calendar-color><C:calendar-timezone>x</C:calendar-timezone>`),
		[]string{"424 Failed Dependency", "403 Forbidden", "cannot-modify-protected-property"})
	if strings.Contains(a.body, "200 OK") {
		t.Error("half of the change was done")
	}
	d.want(207, "PROPFIND", path, propfindOf("A:calendar-color"), []string{"#00FF00FF"}, "Depth", "0")
	d.want(207, "PROPPATCH", path, `<D:propertyupdate xmlns:D="DAV:"><D:remove><D:prop><D:displayname/></D:prop></D:remove></D:propertyupdate>`, []string{"200 OK"})
	d.want(207, "PROPFIND", path, propfindOf("D:displayname"), []string{"连心日历 · 丙一"}, "Depth", "0")
	other := sign("secretary")
	if a := other.do("PROPFIND", other.home+"holidays/", propfindOf("A:calendar-color"), "Depth", "0"); strings.Contains(a.body, "00FF00") {
		t.Error("one person's colour shows to another")
	}
	d.want(200, "PROPPATCH", path, patch(`<A:calendar-order>3</A:calendar-order>`), nil, "Prefer", "return=minimal")
}

// Work is counted and not timed, since the machine may be busy: what is read of a body, and the memory that the answer takes
// from the heap, all together. The times are printed; lianxin-bench feeds measures them.
func TestBodiesBeyondTheLimitsAreRefusedWithLittleWork(t *testing.T) {
	town, sign := davTown(t)
	handler := town.server.Handler()
	d := sign("cadre")
	path, _, _ := todoOf(t, d, "tasks-S1/")
	for name, c := range map[string]struct {
		method, path, body string
		want               int
	}{
		"300 KB of XML":       {"PROPFIND", d.home, "<a>" + strings.Repeat("x", 300<<10) + "</a>", 413},
		"deep XML":            {"PROPFIND", d.home, strings.Repeat("<a>", 5000), 413},
		"many elements":       {"REPORT", d.home + "tasks-S1/", "<a>" + strings.Repeat("<b/>", 20000) + "</a>", 413},
		"an entity bomb":      {"PROPFIND", d.home, `<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><D:propfind xmlns:D="DAV:">&b;</D:propfind>`, 400},
		"a prefix of nothing": {"PROPFIND", d.home, `<D:propfind xmlns:D="DAV:" xmlns:x=""><D:prop><x:foo/></D:prop></D:propfind>`, 400},
		"an undeclared one":   {"PROPFIND", d.home, `<D:propfind xmlns:D="DAV:"><D:prop><x:foo/></D:prop></D:propfind>`, 400},
		"many unknown names":  {"PROPFIND", d.home + "cadre-S1/", `<D:propfind xmlns:D="DAV:"><D:prop>` + strings.Repeat("<D:x/>", 9000) + `</D:prop></D:propfind>`, 413},
		"a long namespace":    {"PROPFIND", d.home + "cadre-S1/", `<D:propfind xmlns:D="DAV:"><D:prop><x xmlns="urn:` + strings.Repeat("x", 200<<10) + `"/></D:prop></D:propfind>`, 413},
		"one name, often":     {"PROPFIND", d.home + "cadre-S1/", `<D:propfind xmlns:D="DAV:"><D:prop>` + strings.Repeat("<D:supported-privilege-set/>", 9000) + `</D:prop></D:propfind>`, 207},
		"many parts":          {"REPORT", d.home + "cadre-S1/", `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><C:calendar-data><C:comp name="VCALENDAR">` + strings.Repeat(`<C:prop name="X"/>`, 9000) + `</C:comp></C:calendar-data></D:prop></C:calendar-multiget>`, 413},
		"a long text": {"REPORT", d.home + "cadre-S1/", `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` +
			`<C:prop-filter name="UID"><C:text-match>` + strings.Repeat("x", 200<<10) + `</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`, 403},
		"no XML":              {"REPORT", d.home + "tasks-S1/", "\x00\xff", 400},
		"another element":     {"PROPFIND", d.home, `<D:report xmlns:D="DAV:"/>`, 400},
		"2 MB of a calendar":  {"PUT", path, "BEGIN:VCALENDAR\r\n" + strings.Repeat("X:1\r\n", 400_000), 403},
		"nested components":   {"PUT", path, strings.Repeat("BEGIN:VCALENDAR\r\n", 60_000), 403},
		"a parameter, 400 KB": {"PUT", path, "BEGIN:VCALENDAR\r\nX;A=\"" + strings.Repeat("a", 400<<10) + "\":1\r\nEND:VCALENDAR\r\n", 403},
		"600 hrefs":           {"REPORT", d.home + "tasks-S1/", `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop>` + strings.Repeat("<D:href>/x</D:href>", 600) + `</C:calendar-multiget>`, 403},
		"an unknown report":   {"REPORT", d.home + "tasks-S1/", `<D:version-tree xmlns:D="DAV:"/>`, 403},
		"text in pieces":      {"PROPFIND", d.home, "<a>" + strings.Repeat("x<b/>", 9000) + "</a>", 400},
		"many attributes":     {"PROPFIND", d.home, "<a" + strings.Repeat(` b="c"`, 30000) + "/>", 400},
		"a filter, 30 deep": {"REPORT", d.home + "tasks-S1/", `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop><C:filter>` +
			strings.Repeat(`<C:comp-filter name="VCALENDAR">`, 28) + strings.Repeat(`</C:comp-filter>`, 28) + `</C:filter></C:calendar-query>`, 207},
		"many filters": {"REPORT", d.home + "cadre-S1/", `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` +
			strings.Repeat(`<C:prop-filter name="UID"><C:text-match negate-condition="yes">zzz</C:text-match></C:prop-filter>`, 1500) + `</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`, 403},
	} {
		sent := &counted{r: strings.NewReader(c.body)}
		r := httptest.NewRequest(c.method, c.path, sent)
		r.SetBasicAuth(d.login, d.password)
		r.Header.Set("Depth", "1")
		w := httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		handler.ServeHTTP(w, r)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		grown := after.TotalAlloc - before.TotalAlloc
		t.Logf("%-22s %8v %6d KB read %6d KB taken", name, took.Round(time.Microsecond), sent.n>>10, grown>>10)
		if w.Code != c.want {
			t.Errorf("%s: got %d, want %d: %.200s", name, w.Code, c.want, w.Body)
		}
		if most := maxDavObject + 2; sent.n > most {
			t.Errorf("%s: %d octets of it were read, want at most %d", name, sent.n, most)
		}
		if grown > 16<<20 {
			t.Errorf("%s: took %d MB, want at most 16", name, grown>>20)
		}
	}
	d.want(207, "PROPFIND", d.home, "", nil, "Depth", "0") // alive
}

// counted notes how much of a body was read.
type counted struct {
	r io.Reader
	n int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

func FuzzDavXML(f *testing.F) {
	f.Add([]byte(propfindOf("D:getetag", "C:calendar-data")))
	f.Add([]byte(`<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:comp name="VEVENT"><C:prop name="UID" novalue="yes"/></C:comp></C:comp><C:expand start="20260101T000000Z" end="20270101T000000Z"/></C:calendar-data></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260101T000000Z"/><C:prop-filter name="SUMMARY"><C:text-match collation="i;octet" negate-condition="yes">x</C:text-match><C:param-filter name="CN"><C:is-not-defined/></C:param-filter></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`))
	f.Add([]byte(`<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="">1</x></D:prop></D:set></D:propertyupdate>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseAny(b)
		if plain, ok := parsePlain(b); ok && (err != nil || spell(plain) != spell(e)) {
			t.Errorf("%q: read plainly %s, by encoding/xml %s, %v", b, spell(plain), spell(e), err)
		}
		if err != nil {
			return
		}
		w, err := wants(e)
		if err == nil {
			out := multistatus(64)
			for _, n := range w.unknown {
				out = appendTag(out, n, "/")
			}
			if err := xml.Unmarshal(append(out, `</D:multistatus>`...), new(struct{})); err != nil {
				t.Errorf("names of %q are written as no XML: %v\n%s", b, err, out)
			}
		}
		for _, k := range e.kids {
			_, _ = readComp(k)
			_, _ = readDataWish(k)
		}
	})
}
