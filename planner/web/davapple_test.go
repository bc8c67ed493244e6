package web

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The requests that Apple's Calendar and Reminders make of an account, in their order, as servers' public logs show them; words
// are of the programs' own properties, most of which nobody but Apple's server has. An account is of use to them only if each
// is answered in the terms of WebDAV: 207 with a status for each property, never an error for the whole.

const appleNames = `xmlns:A="DAV:" xmlns:B="urn:ietf:params:xml:ns:caldav" xmlns:C="http://calendarserver.org/ns/" xmlns:D="http://apple.com/ns/ical/" xmlns:E="http://me.com/_namespace/"`

func appleFind(props ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><A:propfind ` + appleNames + `><A:prop><` + strings.Join(props, "/><") + `/></A:prop></A:propfind>`
}

// answered is a 207 taken apart: href → status → property → its inner XML.
func answered(t *testing.T, a answer) map[string]map[string]map[string]string {
	t.Helper()
	var m struct {
		Responses []struct {
			Href  string `xml:"DAV: href"`
			Stats []struct {
				Status string `xml:"DAV: status"`
				Prop   struct {
					Each []struct {
						XMLName xml.Name
						Inner   string `xml:",innerxml"`
					} `xml:",any"`
				} `xml:"DAV: prop"`
			} `xml:"DAV: propstat"`
		} `xml:"DAV: response"`
	}
	if err := xml.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("%v\n%s", err, a.body)
	}
	out := map[string]map[string]map[string]string{}
	for _, r := range m.Responses {
		out[r.Href] = map[string]map[string]string{}
		for _, s := range r.Stats {
			code := strings.Fields(s.Status)[1]
			if out[r.Href][code] == nil {
				out[r.Href][code] = map[string]string{}
			}
			for _, p := range s.Prop.Each {
				out[r.Href][code][p.XMLName.Local] = p.Inner
			}
		}
	}
	return out
}

var (
	mac   = []string{"User-Agent", "macOS/14.1 (23B74) CalendarAgent/988", "Brief", "t", "Prefer", "return=minimal"}
	phone = []string{"User-Agent", "iOS/17.1 (21B74) dataaccessd/1.0", "Brief", "t", "Prefer", "return=minimal"}
)

func TestAppleProgramsFindTheAccount(t *testing.T) {
	_, sign := davTown(t)
	d := sign("cadre")
	// Without a password first: the account's window waits for Basic.
	r, err := http.NewRequestWithContext(t.Context(), "PROPFIND", d.base+"/dav/", strings.NewReader(appleFind("A:current-user-principal", "A:principal-URL", "A:resourcetype")))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Www-Authenticate"); res.StatusCode != 401 || !strings.HasPrefix(got, "Basic realm=") {
		t.Errorf("without a password: got %d, %q", res.StatusCode, got)
	}
	for _, method := range []string{"PROPFIND", "GET", "OPTIONS"} { // RFC 6764 §5 names no method
		if a := d.do(method, "/.well-known/caldav", "", "Depth", "0"); a.status != 301 || a.header.Get("Location") != "/dav/" {
			t.Errorf("%s well-known: got %d to %q", method, a.status, a.header.Get("Location"))
		}
	}
	a := d.want(207, "PROPFIND", "/dav/", appleFind("A:current-user-principal", "A:principal-URL", "A:resourcetype"), nil, append(phone, "Depth", "0")...)
	principal := hrefsOf(a)[1]
	for _, path := range []string{"/dav/", principal, d.home, d.home + "tasks-S1/"} {
		o := d.do("OPTIONS", path, "")
		if dav := o.header.Get("Dav"); o.status != 200 || !strings.Contains(dav, "calendar-access") || strings.Contains(dav, "auto-schedule") || strings.Contains(dav, "calendarserver-sharing") || !strings.Contains(o.header.Get("Allow"), "REPORT") {
			t.Errorf("OPTIONS %s: got %d, DAV %q, Allow %q", path, o.status, dav, o.header.Get("Allow"))
		}
	}
	asked := []string{"B:calendar-home-set", "B:calendar-user-address-set", "A:current-user-principal", "A:displayname", "C:dropbox-home-URL", "C:email-address-set", "C:notification-URL",
		"A:principal-collection-set", "A:principal-URL", "A:resource-id", "B:schedule-inbox-URL", "B:schedule-outbox-URL", "A:supported-report-set"}
	p := answered(t, d.want(207, "PROPFIND", principal, appleFind(asked...), nil, "Depth", "0"))[principal]
	for name, want := range map[string]string{"calendar-home-set": d.home, "current-user-principal": principal, "principal-URL": principal, "principal-collection-set": "/dav/principals/",
		"supported-report-set": "principal-search-property-set", "displayname": "丙一", "calendar-user-address-set": principal} {
		if !strings.Contains(p["200"][name], want) {
			t.Errorf("%s: got %q, want %q in it", name, p["200"][name], want)
		}
	}
	for _, name := range []string{"schedule-inbox-URL", "schedule-outbox-URL", "notification-URL", "dropbox-home-URL"} { // else they would look in there, and mail people
		if _, ok := p["404"][name]; !ok {
			t.Errorf("%s: want it 404, got %v", name, p)
		}
	}
	if len(p["200"])+len(p["404"]) != len(asked) {
		t.Errorf("of %d properties %d are answered", len(asked), len(p["200"])+len(p["404"]))
	}
	d.want(200, "REPORT", principal, `<A:principal-search-property-set `+appleNames+`/>`, []string{"principal-search-property-set"}, "Depth", "0")
	d.want(403, "REPORT", principal, `<A:expand-property `+appleNames+`><A:property name="calendar-proxy-write-for" namespace="http://calendarserver.org/ns/"><A:property name="displayname" namespace="DAV:"/></A:property></A:expand-property>`, []string{"supported-report"}, "Depth", "0")
	d.want(207, "PROPFIND", "/dav/principals/", appleFind("A:displayname", "A:resourcetype"), []string{principal}, "Depth", "1")
}

// What the programs ask of the home, of which we have the part that says what a collection is and when it changed.
var appleHome = []string{"A:add-member", "C:allowed-sharing-modes", "D:autoprovisioned", "E:bulk-requests", "B:calendar-alarms", "D:calendar-color", "B:calendar-description", "B:calendar-free-busy-set", "D:calendar-order",
	"B:calendar-timezone", "A:current-user-privilege-set", "B:default-alarm-vevent-date", "B:default-alarm-vevent-datetime", "A:displayname", "C:getctag", "E:guardian-restricted", "B:max-attendees-per-instance", "B:max-image-size", "B:max-resource-size",
	"A:owner", "C:pre-publish-url", "C:publish-url", "C:push-transports", "C:pushkey", "A:quota-available-bytes", "A:quota-used-bytes", "D:refreshrate", "A:resource-id", "A:resourcetype", "B:schedule-calendar-transp",
	"B:schedule-default-calendar-URL", "C:source", "C:subscribed-strip-alarms", "C:subscribed-strip-attachments", "C:subscribed-strip-todos", "B:supported-calendar-component-set", "B:supported-calendar-component-sets", "A:supported-report-set", "A:sync-token", "C:xmpp-server", "C:xmpp-uri"}

func TestAppleProgramsListTheHome(t *testing.T) {
	_, sign := davTown(t)
	d := sign("cadre")
	full := answered(t, d.want(207, "PROPFIND", d.home, appleFind(appleHome...), nil, "Depth", "1"))
	for _, name := range []string{"cadre-S1", "tasks-S1", "holidays"} {
		c := full[d.home+name+"/"]
		if n := len(c["200"]) + len(c["404"]); n != len(appleHome) {
			t.Errorf("%s: %d of %d properties are answered", name, n, len(appleHome))
		}
		for _, has := range []string{"calendar-color", "calendar-order", "calendar-timezone", "current-user-privilege-set", "displayname", "getctag", "max-resource-size", "owner", "resourcetype", "supported-calendar-component-set", "supported-report-set", "sync-token"} {
			if c["200"][has] == "" {
				t.Errorf("%s has no %s", name, has)
			}
		}
		component := map[bool]string{true: "VTODO", false: "VEVENT"}[name == "tasks-S1"]
		if got := c["200"]["supported-calendar-component-set"]; strings.Count(got, "<") != 1 || !strings.Contains(got, component) {
			t.Errorf("%s holds %s", name, got)
		}
		if got := c["200"]["calendar-color"]; len(got) != 9 || got[0] != '#' { // #RRGGBBAA
			t.Errorf("%s: the colour is %q", name, got)
		}
		for _, report := range []string{"calendar-query", "calendar-multiget", "sync-collection", "free-busy-query"} {
			if !strings.Contains(c["200"]["supported-report-set"], report) {
				t.Errorf("%s: does not name %s", name, report)
			}
		}
	}
	for _, agent := range [][]string{mac, phone} { // brief: what is not there is left out, and no answer is empty
		for path, c := range answered(t, d.want(207, "PROPFIND", d.home, appleFind(appleHome...), nil, append(agent, "Depth", "1")...)) {
			if len(c["404"]) > 0 || len(c["200"]) == 0 {
				t.Errorf("brief, %s: got %v", path, c)
			}
		}
	}
}

func TestApplePropertiesAreSetOrRefusedOneByOne(t *testing.T) {
	_, sign := davTown(t)
	d := sign("cadre")
	path := d.home + "cadre-S1/"
	patch := func(props string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><A:propertyupdate ` + appleNames + `><A:set><A:prop>` + props + `</A:prop></A:set></A:propertyupdate>`
	}
	set := answered(t, d.want(207, "PROPPATCH", path, patch(`<D:calendar-color symbolic-color="custom">#63DA38FF</D:calendar-color><D:calendar-order>2</D:calendar-order>`), nil))[path]
	if len(set["200"]) != 2 {
		t.Errorf("colour and order: got %v", set)
	}
	for _, refused := range []string{"<B:default-alarm-vevent-datetime><![CDATA[BEGIN:VALARM\r\nEND:VALARM]]></B:default-alarm-vevent-datetime>", "<B:calendar-timezone>BEGIN:VCALENDAR</B:calendar-timezone>", "<B:schedule-calendar-transp><B:opaque/></B:schedule-calendar-transp>",
		"<C:getctag>1</C:getctag>", "<A:sync-token>x</A:sync-token>", "<A:resourcetype/>", "<B:supported-calendar-component-set/>", "<B:calendar-free-busy-set/>"} {
		got := answered(t, d.want(207, "PROPPATCH", path, patch(refused), []string{"cannot-modify-protected-property"}))[path]
		if len(got["403"]) != 1 || len(got["200"]) != 0 {
			t.Errorf("%s: got %v", refused, got)
		}
	}
	for _, at := range []string{d.home, "/dav/", path + strings.TrimPrefix(hrefsOf(d.do("PROPFIND", path, propfindOf("D:getetag"), "Depth", "1"))[1], path)} {
		if a := d.do("PROPPATCH", at, patch("<D:calendar-order>1</D:calendar-order>")); a.status != 207 || !strings.Contains(a.body, "403 Forbidden") {
			t.Errorf("PROPPATCH %s: got %d %.200s", at, a.status, a.body)
		}
	}
	after := answered(t, d.want(207, "PROPFIND", path, appleFind("D:calendar-color", "D:calendar-order"), nil, "Depth", "0"))[path]["200"]
	if after["calendar-color"] != "#63DA38FF" || after["calendar-order"] != "2" {
		t.Errorf("after it was set: got %v", after)
	}
	// A new list of Reminders, and one that is thrown away: refused by the privilege that is wanting.
	d.want(403, "MKCALENDAR", d.home+"4F7C6B52-0000-4000-8000-000000000000/", `<B:mkcalendar `+appleNames+`><A:set><A:prop><D:calendar-color>#FF2968FF</D:calendar-color><B:supported-calendar-component-set><B:comp name="VTODO"/></B:supported-calendar-component-set></A:prop></A:set></B:mkcalendar>`, []string{"need-privileges", "bind"})
	d.want(403, "DELETE", d.home+"tasks-S1/", "", []string{"need-privileges", "unbind"})
}

