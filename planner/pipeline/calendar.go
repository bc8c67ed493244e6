package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"lianxin/planner"
	"lianxin/planner/calendar"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// Working hours of the calendar's events. Office practice of the articles' cities; settings in later presets.
const (
	workDayFrom, workDayUntil = civil.Clock(8*60 + 30), civil.Clock(17*60 + 30)
	meetingFrom, meetingUntil = civil.Clock(9 * 60), civil.Clock(11 * 60)
)

// writeChunk is how many rows are written between two reports of progress.
const writeChunk = 20_000

// layTries is how often a calendar is laid anew when another writer came first.
const layTries = 3

// CalendarReport says what [App.LayYear] did.
type CalendarReport struct {
	Year       int               `json:"year"`
	Status     string            `json:"status"`     // official, provisional, unpublished
	Days       int               `json:"days"`       // mass-work-days
	Collisions int               `json:"collisions"` // with the leaders' meeting, all resolved
	Slots      int               `json:"slots"`      // of the reception rota
	HeadSlots  int               `json:"head_slots"` // of these, by a head
	Events     int               `json:"events"`     // of the year that stand, cadres' own included
	Visits     int               `json:"visits"`     // of the year
	Changed    int               `json:"changed"`    // events and visits written or taken away
	Rota       []RotaProof       `json:"rota,omitempty"`
	Findings   []planner.Finding `json:"findings,omitempty"`
}

// RotaProof says how fair one circle of the rota is, as a whole: the duty of single persons is nobody's ranking.
type RotaProof struct {
	Heads  bool  `json:"heads"`
	People int   `json:"people"`
	Slots  int   `json:"slots"`
	Spread int64 `json:"spread_thousandths"` // greatest less least excess over the share, see calendar.Pool
	Bound  int64 `json:"bound_thousandths"`  // proved: no rota that respects leave has less
	Fair   bool  `json:"leximin"`            // proved: nobody's excess can be lowered but at the cost of one as high
	Gap    int   `json:"gap_workdays"`       // asked between two slots of one person
	Short  int   `json:"gaps_short"`         // how often it is not kept
	Forced int   `json:"gaps_forced"`        // so often nobody could keep it: proved
	Uneven int   `json:"uneven"`             // slots beyond even numbers of each weekday and month
	Beside bool  `json:"beside,omitempty"`   // the circle is that of who sits beside the leaders
}

