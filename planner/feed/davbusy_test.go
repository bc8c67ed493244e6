package feed

import (
	"strings"
	"testing"

	"github.com/emersion/go-ical"
)

func TestBusyTellsWhenAndHowSurelyAndNothingElse(t *testing.T) {
	var list []*ical.Calendar
	for _, lines := range [][]string{
		{"DTSTART;TZID=Asia/Shanghai:20260110T160000", "DTEND;TZID=Asia/Shanghai:20260110T180000", "SUMMARY:会"},
		{"DTSTART:20260111T000000Z", "DURATION:PT90M", "STATUS:TENTATIVE"},
		{"DTSTART;VALUE=DATE:20260112"},
		{"DTSTART:20260113T000000Z"}, // no length: busy at no time
		{"DTSTART:20260114T000000Z", "DTEND:20260114T010000Z", "TRANSP:TRANSPARENT"},
		{"DTSTART:20260114T000000Z", "DTEND:20260114T010000Z", "STATUS:CANCELLED"},
		{"DTSTART:20260301T000000Z", "DTEND:20260301T010000Z"}, // out of the range
	} {
		list = append(list, parsedObject(t, "VEVENT", lines...))
	}
	b, err := Busy(list, Range{at(t, "20260101T000000Z"), at(t, "20260201T000000Z")}, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.SplitSeq(string(b), "\r\n") {
		if strings.HasPrefix(line, "FREEBUSY") {
			got = append(got, line)
		}
	}
	want := "FREEBUSY:20260110T080000Z/20260110T100000Z FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260111T000000Z/20260111T013000Z FREEBUSY:20260111T160000Z/20260112T160000Z"
	if strings.Join(got, " ") != want || strings.Contains(string(b), "会") {
		t.Errorf("got %s\n%s", strings.Join(got, " "), b)
	}
}
