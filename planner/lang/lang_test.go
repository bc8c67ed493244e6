package lang

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"testing"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

func TestBothLanguagesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	hole := regexp.MustCompile(`\{[^}]*\}`)
	holes := func(s string) []string {
		h := hole.FindAllString(s, -1)
		slices.Sort(h)
		return slices.Compact(h)
	}
	for k, zh := range texts[ZH] {
		en, ok := texts[EN][k]
		if !ok {
			t.Errorf("%s: got no English text, want one", k)
			continue
		}
		if zh == "" || en == "" {
			t.Errorf("%s: got an empty text, want both filled", k)
		}
		if got, want := holes(en), holes(zh); !slices.Equal(got, want) {
			t.Errorf("%s: got placeholders %v in English, want %v as in Chinese", k, got, want)
		}
	}
	for k := range texts[EN] {
		if _, ok := texts[ZH][k]; !ok {
			t.Errorf("%s: got no Chinese text, want one", k)
		}
	}
}

func TestNoTextShoutsOrBlames(t *testing.T) {
	for l, m := range texts {
		for k, s := range m {
			if w := regexp.MustCompile(`[!！]|非法|异常|系统错误`).FindString(s); w != "" {
				t.Errorf("%s in %s: got %q, want a calm sentence", k, l, w)
			}
		}
	}
}

func TestEachKeyStandsOnceInItsFile(t *testing.T) {
	names, err := fs.Glob(files, "*/*.json")
	if err != nil || len(names) < 2 {
		t.Fatalf("got files %v (%v), want those of two languages", names, err)
	}
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d, seen := json.NewDecoder(bytes.NewReader(b)), map[string]bool{}
		key := true
		for {
			tok, err := d.Token()
			if err != nil {
				break
			}
			if s, ok := tok.(string); ok {
				if key && seen[s] {
					t.Errorf("%s: got key %q twice, want once", name, s)
				}
				if key {
					seen[s] = true
				}
				key = !key
			}
		}
	}
}

func TestDatesReadAsPeopleWriteThem(t *testing.T) {
	d := civil.Of(2026, 1, 15)
	shanghai := time.FixedZone("CST", 8*3600)
	for _, c := range []struct{ got, want string }{
		{Date(ZH, d), "2026年1月15日 周四"},
		{Date(EN, d), "Thu 15 Jan 2026"},
		{ShortDate(ZH, d), "1月15日 周四"},
		{ShortDate(EN, d), "Thu 15 Jan"},
		{PlainDate(ZH, d), "2026年1月15日"},
		{PlainDate(EN, d), "15 January 2026"},
		{DayMonth(ZH, d), "1月15日"},
		{Month(ZH, 2026, 3), "2026年3月"},
		{Month(EN, 2026, 3), "March 2026"},
		{Date(ZH, civil.Date{}), ""},
		{Hours(510, 690), "08:30–11:30"},
		{Hours(0, 0), ""},
		{Instant(ZH, time.Date(2026, 1, 14, 16, 30, 0, 0, time.UTC), shanghai), "2026年1月15日 周四 00:30"},
		{Instant(EN, time.Date(2026, 1, 14, 16, 30, 0, 0, time.UTC), shanghai), "Thu 15 Jan 2026, 00:30"},
		{Instant(EN, time.Time{}, shanghai), ""},
		{Number(15000), "15,000"},
		{Number(-1234567), "−1,234,567"},
		{Number(999), "999"},
		{Number(0), "0"},
		{Minutes(ZH, 12), "12 分钟"},
		{Exact(ZH, 960), "16 分钟"},
		{Exact(ZH, -75), "−1 分 15 秒"},
		{Exact(EN, 75), "1 min 15 s"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTheBrowsersWishChoosesTheLanguage(t *testing.T) {
	for header, want := range map[string]string{
		"zh-CN,zh;q=0.9,en;q=0.8": ZH, "en-GB,en;q=0.9": EN, "fr,en;q=0.3,zh;q=0.7": ZH, "de": "", "": "", "en;q=x": "", "*": "",
	} {
		if got := Accepted(header); got != want {
			t.Errorf("Accept-Language %q: got %q, want %q", header, got, want)
		}
	}
	if got := Choose("", "fr", "en_GB"); got != EN {
		t.Errorf("got %q, want en", got)
	}
	if got := Choose(""); got != ZH {
		t.Errorf("got %q, want zh", got)
	}
}

func TestAnErrorShowsItsSentenceAndNeverItsCause(t *testing.T) {
	cause := errors.New("pq: relation \"household\" does not exist")
	for _, c := range []struct {
		err    error
		zh, en string
	}{
		{fmt.Errorf("plan: %w", &planner.Error{Kind: planner.Invalid, Where: "roster.xlsx", Say: planner.Text{ZH: "户主为空，请补填。", EN: "The head is empty; fill it in."}, Err: cause}),
			"roster.xlsx：户主为空，请补填。", "roster.xlsx: The head is empty; fill it in."},
		{fmt.Errorf("query: %w", cause), T(ZH, "error.internal"), T(EN, "error.internal")},
	} {
		if got := Sentence(ZH, c.err); got != c.zh {
			t.Errorf("got %q, want %q", got, c.zh)
		}
		if got := Sentence(EN, c.err); got != c.en {
			t.Errorf("got %q, want %q", got, c.en)
		}
	}
}

func TestAValueWithBracesIsNotFilledAgain(t *testing.T) {
	if got, want := T(EN, "pairing.head", "name", "{name} {n}"), "Why {name} {n}?"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