// LayYear lays a year's calendar: the county's days, and in an official year with a published plan the reception rota,
// each cadre's mass-work-days and the visits. Laying it again writes nothing unless something changed: an event keeps its
// UID for ever, its SEQUENCE rises only with a visible change, and what is no longer wanted is cancelled, not deleted. Days
// before today are history and stay as they were. The hall's leader of the day is excused from that mass-work-day and
// visits on another. Progress may be nil; it counts rows written.
//
// Forbidden unless p plans; Conflict if others kept changing the calendar.
func (a *App) LayYear(ctx context.Context, p planner.Principal, year int, progress func(done, total int)) (CalendarReport, error) {
	if err := mayLay(p); err != nil {
		return CalendarReport{}, err
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	for try := 1; ; try++ {
		rep, err := a.layYear(ctx, p, year, progress)
		if try < layTries && planner.KindOf(err) == planner.Conflict {
			continue
		}
		if err != nil {
			return CalendarReport{}, fmt.Errorf("lay %d: %w", year, err)
		}
		return rep, nil
	}
}

// layYear reads, computes outside any transaction, and writes if nobody else wrote meanwhile.
func (a *App) layYear(ctx context.Context, p planner.Principal, year int, progress func(done, total int)) (CalendarReport, error) {
	l := &layout{app: a, year: year, today: a.Today(), now: a.Now().UTC(), beside: a.beside(ctx, p)}
	if err := a.DB.Read(ctx, p, l.read); err != nil {
		return CalendarReport{}, err
	}
	if err := l.compute(ctx); err != nil {
		return CalendarReport{}, err
	}
	rep := l.report()
	if rep.Changed == 0 && !l.duty.changed() {
		return rep, nil
	}
	err := a.DB.Write(ctx, p, store.Op{Name: "calendar", Now: l.now}, func(tx *store.Tx) error { return l.write(ctx, tx, progress) })
	return rep, err
}

// layout is one laying of a year.
type layout struct {
	app   *App
	year  int
	today civil.Date
	now   time.Time
	light bool // a year that is laid already and nearly over: of its events only those near today and later are read
	hall  bool // with light: the county's days for cadres stay as they are, so only those who receive or keep the hall are read and laid

	beside func(store.Mark, store.VisitFilter) *besideRead // reads visits on another connection; nil: they are read on this one

	office officeDays
	days   *calendar.Workdays       // of office
	rules  calendar.Rules           // of office
	clerks map[planner.CadreID]bool // who keep the hall open
	goers  map[planner.CadreID]bool // with hall: whose own days are laid; nil: everybody's

	duty     rotaDuty
	roster   planner.Roster
	plan     planner.Plan // zero: none is published
	revision string
	mark     store.Mark // of events and visits, in the snapshot
	old      []planner.Event
	oldVisit []planner.Visit
	before   map[planner.EventID]*planner.Event // of old
	byHand   map[planner.EventID]bool           // days that no rule lays: visits that people arranged

	laid     calendar.Year
	rota     calendar.Rota
	cadres   map[planner.CadreID]planner.Cadre
	wanted   []planner.Event // as they should be, without identity
	events   []planner.Event // as they will stand, the cancelled included
	put      []planner.Event
	visits   []planner.Visit // as they will stand
	putVisit []planner.Visit
	dropped  []planner.VisitID
	findings []planner.Finding
}

func (l *layout) revisionKey() string { return "calendar/" + strconv.Itoa(l.year) }

// compute is pure but for the IDs it takes.
func (l *layout) compute(ctx context.Context) (err error) {
	if l.laid, err = calendar.Lay(l.year, l.rules, l.days); err != nil {
		return err
	}
	l.cadres = make(map[planner.CadreID]planner.Cadre, len(l.roster.Cadres))
	for _, c := range l.roster.Cadres {
		l.cadres[c.ID] = c
	}
	l.wantCounty()
	var visits []planner.Visit
	if l.laid.Status != calendar.Official {
		l.find("calendar-provisional", planner.Text{ZH: "{年}年的节假日安排还没有公布（或待确认），各项日程都是暂定；公布后运行 lianxin holidays import，先看变动再确认。",
			EN: "the holidays of {year} are not announced or not confirmed; everything laid is provisional. Once they are, run lianxin holidays import: it shows what moves before it is done."})
	}
	switch {
	case l.plan.ID == "":
		l.find("calendar-no-plan", planner.Text{ZH: "{年}年还没有发布结对方案，只排全市日期；发布后再排接访和走访。",
			EN: "no plan of {year} is published; only the county's days are laid. Publish one, then lay receptions and visits."})
	default:
		if err := l.wantReceptions(ctx); err != nil {
			return err
		}
		visits = l.wantCadreDays()
	}
	l.merge()
	l.mergeVisits(visits)
	return l.stamp()
}

func (l *layout) find(code string, say planner.Text) {
	y := strconv.Itoa(l.year)
	l.findings = append(l.findings, planner.Finding{Severity: planner.Note, Code: code, Say: say.Fill("年", y, "year", y)})
}

// write stores what changed, unless someone else laid the year or published another plan since it was read.
func (l *layout) write(ctx context.Context, tx *store.Tx, progress func(done, total int)) error {
	revision, err := tx.Setting(l.revisionKey())
	if err != nil {
		return err
	}
	heads, err := tx.PlanHeads()
	if err != nil {
		return err
	}
	var published planner.PlanID
	for _, h := range heads {
		if h.Period == l.year && h.Status == planner.PlanPublished {
			published = h.ID
			break
		}
	}
	if revision != l.revision || published != l.plan.ID {
		return planner.Fail(planner.Conflict, "日历或结对方案刚被他人改动，请重新排一次。",
			"the calendar or the plan was changed by someone else just now; lay it again.")
	}
	total, done := len(l.put)+len(l.putVisit)+len(l.dropped), 0
	step := func(n int) { done += n; progress(done, total) }
	was := store.Read{Mark: l.mark, Events: l.before, Visits: l.visitsBefore()}
	put := func(es []planner.Event) error { return l.app.putEventsRead(ctx, tx, l.app.Now(), es, was) }
	if err := inChunks(l.put, put, step); err != nil {
		return err
	}
	if slices.ContainsFunc(l.put, func(e planner.Event) bool { return e.Kind == planner.EventReception }) {
		if err := l.app.settleAppointments(ctx, tx, ""); err != nil {
			return err
		}
	}
	if err := inChunks(l.dropped, tx.DeleteVisits, step); err != nil {
		return err
	}
	if err := inChunks(l.putVisit, func(vs []planner.Visit) error { return tx.PutVisitsRead(was, vs) }, step); err != nil {
		return err
	}
	if err := l.duty.write(tx, l.year); err != nil {
		return err
	}
	n, _ := strconv.Atoi(l.revision)
	return tx.PutSetting(l.revisionKey(), strconv.Itoa(n+1))
}

// visitsBefore are the visits that are written over, as they were read. Those dropped are gone when that is done.
func (l *layout) visitsBefore() map[planner.VisitID]*planner.Visit {
	put := make(map[planner.VisitID]*planner.Visit, len(l.putVisit))
	for i := range l.putVisit {
		put[l.putVisit[i].ID] = nil
	}
	for i := range l.oldVisit {
		if _, ok := put[l.oldVisit[i].ID]; ok {
			put[l.oldVisit[i].ID] = &l.oldVisit[i]
		}
	}
	for _, id := range l.dropped {
		delete(put, id)
	}
	return put
}

func inChunks[T any](rows []T, put func([]T) error, step func(int)) error {
	for len(rows) > 0 {
		n := min(writeChunk, len(rows))
		if err := put(rows[:n]); err != nil {
			return err
		}
		step(n)
		rows = rows[n:]
	}
	return nil
}

func (l *layout) report() CalendarReport {
	r := CalendarReport{Year: l.year, Status: string(l.laid.Status), Collisions: len(l.laid.Collisions), Visits: len(l.visits),
		Changed: len(l.put) + len(l.putVisit) + len(l.dropped), Findings: fewer(l.findings)}
	pools := l.rota.Pools
	if l.rota.Beside != nil {
		pools = append(slices.Clone(pools), *l.rota.Beside)
	}
	for i, p := range pools {
		proof := RotaProof{Heads: p.Heads, People: len(p.Duties), Spread: p.Spread, Bound: p.Bound, Fair: p.Fair, Gap: p.Gap, Short: p.Short, Forced: p.Forced, Uneven: p.Uneven, Beside: i >= len(l.rota.Pools)}
		for _, d := range p.Duties {
			proof.Slots += d.Slots
		}
		r.Rota = append(r.Rota, proof)
	}
	for _, d := range l.laid.WorkDays {
		if !d.Skipped {
			r.Days++
		}
	}
	for _, e := range l.events {
		if e.Status == planner.StatusCancelled {
			continue
		}
		r.Events++
		if e.Kind == planner.EventReception {
			r.Slots++
			if l.cadres[e.Cadre].Head {
				r.HeadSlots++
			}
		}
	}
	return r
}

// maxAlike is how many findings of one kind a report names one by one.
const maxAlike = 20

// fewer keeps the first findings of each kind and says how many more there are.
func fewer(fs []planner.Finding) (out []planner.Finding) {
	n := map[string]int{}
	for _, f := range fs {
		if n[f.Code]++; n[f.Code] <= maxAlike {
			out = append(out, f)
		}
	}
	for _, f := range out {
		if more := n[f.Code] - maxAlike; more > 0 {
			n[f.Code] = 0
			out = append(out, planner.Finding{Severity: f.Severity, Code: f.Code, Say: planner.Text{ZH: "同类情况另有{n}条。", EN: "{n} more of the same kind."}.
				Fill("n", strconv.Itoa(more))})
		}
	}
	return out
}
