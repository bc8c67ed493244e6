package web

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// verdict is what a suite says of one thing that it tried.
type verdict struct {
	name, said string
	passed     bool
}

// judge prints a suite's verdicts in three groups and fails if what applies passes in less than 95 of 100. Not ours is what
// Lianxin does not do, each with its reason; of the shelves is what the test's own code answers. Both are by the beginning of a
// name, the longest first.
func judge(t *testing.T, suite string, list []verdict, notOurs, shelved map[string]string) {
	t.Helper()
	of := func(reasons map[string]string, name string) (why string) {
		long := -1
		for prefix, reason := range reasons {
			if strings.HasPrefix(name, prefix) && len(prefix) > long {
				why, long = reason, len(prefix)
			}
		}
		return why
	}
	var passed, failed, absent, shelf, shelfFailed int
	for _, v := range list {
		switch why := of(notOurs, v.name); {
		case why != "":
			absent++
			t.Logf("%-45s %-12s not ours: %s", v.name, v.said, why)
		case of(shelved, v.name) != "":
			if shelf++; !v.passed {
				shelfFailed++
				t.Logf("%-45s %-12s of the test's own shelves", v.name, v.said)
			}
		case v.passed:
			passed++
			t.Logf("%-45s %s", v.name, v.said)
		default:
			failed++
			t.Logf("%-45s %-12s <<<", v.name, v.said)
		}
	}
	applies := passed + failed
	t.Logf("%s: %d verdicts; %d apply to what the product answers, %d of them pass (%.1f %%); %d are of the test's shelves (%d pass); %d are not ours",
		suite, len(list), applies, passed, 100*float64(passed)/float64(max(applies, 1)), shelf, shelf-shelfFailed, absent)
	if applies == 0 || passed*100 < applies*95 {
		t.Errorf("%s: %d of %d pass, want 95 of 100", suite, passed, applies)
	}
}

// The public suites of CalDAV run by `make caldav-suites`, which installs them and sets LIANXIN_SUITES to the folder of
// caldav-server-tester. Nothing of theirs is changed.
func TestPublicSuitesOfCalDAV(t *testing.T) {
	folder := os.Getenv("LIANXIN_SUITES")
	if folder == "" {
		return
	}
	const shelved = "answered by the shelves"
	t.Run("caldav-server-tester", func(t *testing.T) {
		_, d := newShelves(t)
		cmd := exec.CommandContext(t.Context(), filepath.Join(folder, "bin", "caldav-server-tester"), "--verbose", "--format", "text",
			"--caldav-url", d.base+davRoot, "--caldav-username", d.login, "--caldav-password", d.password)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("caldav-server-tester: %v\n%s", err, complaints.String())
		}
		var list []verdict
		for _, m := range regexp.MustCompile(`(?m)^## (\S+)\nFeature support level found: (\S+)`).FindAllSubmatch(out, -1) {
			list = append(list, verdict{string(m[1]), string(m[2]), string(m[2]) == "full" || string(m[2]) == "quirk"})
		}
		if len(list) < 80 {
			t.Fatalf("got %d verdicts\n%s", len(list), out)
		}
		const recurs = "no object of ours recurs: days are shifted by workdays and the lunar calendar, so each is laid and stored by itself"
		judge(t, "caldav-server-tester", list, map[string]string{
			"scheduling":                              "no scheduling inbox (RFC 6638) by decision: it would have programs mail people",
			"principal-search":                        "nobody is found by searching, by a red line",
			"search.recurrences":                      recurs,
			"save-load.event.recurrences":             recurs,
			"save-load.todo.recurrences":              recurs,
			"save-load.journal":                       "there are no journals",
			"save-load.todo.mixed-calendar":           "days and tasks have collections of their own (RFC 4791 §5.2.3)",
			"create-calendar.auto":                    "nothing comes about by being looked at",
			"search.text.comp-type-optional":          "a filter on VCALENDAR's own properties finds none in its events (RFC 4791 §9.7.2)",
			"url.encode-at.identity":                  "both spellings of an address are one resource (RFC 3986 §6.2.2.2)",
			"url.encode-at.literal.principal":         "no address of ours has an @",
			"well-known":                              "the tester does not look for it on localhost; TestACalendarProgramFindsItsWay does",
			"get-current-user-principal.has-calendar": "a fact, no verdict",
		}, map[string]string{"create-calendar": shelved, "delete-calendar": shelved, "save": shelved, "synchronous-write": shelved})
	})
	t.Run("litmus", func(t *testing.T) {
		_, d := newShelves(t)
		var list []verdict
		for _, part := range []string{"basic", "props", "http"} {
			cmd := exec.CommandContext(t.Context(), "litmus", "--keep-going", d.base+d.home, d.login, d.password)
			cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "TESTS="+part)
			out, err := cmd.CombinedOutput()
			if err != nil && len(out) == 0 {
				t.Fatalf("litmus: %v; run: apt-get install -y litmus", err)
			}
			for _, m := range regexp.MustCompile(`(?ms)^ ?(\d+)\. (\w+)\.+ .*?(pass|FAIL|SKIPPED)`).FindAllSubmatch(bytes.ReplaceAll(out, []byte("\r"), []byte("\n")), -1) {
				list = append(list, verdict{fmt.Sprintf("%s/%s/%s", part, m[2], m[1]), string(m[3]), string(m[3]) == "pass"})
			}
		}
		if len(list) < 30 {
			t.Fatalf("got %d verdicts", len(list))
		}
		const flat, dead = "a home is flat: no collection holds another", "properties of a program's own are not kept: each is answered with 403 (RFC 4918 §9.2)"
		judge(t, "litmus", list, map[string]string{
			"basic/delete_fragment": flat, "basic/mkcol/": flat, "basic/mkcol_again": flat, "basic/delete_coll": flat, "basic/mkcol_with_body": flat,
			"props/propset": dead, "props/propget": dead, "props/propmove": dead, "props/propdeletes": dead, "props/propreplace": dead, "props/propnullns": dead,
			"props/prophighunicode": dead, "props/propremoveset": dead, "props/propsetremove": dead, "props/propvalnspace": dead, "props/propmanyns": dead,
		}, map[string]string{"basic/begin": shelved, "basic/delete": shelved, "basic/mkcol": shelved, "basic/finish": shelved, "props/begin": shelved, "props/propinit": shelved,
			"props/propcleanup": shelved, "props/finish": shelved, "http/begin": shelved, "http/finish": shelved})
	})
}

