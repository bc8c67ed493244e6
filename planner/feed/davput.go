package feed

import (
	"strings"
	"time"

	"github.com/emersion/go-ical"

	"lianxin/planner"
)

// TickOf reads what a client wants of a task from the VTODO it sends back: the state it ends in. Only STATUS,
// PERCENT-COMPLETE and COMPLETED count; what every program rewrites (DTSTAMP, LAST-MODIFIED, SEQUENCE, PRODID, X- properties)
// and its alarms, which it may have acknowledged (RFC 9074), are passed over. A property that it left out is not a wish to
// delete it: Apple drops what it does not know.
//
// The error is Invalid for what is no VTODO of ours, Forbidden, with the property in Where, if anything else was changed.
func TickOf(stored, sent *ical.Calendar, zone *time.Location) (planner.TaskState, error) {
	was, is := onlyTodo(stored), onlyTodo(sent)
	if was == nil || is == nil {
		return "", planner.Fail(planner.Invalid, "这里只放一个待办事项（VTODO）。", "exactly one VTODO belongs here.")
	}
	if raw(is.Props, "UID") != raw(was.Props, "UID") {
		return "", changed("UID")
	}
	for name, props := range is.Props {
		if mayDiffer[name] || strings.HasPrefix(name, "X-") {
			continue
		}
		if !sameProps(was.Props[name], props, zone) {
			return "", changed(name)
		}
	}
	return stateOf(is), nil
}

// mayDiffer are the properties of a VTODO that TickOf does not compare.
var mayDiffer = map[string]bool{"STATUS": true, "PERCENT-COMPLETE": true, "COMPLETED": true, "DTSTAMP": true, "LAST-MODIFIED": true,
	"SEQUENCE": true, "CREATED": true, "UID": true}

func changed(name string) error {
	e := planner.Fail(planner.Forbidden, "日历软件里只能勾选完成；"+name+" 请在连心网页上修改。",
		"a calendar program can only tick a task off; change its "+name+" on Lianxin's pages.")
	e.Where = name
	return e
}

func onlyTodo(cal *ical.Calendar) (todo *ical.Component) {
	for _, c := range cal.Children {
		switch c.Name {
		case ical.CompTimezone:
		case ical.CompToDo:
			if todo != nil {
				return nil
			}
			todo = c
		default:
			return nil
		}
	}
	return todo
}

// sameProps compares values by what they mean: an empty one is none, texts without their escapes, days and times as instants.
func sameProps(was, is []ical.Prop, zone *time.Location) bool {
	meaning := func(list []ical.Prop) (out []string) {
		for _, p := range list {
			if t, _, ok := instantOf(&p, zone); ok {
				out = append(out, t.UTC().Format(time.RFC3339))
			} else if v := strings.Join(unTexts(p.Value), ","); v != "" && !(p.Name == "PRIORITY" && v == "0") {
				out = append(out, strings.TrimSpace(v))
			}
		}
		return out
	}
	a, b := meaning(was), meaning(is)
	return strings.Join(a, "\x00") == strings.Join(b, "\x00")
}

// stateOf reads the state of a VTODO. Some programs tick by COMPLETED or PERCENT-COMPLETE alone.
func stateOf(c *ical.Component) planner.TaskState {
	switch strings.ToUpper(raw(c.Props, "STATUS")) {
	case "COMPLETED":
		return planner.TaskCompleted
	case "CANCELLED":
		return planner.TaskCancelled
	case "IN-PROCESS":
		return planner.TaskInProgress
	case "":
		if raw(c.Props, "COMPLETED") != "" || raw(c.Props, "PERCENT-COMPLETE") == "100" {
			return planner.TaskCompleted
		}
	}
	return planner.TaskReady
}
