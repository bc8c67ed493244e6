package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lianxin/planner"
	"lianxin/planner/civil"
	"lianxin/planner/store"
)

// occasionKeys begin the keys of events that are set by hand.
var occasionKeys = map[planner.EventKind]string{
	planner.EventHearing: "hrg", planner.EventSquare: "sqr", planner.EventCaseVisit: "cvs", planner.EventJointReception: "jnt",
	planner.EventFestivalCall: "fsc",
}

// OccasionWish is a hearing, public-square session, case visit, joint reception or festival call to be set.
type OccasionWish struct {
	Kind            planner.EventKind
	On              civil.Date
	From, Until     civil.Clock
	Place           string
	Leader          planner.CadreID  // who holds it
	Village         planner.AreaCode // of a case visit, or a festival call
	Units           []string         // codes of the departments that come
	Representatives int              // of a joint reception: how many, never who
	About           planner.Subject  // the matter or task of a case visit
	Title           planner.Text     // of a hearing or session; never a person's name
}

// OccasionView is one as lists show it.
type OccasionView struct {
	EventView
	planner.Occasion
	Subject    planner.Text         `json:"subject"`
	Leader     string               `json:"leader"`
	UnitNames  []string             `json:"unit_names,omitempty"`
	Items      []planner.AgendaItem `json:"items,omitempty"`
	OnTheSpot  int                  `json:"on_the_spot"` // questions answered there and then
	WithDueDay int                  `json:"with_due_day"`
}

// check says what a wish lacks.
func (w OccasionWish) check() error {
	bad := func(zh, en string) error { return planner.Fail(planner.Invalid, zh, en) }
	switch {
	case occasionKeys[w.Kind] == "":
		return bad("没有这种活动；可用：hearing、square、case-visit、joint-reception、festival-call。", "there is no such kind; use hearing, square, case-visit, joint-reception or festival-call.")
	case !w.On.Valid() || w.From >= w.Until:
		return bad("请写明日期和起止时间。", "give the day and the hours.")
	case w.Leader == "":
		return bad("请写明由哪位领导主持。", "name the leader who holds it.")
	case (w.Kind == planner.EventHearing || w.Kind == planner.EventSquare) && (w.Title.ZH == "" || w.Title.EN == ""):
		return bad("请写明议题。", "give its subject.")
	case w.Kind == planner.EventSquare && len(w.Units) == 0:
		return bad("政务广场至少要有一个部门到场。", "a session needs at least one department.")
	case w.Kind == planner.EventCaseVisit && (w.Village == "" || w.About.Ref == ""):
		return bad("带案下访要写明村（社区）和所带的事项。", "a case visit needs its village and its matter.")
	case w.Kind == planner.EventJointReception && (len(w.Units) < 2 || w.Representatives < 1 || w.Representatives > planner.MostRepresentatives):
		return bad("联合接访至少两个部门，群众代表1至5人（信访工作条例第二十条）。", "a joint reception needs two departments or more and one to five representatives.")
	case w.Kind == planner.EventFestivalCall && strings.TrimSpace(w.Place) == "" && w.Village == "":
		return bad("请写明慰问的地方：单位、企业、机构的名称，或村（社区）。", "say where the call is: the name of a group, enterprise or institution, or a village.")
	}
	return nil
}

// SetOccasion sets one. Planners only. Invalid if something lacks, Conflict if its leader has another duty in these hours.
func (a *App) SetOccasion(ctx context.Context, p planner.Principal, w OccasionWish) (planner.Event, error) {
	if err := mustPlan(p); err != nil {
		return planner.Event{}, err
	}
	if err := w.check(); err != nil {
		return planner.Event{}, err
	}
	now := a.Now().UTC()
	e := planner.Event{ID: planner.EventID(a.NewID()), Kind: w.Kind, On: w.On, NominalOn: w.On, From: w.From, Until: w.Until, Cadre: w.Leader, Village: w.Village,
		Place: strings.TrimSpace(w.Place), Status: planner.StatusConfirmed, About: w.Title, UID: a.NewID() + "@" + a.Host, CreatedAt: now, ChangedAt: now}
	e.Key = occasionKeys[w.Kind] + "/" + w.On.String() + "/" + string(e.ID)
	err := a.DB.Write(ctx, p, store.Op{Name: "occasion", Now: now}, func(tx *store.Tx) error {
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		o := planner.Occasion{Event: e.ID, Representatives: w.Representatives, About: w.About, DecisionWaits: w.Kind == planner.EventHearing}
		for _, code := range w.Units {
			at := slices.IndexFunc(r.Units, func(u planner.Unit) bool { return u.Code == code })
			if at < 0 {
				return planner.Fail(planner.NotFound, "没有代码为“"+code+"”的单位。", "there is no unit with code "+code+".")
			}
			o.Units = append(o.Units, r.Units[at].ID)
		}
		if w.About.Kind == "task" {
			if _, err := tx.Task(planner.TaskID(w.About.Ref)); err != nil {
				return err
			}
		}
		if err := freeFor(tx, r, e); err != nil {
			return err
		}
		office, err := officeDaysOf(tx)
		if err != nil {
			return err
		}
		if e.Digest, err = a.digester(r, []planner.Event{e}, nil, office)(e); err != nil {
			return err
		}
		if err := a.putEvents(ctx, tx, a.Now(), []planner.Event{e}); err != nil {
			return err
		}
		return tx.PutOccasion(o)
	})
	if err != nil {
		return planner.Event{}, fmt.Errorf("set a %s: %w", w.Kind, err)
	}
	return e, nil
}

