// Package lang holds what pages, notices and commands say: the texts of zh-Hans/*.json and en/*.json, one
// file an area of work, dates and numbers as people write them, and the sentence of an error.
//
// A text is named by a key such as "pairings.title" and may hold {placeholders}; it is always a whole sentence or label,
// never a fragment to be joined to another. Sentences that belong to a rule or an error are not here: they stand beside
// the rule, as [planner.Text]. Names of people, villages and units are data and stay Chinese in both languages.
//
// Tests hold that both languages have the same keys with the same placeholders; planner/web holds that every key of a
// template exists and that no key lies unused.
//
// Decision: flat JSON files and a map, no message-catalogue module. English plurals are avoided by wording ("days:
// 3"), so nothing of CLDR's plural rules is needed; a third language with real plurals would be the reason to take one.
package lang

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// The two languages. Whatever is not "en" reads Chinese.
const (
	ZH = "zh"
	EN = "en"
)

// Langs lists the languages, the office's own first.
var Langs = []string{ZH, EN}

//go:embed zh-Hans/*.json en/*.json
var files embed.FS

var texts = map[string]map[string]string{ZH: load("zh-Hans"), EN: load("en")}

// load reads the files of one language at start; a file of ours that does not parse, or a key in two files, is a programmer's
// mistake.
func load(dir string) map[string]string {
	names, err := fs.Glob(files, dir+"/*.json")
	if err != nil {
		panic(err)
	}
	all := map[string]string{}
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(b, &m); err != nil {
			panic(fmt.Sprintf("lang: %s: %v", name, err))
		}
		for k, s := range m {
			if _, twice := all[k]; twice {
				panic(fmt.Sprintf("lang: %s: key %q stands in another file too", name, k))
			}
			all[k] = s
		}
	}
	return all
}

// Choose returns the first wish that names one of our languages ("zh-CN", "en_GB" and the like count), else Chinese.
// Empty wishes are passed over.
func Choose(wishes ...string) string {
	for _, w := range wishes {
		switch w = strings.ToLower(strings.TrimSpace(w)); {
		case w == ZH || strings.HasPrefix(w, "zh-") || strings.HasPrefix(w, "zh_"):
			return ZH
		case w == EN || strings.HasPrefix(w, "en-") || strings.HasPrefix(w, "en_"):
			return EN
		}
	}
	return ZH
}

// Accepted reads an Accept-Language header (RFC 9110 §12.5.4) and returns "zh", "en", or "" if it names neither. Ties keep
// the header's order.
func Accepted(header string) string {
	best, bestQ := "", 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(part, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				continue
			}
		}
		tag = strings.ToLower(strings.TrimSpace(tag))
		name, _, _ := strings.Cut(tag, "-")
		if (name == ZH || name == EN) && q > bestQ {
			best, bestQ = name, q
		}
	}
	return best
}

// T returns the text of key in lang with its placeholders filled: pairs are name, value, name, value, …; values are
// printed by fmt.Sprint. An unknown key comes back as "[key]", which a test of planner/web keeps off every page.
func T(lang, key string, pairs ...any) string {
	s, ok := texts[Choose(lang)][key]
	if !ok {
		return "[" + key + "]"
	}
	if len(pairs) == 0 {
		return s
	}
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, "{"+fmt.Sprint(pairs[i])+"}", fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(old...).Replace(s)
}

// Has reports whether key exists.
func Has(key string) bool { _, ok := texts[ZH][key]; return ok }

// Keys returns all keys, sorted.
func Keys() []string {
	ks := make([]string, 0, len(texts[ZH]))
	for k := range texts[ZH] {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}
