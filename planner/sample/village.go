package sample

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"lianxin/planner"
)

//go:embed villages/*.csv villages/xinyang.csv.gz villages/LICENSE
var files embed.FS

// village is a real village or community with what is made for it.
type village struct {
	code     planner.AreaCode
	name     string
	county   int // index into county.all
	township int // index into place.townships
	groups   []int
	size     int   // households
	agreed   int   // of these, consenting
	paired   int   // of the consenting, paired last year
	serving  []int // units that serve it: its room, offices, the township's station
}

// short is the name without the committee: 民安社区居委会 → 民安社区.
func (v village) short() string {
	s := v.name
	for _, tail := range []string{"居民居委会", "居民委员会", "村民委员会", "居委会", "村委会", "委员会"} {
		if cut, ok := strings.CutSuffix(s, tail); ok && cut != "" {
			if strings.HasPrefix(tail, "村") && !strings.HasSuffix(cut, "村") {
				return cut + "村"
			}
			return cut
		}
	}
	return s
}

// tag is the part of a code that tells villages of one prefecture apart: county, township and village, 8 digits.
func (v village) tag() string { return string(v.code[4:12]) }

type township struct {
	code     planner.AreaCode
	name     string
	county   int
	villages []int
	station  int // index of its unit
}

type county struct {
	code      planner.AreaCode
	name      string
	villages  []int
	townships []int
	size      int // households
}

// land is the real geography of a preset, sorted by code.
type land struct {
	counties  []county
	townships []township
	villages  []village
}

func readLand(preset string) (land, error) {
	b, err := files.ReadFile("villages/" + preset + ".csv")
	if err != nil {
		zipped, zerr := files.ReadFile("villages/" + preset + ".csv.gz")
		if zerr != nil {
			return land{}, fmt.Errorf("villages of %s: %w", preset, zerr)
		}
		z, zerr := gzip.NewReader(bytes.NewReader(zipped))
		if zerr != nil {
			return land{}, fmt.Errorf("villages of %s: %w", preset, zerr)
		}
		if b, err = io.ReadAll(z); err != nil {
			return land{}, fmt.Errorf("villages of %s: %w", preset, err)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		return land{}, fmt.Errorf("villages of %s: %w", preset, err)
	}
	rows = rows[1:]
	slices.SortFunc(rows, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	var l land
	for _, r := range rows {
		if n := len(l.counties); n == 0 || l.counties[n-1].code != planner.AreaCode(r[4]) {
			l.counties = append(l.counties, county{code: planner.AreaCode(r[4]), name: r[5]})
		}
		c := len(l.counties) - 1
		if n := len(l.townships); n == 0 || l.townships[n-1].code != planner.AreaCode(r[2]) {
			l.counties[c].townships = append(l.counties[c].townships, n)
			l.townships = append(l.townships, township{code: planner.AreaCode(r[2]), name: r[3], county: c})
		}
		t, v := len(l.townships)-1, len(l.villages)
		l.counties[c].villages = append(l.counties[c].villages, v)
		l.townships[t].villages = append(l.townships[t].villages, v)
		l.villages = append(l.villages, village{code: planner.AreaCode(r[0]), name: r[1], county: c, township: t})
	}
	return l, nil
}

// people gives each village its households and groups. Sizes are skewed to the right: the largest village has several
// times the smallest.
func (l *land) people(p preset, seed uint64) {
	weights := make([]int, len(l.villages))
	for i := range weights {
		r := at(seed, "village", i)
		weights[i] = 300 + r.n(1000)*r.n(1000)/600
	}
	sizes := apportion(p.households, weights)
	agreed := apportion(p.consenting, sizes)
	paired := apportion(min(p.consenting*8/10, (p.cadres-p.sections-p.leadersIn(*l))*p.full*9/10), agreed)
	for i := range l.villages {
		v := &l.villages[i]
		v.size, v.agreed, v.paired = sizes[i], agreed[i], paired[i]
		l.counties[v.county].size += v.size
		r := at(seed, "groups", i)
		n := 4 + min(4, v.size*5/(2*p.households/len(l.villages)+1))
		if n > 4 && r.chance(400) {
			n--
		}
		parts := make([]int, n)
		for g := range parts {
			parts[g] = r.in(60, 180)
		}
		v.groups = apportion(v.size, parts)
	}
}

// groupCode is the code of the g-th group of a village, counted from 0.
func groupCode(v planner.AreaCode, g int) planner.AreaCode {
	return planner.AreaCode(fmt.Sprintf("%s-%02d", v, g+1))
}

// groupName is 第三网格 in a community and 第三组 in a village.
func groupName(v village, g int) string {
	word := "组"
	if strings.Contains(v.name, "社区") || strings.Contains(v.name, "居") {
		word = "网格"
	}
	digits := []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}
	if g < len(digits) {
		return "第" + digits[g] + word
	}
	return "第" + strconv.Itoa(g+1) + word
}

// descending returns the indexes of xs from the largest value to the smallest, equal ones by index.
func descending(xs []int) []int {
	idx := make([]int, len(xs))
	for i := range idx {
		idx[i] = i
	}
	slices.SortStableFunc(idx, func(a, b int) int { return cmp.Compare(xs[b], xs[a]) })
	return idx
}
