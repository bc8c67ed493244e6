package feed

import (
	"strings"
	"time"

	"lianxin/planner"
	"lianxin/planner/civil"
)

// Object is one calendar object of CalDAV (RFC 4791 §4.1): a VCALENDAR without METHOD that holds one VEVENT or VTODO.
type Object struct {
	Name string // of the resource, ending in .ics
	Task planner.TaskID
	Data []byte
	from int // the component itself within Data, without what is around it
	till int
}

// Todo is one VTODO, ready to write. Days are inclusive.
type Todo struct {
	UID         string
	Stamp       time.Time
	Created     time.Time
	Sequence    int
	StartOn     civil.Date // zero, or the day of DueOn: left out
	DueOn       civil.Date
	Summary     string
	Description string
	Categories  []string
	Priority    int // RFC 5545 §3.8.1.9: 1 high … 9 low, 0 undefined
	State       planner.TaskState
	EndedAt     time.Time // when it was completed; zero: not known
	URL         string
	Task        planner.TaskID
}

// objectHead begins every object. It is the same for all, so that a collection is joined by leaving it out.
const objectHead = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Lianxin//Lianxin//ZH\r\nCALSCALE:GREGORIAN\r\n"

const objectTail = "END:VCALENDAR\r\n"

// EventObject writes a VEVENT as CalDAV has it: without METHOD, and with SCHEDULE-AGENT=NONE on its ORGANIZER so that no
// program mails people (RFC 6638 §7.1).
func EventObject(e Event) (Object, error) {
	w := &writer{out: make([]byte, 0, 1600), quiet: true}
	w.out = append(append(w.out, objectHead...), timezone...)
	from := len(w.out)
	w.event(&e, false)
	till := len(w.out)
	w.out = append(w.out, objectTail...)
	return Object{Name: nameOf(e.UID), Data: w.out, from: from, till: till}, w.err
}

// TodoObject writes a VTODO. All its times are days, so it needs no VTIMEZONE.
func TodoObject(t Todo) (Object, error) {
	w := &writer{out: make([]byte, 0, 1200), quiet: true}
	w.out = append(w.out, objectHead...)
	from := len(w.out)
	w.todo(&t)
	till := len(w.out)
	w.out = append(w.out, objectTail...)
	return Object{Name: nameOf(t.UID), Task: t.Task, Data: w.out, from: from, till: till}, w.err
}

// Join is a whole collection as one calendar, for programs that only fetch files.
func Join(list []Object) []byte {
	size := len(objectHead) + len(timezone) + len(objectTail)
	for _, o := range list {
		size += o.till - o.from
	}
	b := append(append(make([]byte, 0, size), objectHead...), timezone...)
	for _, o := range list {
		b = append(b, o.Data[o.from:o.till]...)
	}
	return append(b, objectTail...)
}

// nameOf makes a resource's name from a UID: what stands before the host, without what a path could trip over.
func nameOf(uid string) string {
	local, _, _ := strings.Cut(uid, "@")
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, local) + ".ics"
}

