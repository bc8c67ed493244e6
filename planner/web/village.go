package web

import (
	"bytes"
	"context"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// villagePage is the year of one village, or of many to print one after the other.
type villagePage struct {
	Code     planner.AreaCode       `json:"code"`
	Year     int                    `json:"year"`
	Villages []villageSheet         `json:"villages"`
	Places   []pipeline.VillageView `json:"-"` // to choose from; none in a print of many
}

// villageSheet is one page of A4.
type villageSheet struct {
	pipeline.VillageYear
	Cal        calendarPage          `json:"-"`
	Kinds      []planner.AreaDayKind `json:"-"` // that have a mark of their own
	Farm       bool                  `json:"-"`
	Also       bool                  `json:"-"` // cadres come on days that are not the county's
	Days       []villageDay          `json:"-"`
	Close      string                `json:"-"` // class that sets lines closer, so that it stays one page
	Phone      string                `json:"-"`
	OfficeName string                `json:"-"`
}

// villageDay is a line of who comes.
type villageDay struct {
	pipeline.VillageVisit
	Who string
}

// namedUnits is how many units a line names before it counts them.
const namedUnits = 3

var villageYear = view{"village", func(s *Server, r *request) (any, error) {
	year := s.today().Year
	if v := r.URL.Query().Get("year"); v != "" {
		var err error
		if year, err = calendarYear(v); err != nil {
			return nil, err
		}
	}
	places, err := s.App.Places(r.Context(), r.p)
	if err != nil {
		return nil, err
	}
	p := villagePage{Code: planner.AreaCode(r.URL.Query().Get("code")), Year: year, Places: places.Villages}
	if p.Code == "" && len(places.Villages) > 0 {
		p.Code = places.Villages[0].Code
	}
	if p.Code.Village() != p.Code { // one village a page; many are printed by the command
		return nil, planner.Fail(planner.NotFound, "没有代码为“"+string(p.Code)+"”的村（社区）。", "There is no village with the code "+string(p.Code)+".")
	}
	p.Villages, err = s.villageSheets(r.Context(), r.p, r.lang, p.Code, year)
	return p, err
}}

func (s *Server) villageSheets(ctx context.Context, p planner.Principal, l string, area planner.AreaCode, year int) ([]villageSheet, error) {
	years, err := s.App.VillageYears(ctx, p, area, year)
	if err != nil {
		return nil, err
	}
	sheets := make([]villageSheet, len(years))
	for i, y := range years {
		sheets[i] = newVillage(l, y)
		sheets[i].Phone, sheets[i].OfficeName = s.App.Office.Phone, s.App.Office.Name
	}
	return sheets, nil
}

// newVillage lays the village's own days over the county's year.
func newVillage(l string, y pipeline.VillageYear) villageSheet {
	v := villageSheet{VillageYear: y, Cal: newCalendar(l, y.YearView)}
	comes := map[civil.Date]bool{}
	for _, d := range y.Visits {
		comes[d.On] = true
		who := strings.Join(d.Units, lang.T(l, "list-comma"))
		if len(d.Units) > namedUnits {
			who = lang.T(l, "village.units", "units", strings.Join(d.Units[:namedUnits], lang.T(l, "list-comma")), "n", strconv.Itoa(len(d.Units)))
		}
		v.Days = append(v.Days, villageDay{d, who})
	}
	for m := range v.Cal.Grid {
		for w := range v.Cal.Grid[m].Weeks {
			for col := range v.Cal.Grid[m].Weeks[w] {
				if c := &v.Cal.Grid[m].Weeks[w][col]; c.Day != 0 {
					v.mark(l, c, civil.Of(y.Year, time.Month(m+1), c.Day), comes)
				}
			}
		}
	}
	slices.Sort(v.Kinds)
	v.Close = v.closeness(l)
	return v
}

// closeness is the class with which the days at the foot stay on the village's one page: two columns of usual print, three of small,
// or dates alone.
func (v *villageSheet) closeness(l string) string {
	days, usual, small := len(v.Days)+len(v.Rules), float64(len(v.Rules)), float64(len(v.Rules))
	for _, d := range v.Days {
		text := lang.ShortDate(l, d.On) + " " + d.Title.In(l) + " " + d.Who
		usual += math.Ceil(textWide(text) / 21)
		small += math.Ceil(textWide(text) / 17.5)
	}
	switch {
	case days > 30 || small > 54:
		return "least"
	case days > 18 || usual > 22:
		return "dense"
	}
	return ""
}

// mark puts what holds in the village on a day into its cell: the first kind with a mark shows, all stand in the title.
func (v *villageSheet) mark(l string, c *cell, on civil.Date, comes map[civil.Date]bool) {
	if term := on.SolarTerm(); term != "" && c.Mark == "" {
		c.Lunar = term
	}
	for _, k := range v.Marks[on] {
		c.Title += " · " + word(l, "areaday", k)
		if k == planner.DayFarm {
			v.Farm, c.Class = true, c.Class+" farm"
			continue
		}
		if !slices.Contains(v.Kinds, k) {
			v.Kinds = append(v.Kinds, k)
		}
		if c.Local == "" {
			c.Local = word(l, "village-mark", k)
		}
	}
	if comes[on] && !c.County {
		v.Also, c.Class = true, c.Class+" comes"
	}
}

// VillagePages are the years of an area's villages as one HTML file that needs nothing else: each prints on one page of A4.
func (s *Server) VillagePages(ctx context.Context, p planner.Principal, l string, area planner.AreaCode, year int) ([]byte, error) {
	sheets, err := s.villageSheets(ctx, p, l, area, year)
	if err != nil {
		return nil, err
	}
	return s.alone(l, "village", villagePage{Code: area, Year: year, Villages: sheets})
}

var iconLink = regexp.MustCompile(`<link rel="icon"[^>]*>\n?`)

// alone draws a page as one file with its style inside.
func (s *Server) alone(l, name string, v any) ([]byte, error) {
	p := &page{Name: name, Title: lang.T(l, name+".title"), Lang: l, Office: s.App.Office, V: v}
	var b bytes.Buffer
	if err := pages[l][name].ExecuteTemplate(&b, "layout", p); err != nil {
		return nil, err
	}
	css, err := staticFS.ReadFile("static/style.css")
	if err != nil {
		return nil, err
	}
	page := styleLink.ReplaceAllLiteralString(b.String(), "<style>"+string(css)+"</style>")
	return []byte(iconLink.ReplaceAllString(page, "")), nil
}
