package sheet

import (
	"strconv"
	"strings"

	"lianxin/planner"
)

// FurtherLine is a line of a further tier: who, and which village, household or ten.
type FurtherLine struct {
	Tier    planner.Text // its name
	Code    string       // of who
	Who     string
	Unit    string
	Target  string // code
	Head    string // 张某某
	Area    string
	Count   int    // households
	Until   string // last day of an agreement
	Minutes int64  // price
}

// further is the sheet 其他层级; under its title stands what is proved of each tier. A plan that has none has no such sheet.
func (pw *planWriter) further() error {
	if len(pw.b.FurtherSay) == 0 {
		return nil
	}
	var say []string
	for _, t := range pw.b.FurtherSay {
		say = append(say, t.ZH)
	}
	put, done, err := pw.table(planTable{name: "其他层级", title: pw.heading("其他层级"), sub: strings.Join(say, "；"), state: -1,
		heads:  []string{"层级", "姓名或单位", "编号", "所在单位", "联系对象", "户主", "村组", "户数", "协议至", "代价（分钟）"},
		widths: []float64{16, 24, 12, 24, 24, 12, 24, 8, 12, 12}})
	if err != nil {
		return err
	}
	last := ""
	for _, l := range pw.b.Further {
		n := ""
		if l.Count > 0 {
			n = strconv.Itoa(l.Count)
		}
		if err := put(l.Tier.ZH != last, l.Tier.ZH, l.Who, l.Code, l.Unit, l.Target, l.Head, l.Area, n, l.Until, strconv.FormatInt(l.Minutes, 10)); err != nil {
			return err
		}
		last = l.Tier.ZH
	}
	return done()
}
