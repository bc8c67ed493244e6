package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"lianxin/planner"
)

// table prints rows under a header, padded by display width: text/tabwriter counts a Chinese character as one column.
func table(w io.Writer, header []string, rows [][]string) {
	width := make([]int, len(header))
	for _, r := range append([][]string{header}, rows...) {
		for i, c := range r {
			width[i] = max(width[i], runewidth.StringWidth(c))
		}
	}
	line := func(r []string) {
		var b strings.Builder
		for i, c := range r {
			b.WriteString(c)
			if i < len(r)-1 {
				b.WriteString(strings.Repeat(" ", width[i]-runewidth.StringWidth(c)+2))
			}
		}
		fmt.Fprintln(w, b.String())
	}
	line(header)
	for _, r := range rows {
		line(r)
	}
}

// progress shows how far a stage is: one line that is rewritten on a terminal, nothing on a file or with --quiet.
type progress struct {
	w     io.Writer
	title string
	shown time.Time
	on    bool
}

// progress starts a progress line under a title.
func (s *Settings) progress(title string) *progress {
	f, isFile := s.err.(*os.File)
	on := false
	if isFile && !s.Quiet {
		if info, err := f.Stat(); err == nil {
			on = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return &progress{w: s.err, title: title, on: on}
}

// tier shows what is being planned, and how far.
func (p *progress) tier(t planner.Tier, done, total int) {
	base, _, _ := strings.Cut(p.title, " · ")
	p.title = base + " · " + tierName(t)
	p.step(done, total)
}

// step shows done of total, at most ten times a second.
func (p *progress) step(done, total int) {
	if !p.on || time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = time.Now()
	if total > 0 {
		fmt.Fprintf(p.w, "\r\033[K%s %d%%  %d/%d", p.title, 100*done/total, done, total)
	} else {
		fmt.Fprintf(p.w, "\r\033[K%s %d", p.title, done)
	}
}

// end clears the line.
func (p *progress) end() {
	if p.on {
		fmt.Fprint(p.w, "\r\033[K")
	}
}
