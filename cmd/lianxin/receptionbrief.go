package main

import (
	"fmt"
	"strings"

	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
)

// printBrief writes what the page /brief/DAY shows: who receives, what is booked, the leader's own tasks and what meetings decided.
func (s *Settings) printBrief(b pipeline.SlotBrief) {
	l, w := lang.Choose(s.Lang), s.out
	text := func(key string, pairs ...any) string { return lang.T(l, key, pairs...) }
	none := func(n int) {
		if n == 0 {
			fmt.Fprintln(w, "  "+text("none"))
		}
	}
	fmt.Fprintf(w, "%s %s %s\n", lang.Date(l, b.On), lang.Hours(b.From, b.Until), b.Place)
	fmt.Fprintf(w, "%s %s（%s）\n", b.Leader, b.Title, strings.Join(b.Portfolio, text("list-comma")))
	if t := b.Theme.In(s.Lang); t != "" {
		fmt.Fprintln(w, text("duty.theme")+": "+t)
	}
	fmt.Fprintln(w, text("duty.deputy")+": "+b.Deputy)
	fmt.Fprintln(w, text("brief.booked"))
	for _, x := range b.Booked {
		name := x.Name
		if name == "" {
			name = text("book.anonymous")
		}
		fmt.Fprintf(w, "  %s  %s · %s  %s  %s\n", x.About, name, text("book.persons-n", "n", fmt.Sprint(x.Persons)), x.Subject, x.Words)
	}
	none(len(b.Booked))
	fmt.Fprintln(w, text("brief.tasks"))
	for _, t := range b.Tasks {
		fmt.Fprintf(w, "  %s  %s  %s\n", lang.ShortDate(l, t.DueOn), text("task."+string(t.State)), t.Say.In(s.Lang))
	}
	none(len(b.Tasks))
	fmt.Fprintln(w, text("brief.decided"))
	for _, d := range b.Decided {
		fmt.Fprintf(w, "  %s  %s  %s（%s）%s\n", lang.ShortDate(l, d.DueOn), text("task."+string(d.State)), d.AgendaItem.Title, d.Owner, d.Decision)
	}
	none(len(b.Decided))
}