// The shelves have to work before a suite can say anything: what is put there is found, synchronised and freed by the product.
func TestTheShelvesAnswerByTheProductsCode(t *testing.T) {
	_, d := newShelves(t)
	d.want(201, "MKCALENDAR", d.home+"try/", "", nil)
	d.want(409, "PUT", d.home+"none/a.ics", "", nil)
	d.want(409, "MKCALENDAR", d.home+"none/a/", "", nil)
	event := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=America/New_York:20260301T200000\r\nDURATION:PT1H\r\nSUMMARY:Überall\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	d.want(201, "MKCALENDAR", d.home+"days/", `<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:set><D:prop><D:displayname>days</D:displayname></D:prop></D:set></C:mkcalendar>`, nil)
	tag := d.want(201, "PUT", d.home+"days/a.ics", event, nil, "If-None-Match", "*").header.Get("Etag")
	d.want(412, "PUT", d.home+"days/a.ics", event, nil, "If-None-Match", "*")
	d.want(403, "PUT", d.home+"days/b.ics", event, []string{"no-uid-conflict"})
	query := func(from, until string) string {
		return `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="` + from + `" end="` + until + `"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
	}
	d.want(207, "REPORT", d.home+"days/", query("20260302T013000Z", "20260302T014000Z"), []string{d.home + "days/a.ics"})
	if a := d.want(207, "REPORT", d.home+"days/", query("20260302T020000Z", "20260303T000000Z"), nil); len(hrefsOf(a)) != 0 {
		t.Errorf("an hour later it is found still: %s", a.body)
	}
	d.want(200, "REPORT", d.home+"days/", `<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="20260301T000000Z" end="20260303T000000Z"/></C:free-busy-query>`, []string{"FREEBUSY:20260302T010000Z/20260302T020000Z"})
	d.want(204, "DELETE", d.home+"days/a.ics", "", nil, "If-Match", tag)
	d.want(207, "PROPFIND", d.home, "", []string{d.home + "days/", "cadre-S1"}, "Depth", "1")
}
