package main

import (
	"bytes"
	"strings"
	"testing"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/pipeline"
)

func TestTheBriefNamesWhatIsBookedAndWhatWasPromised(t *testing.T) {
	b := pipeline.SlotBrief{On: civil.MustDate("2026-01-07"), From: civil.MustClock("08:30"), Until: civil.MustClock("11:30"), Place: "接待中心", Leader: "陆某", Title: "副市长",
		Portfolio: []string{"城建"}, Deputy: "罗某",
		Booked: []pipeline.BriefAppointment{{About: civil.MustClock("09:00"), Subject: "供热", Persons: 3, Name: "张某某", Words: "暖气不热"}, {About: civil.MustClock("09:30"), Subject: "道路", Persons: 1}},
		Tasks:  []pipeline.TaskView{{DueOn: civil.MustDate("2026-01-20"), State: planner.TaskReady, Say: planner.Text{ZH: "修路灯", EN: "mend the lamp"}}}}
	for lang, want := range map[string][]string{
		"zh": {"2026年1月7日 周三 08:30–11:30 接待中心", "09:00  张某某 · 3人  供热  暖气不热", "09:30", "1月20日 周二  待办  修路灯", "暂无"},
		"en": {"Wed 7 Jan 2026", "09:00  张某某", "Tue 20 Jan", "mend the lamp", "None"},
	} {
		var out bytes.Buffer
		(&Settings{out: &out, Lang: lang}).printBrief(b)
		for _, s := range want {
			if !strings.Contains(out.String(), s) {
				t.Errorf("%s: the brief has no %q:\n%s", lang, s, out.String())
			}
		}
	}
}