// freeFor checks that the leader of an event is there and has nothing else in its hours: own duties, and the leaders' meeting.
func freeFor(tx *store.Tx, r planner.Roster, e planner.Event) error {
	at := slices.IndexFunc(r.Cadres, func(c planner.Cadre) bool { return c.ID == e.Cadre && c.Active })
	if at < 0 {
		return planner.Fail(planner.NotFound, "名册里没有这位领导。", "the roster has no such leader.")
	}
	if c := r.Cadres[at]; c.OnLeave(e.On) {
		return planner.Fail(planner.Conflict, c.Name+"当天另有安排。", c.Name+" is not there that day.")
	}
	day := civil.Span{From: e.On, Until: e.On.AddDays(1)}
	own, err := tx.Events(store.EventFilter{Span: day, Cadre: e.Cadre})
	if err != nil {
		return err
	}
	county, err := tx.Events(store.EventFilter{Span: day, County: true, Kinds: []planner.EventKind{planner.EventLeadersMeeting}})
	if err != nil {
		return err
	}
	for _, o := range append(own, county...) {
		if e.Kind == planner.EventFestivalCall && o.Kind == planner.EventFestivalVisit {
			continue // it is what that day is for
		}
		if o.ID != e.ID && o.From < e.Until && e.From < o.Until {
			t := eventTitle(o)
			return planner.Fail(planner.Conflict, r.Cadres[at].Name+"当天"+o.From.String()+"–"+o.Until.String()+"有“"+t.ZH+"”，时间冲突，请改时间或换人。",
				r.Cadres[at].Name+" has “"+t.EN+"” from "+o.From.String()+" to "+o.Until.String()+"; choose other hours or another leader.")
		}
	}
	return nil
}

// CancelOccasion calls one off: its event stays as cancelled. Planners only.
func (a *App) CancelOccasion(ctx context.Context, p planner.Principal, id planner.EventID) error {
	if err := mustPlan(p); err != nil {
		return err
	}
	now := a.Now().UTC()
	return a.DB.Write(ctx, p, store.Op{Name: "occasion-cancel", Now: now}, func(tx *store.Tx) error {
		e, err := occasionOf(tx, id)
		if err != nil {
			return err
		}
		if e.Status == planner.StatusCancelled {
			return planner.Fail(planner.Conflict, "这项活动已经取消。", "it is cancelled already.")
		}
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		office, err := officeDaysOf(tx)
		if err != nil {
			return err
		}
		e.Status, e.ChangedAt = planner.StatusCancelled, now
		e.Sequence++
		if e.Digest, err = a.digester(r, []planner.Event{e}, nil, office)(e); err != nil {
			return err
		}
		return a.putEvents(ctx, tx, a.Now(), []planner.Event{e})
	})
}

func occasionOf(tx *store.Tx, id planner.EventID) (planner.Event, error) {
	es, err := tx.Events(store.EventFilter{WithCancelled: true, Kinds: append([]planner.EventKind{planner.EventLeadersMeeting}, planner.Occasions...)})
	if err != nil {
		return planner.Event{}, err
	}
	if at := slices.IndexFunc(es, func(e planner.Event) bool { return e.ID == id }); at >= 0 {
		return es[at], nil
	}
	return planner.Event{}, planner.Fail(planner.NotFound, "没有这项活动。", "there is no such occasion.")
}

// Occasions lists those of p's scope from 30 days ago on, by day. Public kinds are seen by everybody who is signed in.
func (a *App) Occasions(ctx context.Context, p planner.Principal) (out []OccasionView, err error) {
	if !p.Signed() {
		return nil, mustSignIn()
	}
	err = a.DB.Read(ctx, p, func(tx *store.Tx) error {
		out = nil
		es, err := tx.Events(store.EventFilter{Span: civil.Span{From: a.Today().AddDays(-30)}, WithCancelled: true,
			Kinds: planner.Occasions})
		if err != nil {
			return err
		}
		details, err := tx.Occasions(es)
		if err != nil {
			return err
		}
		r, err := tx.Roster()
		if err != nil {
			return err
		}
		names := wordsOf(r)
		for _, e := range es {
			c, err := a.official(ctx, e.Cadre)
			if err != nil {
				return err
			}
			v := OccasionView{EventView: eventView(e, ""), Occasion: details[e.ID], Subject: e.About, Leader: c.Name}
			for _, u := range v.Units {
				v.UnitNames = append(v.UnitNames, names.unit[u])
			}
			if p.SeesAll() || p.Is(planner.RoleLeader, planner.RoleSecretary) {
				if v.Items, err = tx.AgendaItems(civil.Span{}, e.ID); err != nil {
					return err
				}
			}
			for _, i := range v.Items {
				switch i.Outcome {
				case planner.OutcomeOnTheSpot:
					v.OnTheSpot++
				case planner.OutcomeTask:
					v.WithDueDay++
				}
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}