func (w *writer) todo(t *Todo) {
	if !t.DueOn.Valid() || t.StartOn.After(t.DueOn) {
		w.refuse("DUE", t.UID+" "+t.StartOn.String()+" "+t.DueOn.String())
		return
	}
	w.raw("BEGIN", "VTODO")
	w.token("UID", t.UID)
	w.instant("DTSTAMP", t.Stamp)
	w.instant("CREATED", t.Created)
	w.instant("LAST-MODIFIED", t.Stamp)
	w.number("SEQUENCE", t.Sequence)
	if !t.StartOn.IsZero() && t.StartOn != t.DueOn {
		w.day("DTSTART;VALUE=DATE", t.StartOn)
	}
	w.day("DUE;VALUE=DATE", t.DueOn)
	w.text("SUMMARY", t.Summary)
	w.optional("DESCRIPTION", t.Description)
	w.texts("CATEGORIES", t.Categories)
	w.number("PRIORITY", t.Priority)
	switch t.State {
	case planner.TaskCompleted:
		w.raw("STATUS", "COMPLETED")
		w.raw("PERCENT-COMPLETE", "100")
		if !t.EndedAt.IsZero() {
			w.instant("COMPLETED", t.EndedAt)
		}
	case planner.TaskCancelled, planner.TaskFailed:
		w.raw("STATUS", "CANCELLED")
	case planner.TaskInProgress:
		w.raw("STATUS", "IN-PROCESS")
	default:
		w.raw("STATUS", "NEEDS-ACTION")
	}
	w.raw("CLASS", "PRIVATE")
	if t.URL != "" {
		w.token("URL", t.URL)
	}
	if !t.State.Terminal() { // 9:00 on its day: DUE of a whole day is its end's midnight in most programs
		w.out = append(w.out, "BEGIN:VALARM\r\nACTION:DISPLAY\r\n"...)
		w.text("DESCRIPTION", t.Summary)
		w.raw("TRIGGER;RELATED=END", "-PT15H")
		w.token("UID", "alarm1-"+t.UID)
		w.out = append(w.out, "END:VALARM\r\n"...)
	}
	w.raw("END", "VTODO")
}

// Objects draws a collection of events for CalDAV: what the feed of the same kind shows, without the mirrors of tasks, which
// CalDAV has as VTODO. The calendar comes along without its events.
func (x *Index) Objects(kind Kind, ref, lang string) (Calendar, []Object, error) {
	c, err := x.Build(kind, ref, lang)
	if err != nil {
		return c, nil, err
	}
	list := make([]Object, 0, len(c.Events))
	for _, e := range c.Events {
		if strings.HasPrefix(e.UID, "due-") && kind == KindCadre {
			continue
		}
		o, err := EventObject(e)
		if err != nil {
			return c, nil, err
		}
		list = append(list, o)
	}
	c.Events = nil
	return c, list, nil
}

// Todos draws a cadre's tasks as VTODOs: those begun, and ended ones for as long as a feed says so. Like a feed it names a
// household by its code and says nothing else about it.
func (x *Index) Todos(cadre planner.CadreID, ended map[planner.TaskID]time.Time, lang string) (Calendar, []Object, error) {
	c, ok := x.cadres[cadre]
	if !ok {
		return Calendar{}, nil, planner.Fail(planner.NotFound, "没有这位干部的日历。", "there is no calendar of this cadre.")
	}
	cal := Calendar{ID: x.derived("tasks", string(cadre)), Name: nameTasks.Fill("name", c.Name).In(lang), About: aboutTasks.In(lang), Color: Color{"darkorange", "#FF8C00"}}
	var list []Object
	for _, t := range x.tasks[cadre] {
		if t.State == planner.TaskDraft || !x.inWindow(t.DueOn, t.EndOn, t.State.Terminal()) {
			continue
		}
		mirror := x.drawTask(t, lang)
		summary := fill(sumTask, lang, "about", x.aboutTask(t, lang))
		o, err := TodoObject(Todo{
			UID: x.derived("task", string(t.ID)), Stamp: mirror.Stamp, Created: mirror.Created, Sequence: t.Revision, StartOn: t.StartOn, DueOn: t.DueOn,
			Summary: oneLine(summary), Description: mirror.Description, Categories: mirror.Categories, Priority: priorityOf(t.Priority), State: t.State,
			EndedAt: ended[t.ID], URL: mirror.URL, Task: t.ID,
		})
		if err != nil {
			return cal, nil, err
		}
		list = append(list, o)
	}
	return cal, list, nil
}

// priorityOf turns ours (higher first, 0 ordinary) into iCalendar's (1 highest, 9 lowest, 5 ordinary).
func priorityOf(p int) int { return min(9, max(1, 5-p)) }
