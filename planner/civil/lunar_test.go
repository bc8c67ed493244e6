package civil_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"os"
	"testing"

	"lianxin/planner/civil"
)

// lunarDays is the SHA-256 of "date,year,month,day,leap,term" lines for every day of the range, written by
// github.com/6tail/lunar-go v1.4.4 itself, not by our table.
const lunarDays = "acb4f2f6ba41dec742cc645715712d736fbe27032dcc39dac34e55046db815b9"

func lunarRow(d civil.Date) string {
	l, ok := civil.Lunar(d)
	if !ok {
		return d.String() + " has no lunar date"
	}
	leap := 0
	if l.Leap {
		leap = 1
	}
	return fmt.Sprintf("%s,%d,%d,%d,%d,%s", d, l.Year, l.Month, l.Day, leap, d.SolarTerm())
}

func TestEveryDayOfTheForeignTableHasItsLunarDateAndSolarTerm(t *testing.T) {
	f, err := os.Open("testdata/lunar-2018-2035.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 6575 {
		t.Fatalf("got %d rows, want a header and 6574 days", len(rows))
	}
	for _, r := range rows[1:] {
		want := fmt.Sprintf("%s,%s,%s,%s,%s,%s", r[0], r[1], r[2], r[3], r[4], r[5])
		if got := lunarRow(civil.MustDate(r[0])); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAll72625DaysEqualThoseOfLunarGo(t *testing.T) {
	h, n := sha256.New(), 0
	for d := civil.Of(1901, 3, 1); d.Year < 2100; d = d.AddDays(1) {
		fmt.Fprintln(h, lunarRow(d))
		n++
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)); got != lunarDays || n != 72625 {
		t.Errorf("got %s over %d days, want %s over 72625", got, n, lunarDays)
	}
}

func TestEachLunarDateLeadsBackToItsDay(t *testing.T) {
	for d := civil.Of(1901, 3, 1); d.Year < 2100; d = d.AddDays(1) {
		l, _ := civil.Lunar(d)
		if got, ok := l.Solar(); got != d || !ok {
			t.Fatalf("%v: got %v %v, want %v", l, got, ok, d)
		}
	}
}

func TestLunarSpotDates(t *testing.T) {
	for _, c := range []struct{ day, want string }{
		{"2026-02-17", "正月初一"}, {"2027-02-06", "正月初一"}, {"2028-01-26", "正月初一"}, {"2029-02-13", "正月初一"}, {"2030-02-03", "正月初一"},
		{"2026-02-16", "腊月廿九"}, {"2027-02-05", "腊月廿九"},
		{"2026-06-19", "五月初五"}, {"2027-06-09", "五月初五"}, {"2028-05-28", "五月初五"},
		{"2026-09-25", "八月十五"}, {"2027-09-15", "八月十五"}, {"2028-10-03", "八月十五"},
		{"2025-07-25", "闰六月初一"}, {"2027-01-07", "冬月三十"}, {"2026-11-29", "十月廿一"},
	} {
		l, ok := civil.Lunar(civil.MustDate(c.day))
		if got := l.String(); got != c.want || !ok {
			t.Errorf("%s: got %s %v, want %s", c.day, got, ok, c.want)
		}
	}
	for year, want := range map[int]int{2025: 6, 2026: 0, 2027: 0, 2028: 5, 2033: 11, 1900: 0} {
		if got := civil.LeapMonth(year); got != want {
			t.Errorf("leap month of %d: got %d, want %d", year, got, want)
		}
	}
	for year, want := range map[int]string{2025: "2025-04-04", 2026: "2026-04-05", 2027: "2027-04-05", 1902: "1902-04-06", 2100: ""} {
		if got := civil.Qingming(year).String(); got != want {
			t.Errorf("清明 of %d: got %s, want %s", year, got, want)
		}
	}
}

func TestOutsideTheTableThereIsNoLunarDate(t *testing.T) {
	for _, d := range []civil.Date{{}, civil.Of(1901, 2, 28), civil.Of(2100, 1, 1)} {
		if l, ok := civil.Lunar(d); ok || l != (civil.LunarDate{}) {
			t.Errorf("%v: got %v %v, want none", d, l, ok)
		}
		if got := d.SolarTerm(); d.Year != 1901 && got != "" {
			t.Errorf("%v: got %s, want no solar term", d, got)
		}
	}
	for _, l := range []civil.LunarDate{{Year: 2025, Month: 12, Day: 30}, {Year: 2026, Month: 6, Day: 1, Leap: true}, {Year: 2026, Month: 13, Day: 1},
		{Year: 1900, Month: 1, Day: 1}, {Year: 2025, Month: 6, Day: 30, Leap: true}} {
		if d, ok := l.Solar(); ok {
			t.Errorf("%+v: got %v, want no such day", l, d)
		}
	}
}

func BenchmarkLunar(b *testing.B) {
	d := civil.Of(2026, 12, 31)
	for b.Loop() {
		civil.Lunar(d)
	}
}
