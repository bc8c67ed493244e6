package sheet

import (
	"fmt"
	"strings"

	"lianxin/planner"
)

// columnLimit is how many findings of one kind in one column are listed; the rest is counted. Somebody who filled the
// wrong column on 15,000 rows needs to read it once.
const columnLimit = 200

// Findings gathers findings in order and keeps their number bearable. The zero value is empty and ready.
type Findings struct {
	list  []planner.Finding
	seen  map[string]int    // by file, sheet, column and code
	first []planner.Finding // the first of each run that is only counted
	added int
}

// Add notes a finding. From the 201st of one code in one column on they are only counted.
func (fs *Findings) Add(sev planner.Severity, code string, at planner.Place, say planner.Text) {
	f := planner.Finding{Severity: sev, Code: code, Place: at, Say: say}
	fs.added++
	if at.Row > 0 {
		if fs.seen == nil {
			fs.seen = map[string]int{}
		}
		fs.seen[runOf(f)]++
		if n := fs.seen[runOf(f)]; n > columnLimit {
			if n == columnLimit+1 {
				fs.first = append(fs.first, f)
			}
			return
		}
	}
	fs.list = append(fs.list, f)
}

// Len is how many were added, listed or not.
func (fs *Findings) Len() int { return fs.added }

// All lists them in the order added, then one more for each run that was cut short.
func (fs *Findings) All() []planner.Finding {
	out := fs.list
	for _, f := range fs.first {
		n := fs.seen[runOf(f)] - columnLimit
		f.Place.Row = 0
		f.Say = planner.Text{ZH: fmt.Sprintf("同样的问题还有%d处，未一一列出；请先检查整列是否填错。", n),
			EN: fmt.Sprintf("%d more of the same are not listed; check first whether the whole column is wrong.", n)}
		out = append(out, f)
	}
	return out
}

func runOf(f planner.Finding) string {
	return strings.Join([]string{f.Place.File, f.Place.Sheet, f.Place.Column, f.Code}, "\x00")
}