func TestAppleProgramsFetchWhatTheyListed(t *testing.T) {
	_, sign := davTown(t)
	d := sign("cadre")
	path := d.home + "cadre-S1/"
	listed := hrefsOf(d.want(207, "PROPFIND", path, appleFind("A:getcontenttype", "A:getetag", "A:resourcetype"), nil, append(mac, "Depth", "1")...))[1:]
	if len(listed) < 10 {
		t.Fatalf("listed %d", len(listed))
	}
	query := func(filter, prop string) []string {
		return hrefsOf(d.want(207, "REPORT", path, `<B:calendar-query `+appleNames+`><A:prop><A:getcontenttype/><A:getetag/>`+prop+`</A:prop><B:filter><B:comp-filter name="VCALENDAR"><B:comp-filter name="VEVENT">`+filter+`</B:comp-filter></B:comp-filter></B:filter></B:calendar-query>`, nil, append(phone, "Depth", "1")...))
	}
	if got := query("", ""); !slices.Equal(got, listed) {
		t.Errorf("a query without a range finds %d, listed are %d", len(got), len(listed))
	}
	from, until := query(`<B:time-range start="20260301T000000Z"/>`, ""), query(`<B:time-range end="20260301T000000Z"/>`, "")
	if len(from)+len(until) != len(listed) || len(from) == 0 || len(until) == 0 {
		t.Errorf("from March on %d, until then %d, listed %d", len(from), len(until), len(listed))
	}
	query(`<B:time-range start="20260301T000000Z" end="20260401T000000Z"/>`, `<B:calendar-data><B:limit-recurrence-set start="20260301T000000Z" end="20260401T000000Z"/></B:calendar-data>`)
	get := `<B:calendar-multiget ` + appleNames + `><A:prop><B:calendar-data/><C:created-by/><A:getetag/><B:schedule-tag/><C:updated-by/></A:prop>`
	for _, h := range listed {
		get += "<A:href>" + h + "</A:href>"
	}
	got := d.want(207, "REPORT", path, get+"<A:href>"+path+"gone.ics</A:href></B:calendar-multiget>", []string{"404 Not Found"}, append(mac, "Depth", "1")...)
	if n := strings.Count(got.body, "BEGIN:VEVENT"); n != len(listed) || strings.Contains(got.body, "METHOD:") {
		t.Errorf("fetched %d of %d", n, len(listed))
	}
	expanded := d.want(207, "REPORT", path, `<B:calendar-query `+appleNames+`><A:prop><B:calendar-data><B:expand start="20260301T000000Z" end="20260401T000000Z"/></B:calendar-data></A:prop><B:filter><B:comp-filter name="VCALENDAR"><B:comp-filter name="VEVENT"><B:time-range start="20260301T000000Z" end="20260401T000000Z"/></B:comp-filter></B:comp-filter></B:filter></B:calendar-query>`, []string{"BEGIN:VEVENT"}, "Depth", "1")
	if strings.Contains(expanded.body, "TZID") || strings.Contains(expanded.body, "VTIMEZONE") {
		t.Errorf("expanded, with a zone: %.400s", expanded.body)
	}
	sync := func(token string) answer {
		return d.want(207, "REPORT", path, `<A:sync-collection `+appleNames+`><A:sync-token>`+token+`</A:sync-token><A:sync-level>1</A:sync-level><A:prop><A:getcontenttype/><A:getetag/></A:prop></A:sync-collection>`, nil, phone...)
	}
	first := sync("")
	if !slices.Equal(hrefsOf(first), listed) || len(hrefsOf(sync(inner(first.body, "D:sync-token")))) != 0 {
		t.Errorf("synchronised %d of %d, or something twice", len(hrefsOf(first)), len(listed))
	}
}
